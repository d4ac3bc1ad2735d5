"""The board beside a real daemon: what it shows, what a form changes, and what nobody can make it do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.scenarios.office import Office, open_office
from triage.core.cases.case import Status
from triage.core.passwords import hash_password
from triage.core.settings import Web
from triage.store.database import open_store
from triage.web.rendering import HEADERS
from triage.workers.merging import merge_cases

USERS = {"ana": hash_password("correct horse", bytes(16)), "bo": hash_password("battery staple", bytes(16))}
ANA, BO = ("ana", "correct horse"), ("bo", "battery staple")
PAGES = ("/", "/?status=closed", "/?status=all&partner=acme.example&part=7", "/case/1001", "/pages", "/rules", "/health", "/quarantine")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.config = replace(running.config, web=Web("127.0.0.1:0", users=USERS))
        running.start()
        yield running
        running.check()


@pytest.fixture
def plain_office(tmp_path: Path) -> Iterator[Office]:
    """Nobody can sign in: read-only, for this machine."""
    with open_office(tmp_path) as running:
        running.config = replace(running.config, web=Web("127.0.0.1:0"))
        running.start()
        yield running
        running.check()


def ask(office: Office, path: str, who: tuple[str, str] | None = ANA, **how: object) -> httpx.Response:
    assert office.daemon is not None
    assert office.daemon.web is not None
    method = "POST" if "data" in how else "GET"
    answer = httpx.request(method, f"http://127.0.0.1:{office.daemon.web.port}{path}", auth=who, timeout=20, **how)  # type: ignore[arg-type]
    office.settle()
    return answer


def token_on(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def do(office: Office, path: str, form: Mapping[str, str], who: tuple[str, str] = ANA) -> httpx.Response:
    """As a browser does it: open the page, send its form, follow where that leads."""
    token = token_on(ask(office, path, who).text)
    return ask(office, path, who, data={"token": token, **form}, follow_redirects=True)


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_the_queue_is_worst_first_and_then_what_is_due_first(office: Office) -> None:
    first = office.partner_writes("Late answer")
    office.team_replies("Re: Late answer", answers=first)
    office.partner_writes("A question", sender="dev@beta.example")
    office.partner_writes("URGENT payouts fail", sender="ops@gamma.example")
    shown = ask(office, "/").text
    assert [int(one) for one in re.findall(r'class="item" href="/case/(\d+)"', shown)] == [1003, 1001, 1002]
    assert "1 page that nobody has yet" in shown
    assert re.search(r'datetime="2026-11-25T09:00:\d\dZ" data-until>in 1 day 23 h<', shown), "the reminder, counted down"
    office.outgoing()


def test_a_case_tells_its_story_with_the_mails(office: Office) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails.\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789")
    shown = ask(office, "/case/1001").text
    for words in ("ops@acme.example wrote", "POST /v1/transfers", "receipt", "Waits for", "still lacks"):
        assert words in shown, words
    assert "abcdefghijklmnopqrstuvwxyz" not in shown, "secrets are masked"
    office.outgoing()


def test_what_is_not_there_is_told(office: Office) -> None:
    for path in ("/case/7", "/case/abc", "/case/" + "9" * 40, "/page/3", "/case/\u0661"):
        assert ask(office, path).status_code == 404, path
    assert ask(office, "/?status=nonsense&part=-1").status_code == 200


def test_lists_come_in_pieces(office: Office) -> None:
    for number in range(52):
        office.imap.deliver(
            office.mail(f"p{number}@p{number}.example", "api@wise.example", f"Question {number}"), "INBOX", office.clock.now()
        )
    office.settle()
    first, second = ask(office, "/").text, ask(office, "/?part=2").text
    assert len(re.findall('class="item"', first)) == 50
    assert len(re.findall('class="item"', second)) == 2
    assert "part 1 of 2, 52 in all" in first
    office.outgoing()


def test_a_merged_case_leads_to_the_one_it_lives_on_as(office: Office) -> None:
    office.partner_writes("One")
    office.partner_writes("Two")
    assert office.daemon is not None
    desk = office.daemon.desk

    def merge(now: object) -> None:
        with desk.store.write():
            merge_cases(desk, 1002, 1001, "ana", office.clock.now())

    office.daemon.engine.call(merge)
    answer = ask(office, "/case/1002")
    assert (answer.status_code, answer.headers["location"]) == (307, "/case/1001")
    office.outgoing()


def test_a_mail_whose_every_field_is_markup_stays_text(office: Office) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    raw = office.mail("x@evil.example", "api@wise.example", evil, f"{evil}\n</pre></article></main>\u202e\nEndpoint: POST /v1/{evil}")
    raw = raw.replace(b"From: x@evil.example", b'From: "<script>alert(2)</script>" <"<b>x</b>"@evil.example>')
    office.arrives(raw)
    for path in PAGES:
        shown = ask(office, path).text
        assert "<script>alert" not in shown, path
        assert "<img src=x" not in shown, path
        assert "\u202e" not in shown, path
        assert shown.count("<script") == 1, path
        assert shown.rstrip().endswith("</html>"), path
    assert "{{ 7*7 }}" in unescape(ask(office, "/case/1001").text)
    office.outgoing()


def test_every_page_is_guarded_and_keeps_to_itself(office: Office) -> None:
    for path in (*PAGES, "/page/1"):
        for headers in (ask(office, path).headers, ask(office, path, None).headers):
            assert {name: headers[name] for name in HEADERS} == dict(HEADERS), path
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_pages_name_no_other_host(office: Office) -> None:
    for path in (*PAGES, "/board.css", "/board.js"):
        assert not re.search(r"(src|href|url|action|fetch)[=(]\W*(https?:)?//", ask(office, path).text), path


# --- who sees it -----------------------------------------------------------------------------------------------------


def test_without_a_password_there_is_nothing_to_see(office: Office) -> None:
    office.partner_writes("Very secret subject")
    for path in PAGES:
        answer = ask(office, path, None)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert "Very secret" not in answer.text
    office.outgoing()


def test_page_links_metrics_and_hooks_ask_for_no_password(office: Office) -> None:
    assert ask(office, "/p/" + "0" * 32, None).status_code == 404
    assert ask(office, "/metrics", None).status_code == 200


def test_another_sites_name_sees_nothing(plain_office: Office) -> None:
    assert ask(plain_office, "/", None).status_code == 200
    assert ask(plain_office, "/", None, headers={"Host": "evil.example"}).status_code == 421


def test_without_a_sign_in_nobody_changes_anything(plain_office: Office) -> None:
    plain_office.partner_writes("Transfers fail")
    shown = ask(plain_office, "/case/1001", None)
    assert "<form method" not in shown.text
    assert "read-only" in shown.text
    assert ask(plain_office, "/case/1001", None, data={"action": "close"}).status_code == 403
    assert plain_office.case(1001).status is Status.NEW
    plain_office.outgoing()


def test_no_board_where_it_is_switched_off(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.config = replace(office.config, web=Web("127.0.0.1:0", board=False))
        office.start()
        assert ask(office, "/", None).status_code == 404
        assert ask(office, "/metrics", None).status_code == 200


def test_what_looks_cannot_write(office: Office) -> None:
    with open_store(office.config.instance.state_dir, reading=True) as store, pytest.raises(Exception, match="readonly"):
        store.connection.execute("DELETE FROM cases")


# --- what is done ----------------------------------------------------------------------------------------------------


def test_the_forms_do_what_the_commands_do(office: Office) -> None:
    office.partner_writes("Transfers fail")
    told = do(office, "/case/1001", {"action": "severity", "value": "2", "why": "there is a workaround"})
    assert told.status_code == 200
    assert office.case(1001).severity == 2
    do(office, "/case/1001", {"action": "assign", "value": "bo"}, BO)
    assert office.case(1001).assigned_to == "bo"
    do(office, "/case/1001", {"action": "note", "value": "called <b>them</b>"})
    do(office, "/case/1001", {"action": "hold", "value": "5d"})
    assert office.case(1001).hold_until is not None
    do(office, "/case/1001", {"action": "hold", "value": "off"})
    assert office.case(1001).hold_until is None
    do(office, "/case/1001", {"action": "close", "why": "solved on the phone"})
    assert office.case(1001).status is Status.CLOSED
    do(office, "/case/1001", {"action": "open"})
    assert office.case(1001).status is Status.OPEN
    entries = office.journal(1001)[1:]
    assert [entry.actor for entry in entries] == ["ana", "bo", "ana", "ana", "ana", "ana", "ana"]
    assert entries[0].detail == "there is a workaround"
    assert "called &lt;b&gt;them&lt;/b&gt;" in ask(office, "/case/1001").text
    office.outgoing()


def test_acknowledging_covers_what_the_person_saw(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    shown = ask(office, "/page/1").text
    assert "I have it" in shown
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    assert seen is not None
    told = do(office, "/page/1", {"action": "acknowledge", "seen": seen[1]})
    assert "ana has the page" in told.text
    assert office.page_states(1001) == ["acked"]
    assert "ana has the page" in ask(office, "/").text
    office.outgoing()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "delete"},
        {"action": "severity", "value": "0"},
        {"action": "note"},
        {"action": "hold", "value": "yesterday"},
        {"action": "hold", "value": "2020-01-01"},
        {"action": "hold", "value": "<b>"},
    ],
)
def test_what_makes_no_sense_changes_nothing_and_is_told(office: Office, form: dict[str, str]) -> None:
    office.partner_writes("Transfers fail")
    answer = do(office, "/case/1001", form)
    assert answer.status_code == 400
    assert 'class="bar told"' in answer.text
    assert len(office.journal(1001)) == 1
    office.outgoing()


def test_a_form_without_its_token_or_with_anothers_changes_nothing(office: Office) -> None:
    office.partner_writes("Transfers fail")
    theirs = token_on(ask(office, "/case/1001", BO).text)
    for token in ("", theirs, "1.x"):
        assert ask(office, "/case/1001", data={"action": "close", "token": token}).status_code == 403
    old = token_on(ask(office, "/case/1001").text)
    office.leap(hours=13)
    assert ask(office, "/case/1001", data={"action": "close", "token": old}).status_code == 403
    assert office.case(1001).status is Status.NEW
    office.outgoing()


def test_a_form_from_another_site_changes_nothing_even_with_its_token(office: Office) -> None:
    office.partner_writes("Transfers fail")
    token = token_on(ask(office, "/case/1001").text)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ask(office, "/case/1001", data={"action": "close", "token": token}, headers=headers).status_code == 403
    assert office.case(1001).status is Status.NEW
    office.outgoing()


def test_looking_changes_nothing(office: Office) -> None:
    office.partner_writes("Transfers fail")
    ask(office, "/case/1001?action=close&did=CLOSED")
    assert "<script" not in ask(office, "/case/1001?did=<script>alert(1)</script>").text.replace("<script src=", "")
    assert len(office.journal(1001)) == 1
    office.outgoing()


def test_too_much_for_a_form_is_refused(office: Office) -> None:
    office.partner_writes("Transfers fail")
    assert ask(office, "/case/1001", data={"token": "x" * 100_000}).status_code == 413
    office.outgoing()
