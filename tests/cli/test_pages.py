"""`triage pages` and `triage ack --page`: the list, the receipt second by second, a storm by its number."""

from __future__ import annotations

from tests.cli.conftest import Terminal
from tests.scenarios.office import ADDRESS, Office


def test_nobody_was_ever_paged(terminal: Terminal) -> None:
    assert terminal.ok("pages") == "nobody was ever paged\n"
    assert terminal.run("pages", "7").exit_code == 1


def test_the_receipt_tells_every_step_and_every_attempt(office: Office, terminal: Terminal) -> None:
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=5)
    terminal.ok("ack", "1001", "--as", "bo")
    office.settle()
    (listed,) = terminal.lines("pages")
    assert (listed["page"], listed["state"], listed["acked_by"]) == (1, "acked", "bo")
    head, *lines = terminal.lines("pages", "1")
    assert head["cases"] == [1001]
    told = [(line["what"], line["who"], line["text"].partition(",")[0]) for line in lines]
    assert told[0] == ("step", "", "the first level is paged: ana by mail")
    assert ("attempt", "ana by mail", "trigger: accepted") in told
    assert ("step", "", "nobody acknowledged in time; the next level is paged: bo by mail") in told
    assert ("step", "bo", "acknowledged: ana by mail") in told
    shown = terminal.ok("pages", "1")
    assert "page 1: case #1001; bo has it" in shown
    assert "+5:00" in shown


def test_a_storm_is_acknowledged_by_the_number_of_its_page(office: Office, terminal: Terminal) -> None:
    for number in range(3):
        office.imap.deliver(office.mail(f"ops@p{number}.example", ADDRESS, "critical: down"), "INBOX", office.clock.now())
    office.settle()
    assert "the storm of 3 cases" in terminal.ok("pages")
    assert terminal.ok("ack", "--page", "2", "--as", "ana").startswith("page 2: ana has it")
    assert terminal.run("ack", "1003", "--as", "bo").exit_code == 1, "each of its cases knows who has it"
    assert terminal.run("ack", "--page", "1", "--as", "bo").exit_code == 1, "the first page has become part of the storm"
    assert terminal.run("ack", "--page", "99").exit_code == 1


def test_a_case_or_a_page_must_be_named(terminal: Terminal) -> None:
    assert terminal.run("ack").exit_code == 2
    assert terminal.run("ack", "1001", "--page", "1").exit_code == 2
