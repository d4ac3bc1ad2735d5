"""`triage case N merge M` and `triage case N split MESSAGE`: what threads got wrong, mended from the command line."""

from __future__ import annotations

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.core.cases.case import Status
from triage.store import ledger


def two_cases(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("Payouts fail")
    office.outgoing()


def test_a_merge_says_where_the_case_lives_on(office: Office, terminal: Terminal) -> None:
    two_cases(office)
    assert "#1002 lives on as #1001" in terminal.ok("case", "1002", "merge", "#1001")
    assert office.case(1002).merged_into == 1001
    assert terminal.run("case", "1002").stderr == "#1002 was merged into #1001\n"
    assert "ana merged another case into this one" in terminal.ok("case", "1001")


def test_what_an_answer_brings_is_not_shown_as_missing_any_more(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail", "POST /v1/transfers fails in production with 500 since 2026-11-22 10:00 UTC.")
    assert "trace_id" in terminal.lines("case", "1001")[0]["known"]["missing"]
    office.partner_writes("Re: Transfers fail", "x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b", answers=question)
    office.outgoing()
    [case] = terminal.lines("case", "1001")
    assert "trace_id" not in case["known"]["missing"]
    assert [one["message"] for one in case["known"]["facts"] if one["kind"] == "trace_id"] == [3]
    assert "still lacks" in terminal.ok("case", "1001")


def test_a_merge_that_makes_no_sense_is_refused_in_words(office: Office, terminal: Terminal) -> None:
    two_cases(office)
    result = terminal.run("case", "1001", "merge", "1001")
    assert result.exit_code != 0
    assert "into itself" in result.stderr
    assert office.case(1001).status is Status.NEW


def test_two_partners_cases_are_merged_with_force_only(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("Transfers fail", sender="ops@processor.example")
    office.outgoing()
    assert "what one writes would reach the other" in terminal.run("case", "1002", "merge", "1001").stderr
    terminal.ok("case", "1002", "merge", "1001", "--force")
    assert office.case(1002).merged_into == 1001


def test_a_message_is_split_off_by_the_number_that_the_story_shows(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    office.partner_writes("Re: Transfers fail", "By the way, webhooks fail", answers=question)
    office.outgoing()
    assert "message 3, follow-up" in " ".join(terminal.ok("case", "1001").split())
    [told] = terminal.lines("case", "1001", "split", "3")
    assert (told["case"], told["reason"]) == (1002, "message 3 of #1001 is #1002 now")
    assert "split off #1001" in terminal.ok("case", "1002")


def test_a_merge_and_a_split_keep_their_reasons(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    second = office.partner_writes("Payouts fail")
    office.partner_writes("Re: Payouts fail", answers=second)
    terminal.ok("case", "1002", "merge", "1001", "--why", "one cause")
    assert office.journal(1002)[-1].detail == "into #1001: one cause"
    assert "#1002 was merged into this case: one cause" in [entry.detail for entry in office.journal(1001)]
    with office.store() as store:
        last = ledger.of_case(store, 1001)[-1].id
    terminal.ok("case", "1001", "split", str(last), "--why", "another cause")
    assert office.journal(1003)[-1].detail == "split off #1001: another cause"
