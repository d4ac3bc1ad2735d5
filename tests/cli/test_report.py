"""`triage report` at the command line: what is asked for, what is refused, where it goes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office


def a_week(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.partner_writes("URGENT: payouts fail", sender="dev@beta.example")
    office.leap(hours=79)
    office.leap(hours=1)
    office.outgoing()


def test_the_paragraph_is_told_without_a_file(office: Office, terminal: Terminal) -> None:
    a_week(office)
    said = " ".join(terminal.ok("report", "--month", "2026-11").split())
    assert "November 2026 (Europe/London), up to Thu 26 Nov 17:" in said
    assert "2 cases came in; 1 of them was Severity 1 in the end." in said
    assert "1 closing; 1 case is left." in said


def test_the_page_goes_to_a_file(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    a_week(office)
    said = terminal.ok("report", "--from", "2026-11-23", "--to", "2026-11-25", "--html", str(tmp_path / "week.html"))
    text = (tmp_path / "week.html").read_text("utf-8")
    assert "23 to 25 November 2026 is in" in said
    assert text.startswith("<!doctype html>")
    terminal.ok("report", "--month", "2026-11", "--html", str(tmp_path))
    assert (tmp_path / "2026-11.html").is_file()
    assert "acme.example" in text


def test_rows_and_values_for_programs(office: Office, terminal: Terminal) -> None:
    a_week(office)
    rows = list(csv.reader(io.StringIO(terminal.ok("report", "--month", "2026-11", "--csv"))))
    assert ["volume", "cases opened by partner", "beta.example", "1", "1", "count"] in rows
    (value,) = terminal.lines("report", "--month", "2026-11")
    assert value["volume"]["opened"] == {"1": 1, "2": 0, "3": 1}
    assert value["emergencies"]["pages"] == 1


def test_by_default_it_is_the_last_month_that_is_over_and_an_empty_one_is_no_mistake(office: Office, terminal: Terminal) -> None:
    said = terminal.ok("report")
    assert "October 2026 (Europe/London)" in said
    assert "Nothing came in" in said


def test_what_makes_no_sense_is_refused_in_a_sentence(terminal: Terminal, tmp_path: Path) -> None:
    for arguments, said in {
        ("--month", "2026-13"): "'2026-13' is no month",
        ("--month", "2027-01"): "January 2027 has not begun yet",
        ("--from", "2026-10-31", "--to", "2026-10-01"): "is before",
        ("--from", "yesterday"): "'yesterday' is no day",
        ("--month", "2026-10", "--html", str(tmp_path / "no" / "x.html")): "no such file or directory",
    }.items():
        result = terminal.run("report", *arguments)
        assert (result.exit_code, said in result.stderr) == (2, True), result.output


def test_options_that_exclude_each_other_are_refused(terminal: Terminal) -> None:
    for arguments in (("--csv", "--json"), ("--month", "2026-10", "--from", "2026-10-01"), ("--to", "2026-10-01")):
        assert terminal.run("report", *arguments).exit_code == 2


def test_an_option_in_the_place_of_the_file_is_no_file(
    office: Office, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed = terminal.run("report", "--html", "--csv")
    assert printed.exit_code == 2
    assert "--html needs the name of a file" in printed.output
    assert list(tmp_path.glob("*csv*")) == []
