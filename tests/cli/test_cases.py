"""`triage cases`: whose turn it is, at a glance, in 80 columns."""

from __future__ import annotations

from tests.cli.conftest import Terminal
from tests.scenarios.office import PARTNER, Office
from tests.scenarios.team import promise_an_answer


def test_an_empty_queue_says_so(terminal: Terminal) -> None:
    assert terminal.ok("cases") == "no open case\n"


def test_it_says_whose_turn_it_is(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    office.partner_writes("URGENT payouts fail")
    office.partner_writes("Hello")
    office.team_replies("Re: Transfers fail", answers=question)
    waiting = {line["number"]: line["waits_for"] for line in terminal.lines("cases")}
    assert waiting == {1001: "partner until 26 Nov 09:00", 1002: "PAGING, nobody has it yet", 1003: "us"}


def test_a_window_that_is_over_without_a_sync_waits_for_the_mailbox(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.stop()
    office.leap(hours=80)
    assert terminal.lines("cases")[0]["waits_for"] == "waiting for sync"
    assert "waiting for sync" in " ".join(terminal.ok("cases").split())


def test_a_hold_is_shown(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    terminal.ok("case", "1001", "hold", "2026-12-01")
    assert "on hold until 01 Dec 00:00" in terminal.ok("cases")


def test_what_is_owed_to_somebody_who_wrote_under_the_hold_is_shown_before_it(office: Office, terminal: Terminal) -> None:
    promise_an_answer(office)
    question = office.partner_writes("Transfers fail")
    office.wait(minutes=1)
    terminal.ok("case", "1001", "hold", "2026-12-01")
    assert terminal.lines("cases")[0]["waits_for"] == "on hold until 01 Dec 00:00"
    office.partner_writes("Re: Transfers fail", "It is worse now", answers=question)
    assert terminal.lines("cases")[0]["waits_for"] == "us until 23 Nov 13:00; on hold until 01 Dec 00:00"


def test_a_reminder_that_waits_for_the_mailbox_says_so(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.stop()
    office.leap(hours=50)
    assert terminal.lines("cases")[0]["waits_for"] == "partner until 26 Nov 09:00; the reminder waits for sync"


def test_the_worst_comes_first(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    office.partner_writes("URGENT payouts fail")
    assert [line["number"] for line in terminal.lines("cases")] == [1002, 1001]


def test_it_can_be_narrowed_by_status_severity_and_partner(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    office.partner_writes("URGENT payouts fail", sender="ops@bank.example")
    assert [line["number"] for line in terminal.lines("cases", "--severity", "1")] == [1002]
    assert [line["number"] for line in terminal.lines("cases", "--partner", "acme.example")] == [1001]
    assert terminal.lines("cases", "--status", "pending") == []
    assert len(terminal.lines("cases", "--limit", "1")) == 1


def test_closed_cases_are_shown_when_asked_for(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    terminal.ok("case", "1001", "close")
    assert terminal.lines("cases") == []
    assert [line["status"] for line in terminal.lines("cases", "--status", "closed")] == ["closed"]
    assert [line["status"] for line in terminal.lines("cases", "--all")] == ["closed"]


def test_the_table_fits_80_columns_whatever_strangers_write(office: Office, terminal: Terminal) -> None:
    long = "ops@a-company-with-an-endless-name-that-goes-on.example"
    question = office.partner_writes("A question with a subject that is far too long " * 5, sender=long)
    office.partner_writes("URGENT " + "漢字" * 50, sender=long)
    office.partner_writes("[red]markup[/red] :smile: \x1b[31mcolour\x1b[0m\u202e", sender=PARTNER)
    office.team_replies("Re: A question", answers=question, to=long)
    office.stop()
    office.leap(hours=80)
    printed = terminal.ok("cases")
    assert max(map(len, printed.splitlines())) <= 80
    assert "[red]markup" in printed
    assert "\x1b" not in printed


def test_every_value_of_the_case_is_in_the_json(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    [line] = terminal.lines("cases")
    assert (line["number"], line["partner"], line["requester"], line["severity"]) == (1001, "acme.example", PARTNER, 3)
    assert {"opened_at", "updated_at", "reply_window_ends_at", "hold_until", "waits_for"} <= line.keys()


class TestDue:
    def queue(self, office: Office, terminal: Terminal) -> None:
        """Waits for us; reminder in two days; on hold for a day; window over while the daemon was away."""
        old = office.partner_writes("Old", sender="a@old.example")
        office.team_replies("Re: Old", answers=old, to="a@old.example")
        terminal.ok("case", "1001", "no-auto-close", "on")
        office.wait(hours=49)
        office.partner_writes("Waits for us")
        running = office.partner_writes("Running")
        office.team_replies("Re: Running", answers=running)
        held = office.partner_writes("Held")
        office.team_replies("Re: Held", answers=held)
        terminal.ok("case", "1004", "hold", "1d")
        office.stop()
        office.leap(hours=23, minutes=58)
        terminal.ok("case", "1001", "no-auto-close", "off")

    def test_what_is_due_next_comes_first(self, office: Office, terminal: Terminal) -> None:
        self.queue(office, terminal)
        found = [(line["number"], line["due"], line["waits_for"]) for line in terminal.lines("cases", "--due")]
        assert found == [
            (1001, "reply window ends", "waiting for sync"),
            (1004, "hold ends", "on hold until 26 Nov 10:00"),
            (1003, "reminder", "partner until 28 Nov 10:00"),
            (1002, None, "us"),
        ]

    def test_the_table_says_when_and_what_in_80_columns(self, office: Office, terminal: Terminal) -> None:
        self.queue(office, terminal)
        printed = terminal.ok("cases", "--due")
        assert all(len(line) <= 80 for line in printed.splitlines())
        heading, first, *_ = printed.splitlines()
        assert heading.split() == ["DUE", "IN", "CASE", "SEV", "WHAT", "PARTNER", "SUBJECT"]
        assert first.split()[:7] == ["26", "Nov", "09:00", "-58m", "#1001", "3", "waiting"]
        assert next(line for line in printed.splitlines() if "#1003" in line).split()[2:4] == ["10:00", "1d"]

    def test_what_was_promised_is_due_too(self, office: Office, terminal: Terminal) -> None:
        (office.config.instance.rules_dir / "agreements.toml").write_text('[agreement.default]\nfirst_response = { 3 = "2h" }\n')
        office.partner_writes("Hello")
        office.wait(hours=1)
        [line] = terminal.lines("cases", "--due")
        assert (line["due"], line["due_at"][:16]) == ("first response due", "2026-11-23T11:00")
        office.leap(hours=2)
        first = terminal.ok("cases", "--due").splitlines()[1]
        assert first.split()[:5] == ["23", "Nov", "11:00", "-1h", "#1001"]

    def test_closed_cases_have_nothing_due(self, office: Office, terminal: Terminal) -> None:
        office.partner_writes("Hello")
        terminal.ok("case", "1001", "close")
        assert [line["due_at"] for line in terminal.lines("cases", "--due", "--all")] == [None]
