"""Links in pages and webhooks of providers: what a click, a mail scanner, a telephone and PagerDuty can do, and what they cannot."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.scenarios.at_night import BO, acknowledge, page_mails, page_of, set_severity
from tests.scenarios.office import ONCALL, T0, Mail, Office, open_office
from triage.core.failures import PermanentFailure
from triage.core.oncall.page import PageState, dedup_key
from triage.core.settings import Web

PAGERDUTY = """
[[channel]]
name = "pager"
[[channel.contact]]
kind = "pagerduty"
routing_key = "0123456789abcdef0123456789abcdef"
webhook_secret = "shared"
base_url = "http://127.0.0.1:9"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.config = replace(running.config, web=Web("127.0.0.1:0", "https://triage.example/t/"))
        (running.config.instance.rules_dir / "oncall.toml").write_text(PAGERDUTY + ONCALL)
        running.start()
        yield running
        running.check()


@pytest.fixture
def page(office: Office) -> Mail:
    office.partner_writes("URGENT payouts fail")
    (mail,) = page_mails(office)
    return mail


def token_in(page: Mail) -> str:
    found = re.search(r"https://triage\.example/t/p/([0-9a-f]{32})\b", page.text)
    assert found is not None, page.text
    return found[1]


def ask(office: Office, method: str, path: str, **how: object) -> httpx.Response:
    assert office.daemon is not None
    assert office.daemon.web is not None
    answer = httpx.request(method, f"http://127.0.0.1:{office.daemon.web.port}{path}", timeout=10, **how)  # type: ignore[arg-type]
    office.settle()
    return answer


def test_looking_shows_the_case_and_changes_nothing(office: Office, page: Mail) -> None:
    path = f"/p/{token_in(page)}"
    for method in ("GET", "HEAD", "GET"):
        shown = ask(office, method, path)
        assert shown.status_code == 200
    assert "Severity 1 case #1001, acme.example: URGENT payouts fail" in shown.text
    assert "<button" in shown.text
    assert page_of(office, 1001).page.state is PageState.PAGING
    for method in ("OPTIONS", "PUT", "DELETE"):
        assert ask(office, method, path).status_code == 405


def test_nothing_keeps_or_passes_on_the_link(office: Office, page: Mail) -> None:
    headers = ask(office, "GET", f"/p/{token_in(page)}").headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_the_store_holds_neither_the_token_nor_the_link(office: Office, page: Mail) -> None:
    with office.store() as store:
        dump = "\n".join(store.connection.iterdump())
    assert token_in(page) not in dump


def test_posting_acknowledges_and_the_second_click_hears_who_has_it(office: Office, page: Mail) -> None:
    told = ask(office, "POST", f"/p/{token_in(page)}", data={"action": "ack", "seen": "1"})
    assert "ana, you have case #1001 until 09:30 UTC" in told.text
    assert page_of(office, 1001).page.acked_by == "ana"
    assert office.notices() == ["taken"]
    office.wait(minutes=1)
    assert "ana has it, since 09:00 UTC" in ask(office, "GET", f"/p/{token_in(page)}").text


def test_an_empty_post_of_a_push_service_is_an_acknowledge(office: Office, page: Mail) -> None:
    assert ask(office, "POST", f"/p/{token_in(page)}").status_code == 200
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_somebody_else_has_it(office: Office, page: Mail) -> None:
    acknowledge(office, 1001, "bo")
    told = ask(office, "POST", f"/p/{token_in(page)}")
    assert "Case #1001 was taken by bo at 09:00 UTC already" in told.text
    office.outgoing()


def test_after_the_end_the_link_says_so_for_a_day(office: Office, page: Mail) -> None:
    set_severity(office, 1001, 3)
    told = ask(office, "POST", f"/p/{token_in(page)}")
    assert "is over at 09:00 UTC" in told.text
    assert office.page_states(1001) == ["resolved"]
    office.leap(hours=25)
    assert ask(office, "POST", f"/p/{token_in(page)}").status_code == 404
    office.outgoing()


def test_a_stale_link_acknowledges_but_does_not_escalate(office: Office, page: Mail) -> None:
    office.wait(minutes=5)
    assert [mail.to[0] for mail in page_mails(office)] == [BO]
    told = ask(office, "POST", f"/p/{token_in(page)}", data={"action": "escalate"})
    assert "earlier level" in told.text
    assert office.outgoing() == []
    ask(office, "POST", f"/p/{token_in(page)}", data={"action": "ack"})
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_a_forged_or_cut_token_is_nobodys(office: Office, page: Mail) -> None:
    token = token_in(page)
    with office.store() as store:
        nonce = store.connection.execute("SELECT json_extract(payload, '$.nonce') AS nonce FROM outbox WHERE page_id = 1").fetchone()[
            "nonce"
        ]
    for forged in (nonce, token[:-1], token[:-1] + ("0" if token[-1] != "0" else "1"), token.upper(), "x" * 4000, "%00", "..%2f..%2fetc"):
        assert ask(office, "POST", f"/p/{forged}").status_code == 404
    assert page_of(office, 1001).page.state is PageState.PAGING


def test_only_a_pressed_digit_acknowledges_by_telephone(office: Office, page: Mail) -> None:
    path = f"/p/{token_in(page)}"
    voicemail = ask(office, "POST", path, data={"CallSid": "CA1", "CallStatus": "completed"})
    assert voicemail.headers["content-type"].startswith("text/xml")
    assert page_of(office, 1001).page.state is PageState.PAGING
    pressed = ask(office, "POST", path, data={"CallSid": "CA1", "Digits": "5"})
    assert pressed.text.startswith('<?xml version="1.0" encoding="UTF-8"?><Response><Say>ana, you have case #1001')
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_a_body_without_end_is_refused(office: Office, page: Mail) -> None:
    assert ask(office, "POST", f"/p/{token_in(page)}", content=b"a" * 100_000).status_code == 413
    assert page_of(office, 1001).page.state is PageState.PAGING


def test_cases_that_join_while_somebody_looks_are_not_covered(office: Office, page: Mail) -> None:
    shown = ask(office, "GET", f"/p/{token_in(page)}").text
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    assert seen is not None
    office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    told = ask(office, "POST", f"/p/{token_in(page)}", data={"action": "ack", "seen": seen[1]})
    assert "Cases that joined since you looked: #1002" in told.text
    assert page_of(office, 1002).page.unseen == (1002,)
    office.outgoing()


# --- PagerDuty -------------------------------------------------------------------------------------------------------


def event(office: Office, what: str, *, at: float = 0, id: str = "E1", who: str = "Ana Silva", kind: str = "user_reference") -> bytes:
    number = page_of(office, 1001).page
    occurred = (T0 + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    incident = {"id": "Q1", "type": "incident", "incident_key": dedup_key(office.config.instance.name, number.id, number.generation)}
    agent = {"id": "P1", "type": kind, "summary": who}
    body = {"event": {"id": id, "event_type": f"incident.{what}", "occurred_at": occurred, "agent": agent, "data": incident}}
    return json.dumps(body).encode()


def hook(office: Office, body: bytes, secret: str = "shared") -> httpx.Response:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return ask(office, "POST", "/hooks/pagerduty", content=body, headers={"X-PagerDuty-Signature": f"v1=00ff,v1={signature}"})


def test_an_acknowledge_there_is_one_here(office: Office, page: Mail) -> None:
    assert hook(office, event(office, "acknowledged", who="ANA")).status_code == 200
    assert page_of(office, 1001).page.acked_by == "ana", "the same person under the name of oncall.toml"
    office.outgoing()


def test_resolved_there_is_an_acknowledge_and_closes_nothing(office: Office, page: Mail) -> None:
    hook(office, event(office, "resolved"))
    assert page_of(office, 1001).page.state is PageState.ACKED
    assert office.case(1001).closed_at is None
    office.outgoing()


def test_a_bad_signature_changes_nothing(office: Office, page: Mail) -> None:
    assert hook(office, event(office, "acknowledged"), secret="guessed").status_code == 401
    assert ask(office, "POST", "/hooks/pagerduty", content=event(office, "acknowledged")).status_code == 401
    assert page_of(office, 1001).page.state is PageState.PAGING


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"event": null}', b'{"event": {"event_type": "incident.acknowledged"}}', b"\xff" * 100, b"[" * 5000]
)
def test_signed_nonsense_changes_nothing(office: Office, page: Mail, body: bytes) -> None:
    assert hook(office, body).status_code == 200
    assert page_of(office, 1001).page.state is PageState.PAGING


def test_the_same_event_twice_counts_once(office: Office, page: Mail) -> None:
    for _ in range(3):
        hook(office, event(office, "acknowledged"))
    with office.store() as store:
        rows = store.connection.execute("SELECT count(*) AS n FROM provider_events").fetchone()
        assert rows["n"] == 1
    office.outgoing()


def test_events_count_in_the_order_in_which_they_happened(office: Office, page: Mail) -> None:
    hook(office, event(office, "acknowledged", at=10, id="E1"))
    hook(office, event(office, "unacknowledged", at=30, id="E3"))
    hook(office, event(office, "acknowledged", at=20, id="E2"))
    assert page_of(office, 1001).page.state is PageState.PAGING, "what happened last there was that it was given back"
    office.outgoing()


def test_giving_it_back_there_takes_it_from_nobody_who_took_it_here(office: Office, page: Mail) -> None:
    acknowledge(office, 1001, "ana")
    hook(office, event(office, "unacknowledged"))
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_what_our_own_requests_cause_is_no_acknowledge(office: Office, page: Mail) -> None:
    hook(office, event(office, "resolved", kind="inbound_integration_reference", who="Events API"))
    assert page_of(office, 1001).page.state is PageState.PAGING


def test_an_event_about_another_incident_is_not_ours(office: Office, page: Mail) -> None:
    body = event(office, "acknowledged").replace(b"triage/Wise", b"triage/Other")
    assert hook(office, body).status_code == 200
    assert page_of(office, 1001).page.state is PageState.PAGING


# --- the port --------------------------------------------------------------------------------------------------------


def test_a_port_in_use_stops_a_start_only_where_links_are_promised(tmp_path: Path) -> None:
    with socket.socket() as taken, open_office(tmp_path) as idle:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        idle.config = replace(idle.config, web=Web(listen, "https://triage.example"))
        with pytest.raises(PermanentFailure, match="cannot listen on"):
            idle.start()
        idle.config = replace(idle.config, web=Web(listen))
        idle.start()
        idle.partner_writes("URGENT payouts fail")
        assert sorted(idle.notices()) == ["page ana", "severity-1"], "pages go on without links"


def test_without_a_public_address_pages_carry_no_link(tmp_path: Path) -> None:
    with open_office(tmp_path) as idle:
        idle.config = replace(idle.config, web=Web("127.0.0.1:0"))
        idle.start()
        idle.partner_writes("URGENT payouts fail")
        (mail,) = page_mails(idle)
        assert "http" not in mail.text
        assert "answer this mail with the word: ack or triage ack 1001" in mail.text
