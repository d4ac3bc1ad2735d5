"""`triage ack N`: paging stops, and everybody knows who has it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office


@pytest.fixture
def paged(office: Office) -> Office:
    office.partner_writes("URGENT payouts fail")
    office.outgoing()
    return office


def pages_of(office: Office) -> list[str]:
    """Who was paged or told about a page since this was last asked."""
    return [notice for notice in office.notices() if notice.startswith("page ")]


def test_the_levels_stop(paged: Office, terminal: Terminal) -> None:
    assert terminal.ok("ack", "1001", "--as", "ana", "--eta", "20m") == (
        "#1001: ana has it; reminder in 20 min (Mon 23 Nov 09:20 UTC) without a sign of work\n"
    )
    paged.wait(minutes=19)
    assert pages_of(paged) == []
    assert paged.page_states(1001) == ["acked"]


def test_those_who_were_disturbed_are_told(paged: Office, terminal: Terminal) -> None:
    paged.wait(minutes=6)
    paged.outgoing()
    terminal.ok("ack", "1001", "--as", "ana")
    paged.settle()
    assert pages_of(paged) == ["page bo"]


def test_it_works_without_the_daemon_and_without_the_network(paged: Office, terminal: Terminal) -> None:
    paged.stop()
    paged.imap.stop_listening()
    paged.smtp.stop_listening()
    terminal.ok("ack", "1001", "--as", "ana")
    assert paged.page_states(1001) == ["acked"]


def test_it_works_with_broken_rules(paged: Office, terminal: Terminal) -> None:
    (paged.config.instance.rules_dir / "oncall.toml").write_text("nonsense")
    result = terminal.run("ack", "1001", "--as", "ana")
    assert result.exit_code == 0, result.output
    assert "going on without them" in result.stderr


def test_the_second_one_hears_who_has_it_since_when(paged: Office, terminal: Terminal) -> None:
    terminal.ok("ack", "1001", "--as", "ana")
    result = terminal.run("ack", "1001", "--as", "bo")
    assert (result.exit_code, result.stdout) == (1, "#1001: ana has it already, since Mon 23 Nov 09:00 UTC\n")


def test_the_same_person_may_prolong(paged: Office, terminal: Terminal) -> None:
    terminal.ok("ack", "1001", "--as", "ana")
    assert "in 2 h" in terminal.ok("ack", "1001", "--as", "ana", "--eta", "2h")


def test_a_case_that_joined_since_the_last_page_is_not_covered(paged: Office, terminal: Terminal) -> None:
    """Nobody has heard of it: the one who acknowledges is told at once, and its requester is not told that somebody has it."""
    paged.partner_writes("URGENT all down", sender="olga@globex.example")
    paged.outgoing()
    assert "not covered, nobody was told of it yet: #1002" in terminal.ok("ack", "1001", "--as", "ana")
    paged.settle()
    sent = paged.outgoing()
    assert [mail.to for mail in sent if mail.notice == "taken"] == [("ops@acme.example",)]
    assert [("#1002" in mail.text) for mail in sent if mail.to == ("ana@pager.example",)] == [True]
    assert "not covered" not in terminal.ok("ack", "1002", "--as", "ana")
    paged.settle()
    assert [mail.to for mail in paged.outgoing() if mail.notice == "taken"] == [("olga@globex.example",)]


def test_a_page_that_is_over_stays_over(paged: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "severity", "2")
    result = terminal.run("ack", "1001")
    assert result.exit_code == 1
    assert "the page is over since Mon 23 Nov 09:00 UTC (severity lowered)" in result.stdout
    assert paged.page_states(1001) == ["resolved"]


def test_a_case_without_a_page_is_exit_1(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    [line] = terminal.lines("ack", "1001", code=1)
    assert (line["done"], line["page"], line["reason"]) == (False, None, "nobody is being paged for this case")


def test_the_json_says_who_has_it(paged: Office, terminal: Terminal) -> None:
    [line] = terminal.lines("ack", "1001")
    assert (line["done"], line["state"], line["acked_by"]) == (True, "acked", "ana"), "the login name is who does it"


@pytest.mark.parametrize("arguments", [("x",), ("1001", "--eta", "soon"), ()])
def test_a_senseless_command_is_exit_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    assert terminal.run("ack", *arguments).exit_code == 2


def test_a_reason_is_kept_with_the_page_and_on_the_case(paged: Office, terminal: Terminal) -> None:
    terminal.ok("ack", "1001", "--as", "ana", "--why", "the bank is down")
    assert "the bank is down" in paged.journal(1001)[-1].detail
    assert "the bank is down" in terminal.ok("pages", "1")
