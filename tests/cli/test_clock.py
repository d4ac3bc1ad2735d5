"""`triage clock N`: what was promised, counted so that a person can check it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office

DOCUMENT = Path(__file__).parents[2] / "docs" / "clocks.md"
CALENDAR = '[team]\nzone = "Europe/Tallinn"\nhours = ["09:00-12:30", "13:30-18:00"]\nholidays = [2026-11-26]\n'
AGREEMENTS = """
[agreement.default]
first_response = { 3 = "8h on team" }
next_response = { 3 = "16h on team" }
resolution = { 2 = "24h" }
"""


def promise(office: Office) -> None:
    rules = office.config.instance.rules_dir
    (rules / "calendar.toml").write_text(CALENDAR)
    (rules / "agreements.toml").write_text(AGREEMENTS)
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.settle()


def example(office: Office, terminal: Terminal) -> str:
    """The case of docs/clocks.md: a first response in time, then an answer that is held over a holiday and due after a week-end."""
    promise(office)
    office.clock.push(timedelta(hours=4, minutes=59, seconds=59))
    first = office.partner_writes("Payouts are late")
    office.wait(hours=18)
    office.team_replies("Re: Payouts are late", answers=first)
    office.clock.push(timedelta(hours=5, minutes=59, seconds=59))
    office.partner_writes("Re: Payouts are late", answers=first)
    office.wait(hours=1, minutes=30)
    terminal.ok("case", "1001", "hold", "2d", "--as", "ana")
    office.outgoing()
    office.wait(hours=49)
    office.outgoing()
    return terminal.ok("clock", "1001")


def test_the_example_in_the_docs_is_what_it_prints(office: Office, terminal: Terminal) -> None:
    printed = example(office, terminal)
    [shown] = re.findall(r"```text clock-example\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert printed == shown.removeprefix("$ triage clock 1001\n")


def test_json_has_every_line_in_seconds(office: Office, terminal: Terminal) -> None:
    example(office, terminal)
    first, second = terminal.lines("clock", "1001")
    assert (first["promise"], first["late"], first["state"]) == ("first response", False, "answered in time")
    assert (second["promise"], second["term_s"]) == ("next response", 16 * 3600)
    counted = [line["counted_s"] for line in second["lines"]]
    assert sum(counted) == second["lines"][-1]["total_s"] == 16 * 3600
    assert second["lines"][-1]["end"] == second["due_at"]


def test_where_nothing_is_promised_it_says_so(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Payouts are late")
    office.outgoing()
    assert "Nothing is promised" in terminal.ok("clock", "1001")
    assert terminal.lines("clock", "1001") == []


def test_a_case_that_does_not_exist_is_exit_1(terminal: Terminal) -> None:
    assert terminal.run("clock", "4711").exit_code == 1


def test_elapsed_time_has_one_column(office: Office, terminal: Terminal) -> None:
    promise(office)
    office.partner_writes("Payouts are late")
    office.outgoing()
    terminal.ok("case", "1001", "severity", "2", "--as", "ana")
    told = terminal.ok("clock", "1001")
    assert "resolution: 24h, Severity 2, agreement default" in told
    assert "Europe/Tallinn" not in told
