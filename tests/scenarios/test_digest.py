"""The digest: one mail each business morning with what matters, none when nothing does. The stories begin on Monday at 09:00 UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Mail, Office, open_office
from tests.scenarios.team import promise_an_answer
from triage.core.columns import width_of
from triage.core.settings import MorningMail


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        office.config = replace(office.config, digest=MorningMail(time(8, 30)))
        office.start()
        office.wait(minutes=2)  # the digest of this Monday was decided: there is nothing yet
        yield office
        office.check()


@pytest.fixture
def terminal(office: Office) -> Terminal:
    return Terminal(write_config(office), office.clock)


def table(text: str, title: str) -> list[str]:
    """The rows below a title."""
    block = text.replace("\r", "").split(title, 1)[1].split("\n\n")[1]
    return block.splitlines()[1:]


def morning(office: Office) -> list[Mail]:
    """Time goes on to 08:31 of the next day."""
    tomorrow = (office.clock.now() + timedelta(days=1)).replace(hour=8, minute=31, second=0)
    office.wait(seconds=(tomorrow - office.clock.now()).total_seconds())
    return [mail for mail in office.outgoing() if mail.to == (TEAM,)]


def test_what_waits_for_us_and_what_ends_today_is_told_in_the_morning(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.partner_writes("送金に失敗しました", sender="ops@ginko.example")
    assert [mail.subject for mail in morning(office)] == ["[triage] Tuesday 24 November: 1 case waits for us"]
    morning(office)
    [digest] = morning(office)
    assert digest.subject == "[triage] Thursday 26 November: 1 case waits for us, 1 reply window ends today"
    assert [row.split()[:4] for row in table(digest.text, "Waiting for us")] == [["#1002", "3", "ginko.example", "送金に失敗しました"]]
    assert [row.split() for row in table(digest.text, "Reply windows that end today")] == [
        ["#1001", "3", "acme.example", "Transfers", "fail", "Thu", "26", "09:02"]
    ]
    assert all(width_of(line) <= 78 for line in digest.text.splitlines())
    office.wait(hours=2)
    assert office.notices() == ["closed"]


def test_what_was_promised_stands_beside_and_what_is_late_in_a_table_of_its_own(office: Office) -> None:
    (office.config.instance.rules_dir / "agreements.toml").write_text('[agreement.default]\nfirst_response = { 3 = "20h on team" }\n')
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.settle()
    office.partner_writes("Transfers fail")
    office.wait(hours=3)
    office.partner_writes("Refunds fail")
    [tuesday] = [mail for mail in morning(office) if "waits" in mail.subject or "wait " in mail.subject]
    assert [row.split()[-3:] for row in table(tuesday.text, "Waiting for us")] == [["Wed", "25", "11:02"], ["Wed", "25", "14:02"]]
    assert "Late" not in tuesday.text
    morning(office)
    [thursday] = [mail for mail in morning(office) if "late" in mail.subject and "wait" in mail.subject]
    assert thursday.subject == "[triage] Thursday 26 November: 2 cases wait for us, 2 promises late"
    assert [row.split()[-5:-3] for row in table(thursday.text, "Late")] == [["first", "response"]] * 2
    assert all(width_of(line) <= 78 for line in thursday.text.splitlines())


def test_what_happened_over_night_is_told(office: Office) -> None:
    office.wait(hours=10)
    office.partner_writes("URGENT payouts fail")
    office.outgoing()
    office.daemon.engine.call(lambda _now: None)  # type: ignore[union-attr]
    [digest] = [mail for mail in morning(office) if "waits for us" in mail.subject]
    rows = table(digest.text, "Over night")
    assert [row.split()[3] for row in rows] == ["#1001"] * len(rows)
    assert "a partner opened a new thread" in rows[0]


def test_a_quiet_day_sends_nothing_and_does_not_begin_to_speak_later(office: Office) -> None:
    assert morning(office) == []
    office.wait(hours=1)
    office.partner_writes("Transfers fail")
    office.wait(hours=3)
    assert office.notices() == ["receipt"]


def test_restarts_do_not_repeat_it(office: Office) -> None:
    office.partner_writes("Transfers fail")
    assert len(morning(office)) == 1
    for _ in range(2):
        office.stop()
        office.start()
        office.wait(minutes=5)
    assert office.outgoing() == []


def test_a_morning_in_a_downtime_is_sent_later_that_day_and_only_once(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    office.stop()
    office.wait(days=2, hours=4)
    office.partner_writes("Another matter", sender="ops@other.example")
    office.start()
    office.wait(minutes=2)
    sent = office.outgoing()
    assert [mail.notice for mail in sent if mail.to != (TEAM,)] == ["receipt"]
    [digest] = [mail for mail in sent if mail.to == (TEAM,)]
    assert digest.subject == "[triage] Wednesday 25 November: 2 cases wait for us"
    office.wait(hours=5)
    assert office.outgoing() == []


def test_weekends_and_holidays_have_none(office: Office) -> None:
    calendar = '[team]\nzone = "Europe/London"\nhours = "09:00-17:00"\nholidays = [2026-11-26]\n'
    (office.config.instance.rules_dir / "calendar.toml").write_text(calendar)
    office.stop()
    office.start()
    office.partner_writes("Transfers fail")
    office.outgoing()
    days = [[mail.subject.split()[1] for mail in morning(office)] for _ in range(7)]
    assert days == [["Tuesday"], ["Wednesday"], [], ["Friday"], [], [], ["Monday"]]


def test_quarantine_and_unproven_team_mail_are_told(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.wait(hours=10)
    office.arrives(office.mail("ana@wise.example", PARTNER, "Re: Transfers fail", answers=question, cc=ADDRESS))
    with office.store() as store, store.write():
        store.connection.execute("UPDATE ledger SET outcome = 'quarantined' WHERE id = 1")
        store.connection.execute("INSERT INTO quarantine (ledger_id, error, author, at) VALUES (1, 'odd', 'x@y.example', '2026-11-23')")
    office.outgoing()
    [digest] = morning(office)
    assert "1 mail in quarantine" in digest.subject
    assert table(digest.text, "In quarantine")[0].split()[-2:] == ["Transfers", "fail"]
    assert table(digest.text, "Team mail that could not be proven")[0].split()[3:5] == ["#1001", "ana@wise.example"]


def test_commands_that_prove_nothing_are_told_also_without_a_case(office: Office) -> None:
    office.wait(hours=10)
    office.arrives(office.mail("ana@wise.example", ADDRESS, "please", "sev 2"))
    assert office.case_numbers() == []
    office.outgoing()
    [digest] = morning(office)
    assert table(digest.text, "Team mail that could not be proven")[0].split()[3:5] == ["-", "ana@wise.example"]


def test_on_hold_only_who_has_written_since_waits_for_us(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    office.partner_writes("Payouts fail")
    promise_an_answer(office)
    office.wait(minutes=1)
    for number in ("1001", "1002"):
        terminal.ok("case", number, "hold", "9d")
    office.wait(minutes=5)
    office.partner_writes("Re: Transfers fail", "It is worse now", answers=question)
    office.outgoing()
    digest = morning(office)[-1]
    assert [row.split()[0] for row in table(digest.text, "Waiting for us")] == ["#1001"]


def test_without_a_team_address_nothing_is_sent(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        instance = replace(office.config.instance, team_address="")
        office.config = replace(office.config, instance=instance, digest=MorningMail(time(8, 30)))
        office.start()
        office.partner_writes("Transfers fail")
        office.wait(days=1)
        assert office.notices() == ["receipt"]
        office.check()


class TestPrinted:
    def test_it_is_printed_at_any_time_and_sends_nothing(self, office: Office, terminal: Terminal) -> None:
        office.partner_writes("Transfers fail")
        printed = terminal.ok("digest")
        assert "Waiting for us (1)" in printed
        assert all(len(line) <= 80 for line in printed.splitlines())
        [row] = [line for line in terminal.lines("digest") if line["table"] == "Waiting for us"]
        assert (row["case"], row["partner"], row["subject"]) == ("#1001", "acme.example", "Transfers fail")
        assert office.notices() == ["receipt"]

    def test_a_quiet_day_says_so(self, terminal: Terminal) -> None:
        assert terminal.ok("digest").startswith("Nothing waits for us")
