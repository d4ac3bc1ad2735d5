"""How a line looks, on a terminal and elsewhere."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from triage.demo.cast import BO
from triage.demo.news import Notice, Ring
from triage.demo.telling import Teller
from triage.demo.wording import notice_words

AT = datetime(2026, 11, 24, 2, 13, tzinfo=UTC)
PAGE = "Severity 1, case #1002\nAcknowledge: triage ack 1002"


def told(*happenings: Notice | Ring, terminal: bool = False) -> str:
    output = io.StringIO()
    Teller(Console(file=output, width=80, force_terminal=terminal, color_system="standard" if terminal else None)).happened(AT, happenings)
    return output.getvalue()


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[" in told(Ring("ana", "phone", "trigger", PAGE, True), terminal=True)


def test_no_color_takes_every_style_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in told(Ring("ana", "phone", "trigger", PAGE, True), terminal=True)


def test_what_one_person_gets_by_two_contacts_is_one_line_with_the_phones_text() -> None:
    both = told(Ring("ana", "mail", "trigger", PAGE + " or answer", True), Ring("ana", "phone", "trigger", PAGE, True))
    assert both.count("→ Ana     page, by phone and mail:") == 1
    assert "or answer" not in both


def test_a_page_without_its_signature_is_told_as_such() -> None:
    assert "NOT SIGNED" in told(Ring("ana", "phone", "trigger", PAGE, False))


def test_the_clock_is_shown_when_it_has_moved() -> None:
    output = io.StringIO()
    teller = Teller(Console(file=output, width=80))
    teller.command(AT, BO, "triage ack 1002")
    teller.command(AT, BO, "triage cases")
    assert output.getvalue().count("Tue 02:13") == 1


def test_control_characters_and_markup_of_strangers_are_only_text() -> None:
    text = told(Notice("warning", "team@wise.example", 1001, "Hello,\n\n[red]\x1b[2Jgone[/red]"))
    assert "[red] [2Jgone[/red]" in text
    assert "\x1b" not in text


def test_long_names_and_words_stay_within_the_width() -> None:
    text = told(Notice("receipt", "somebody.with.a.long.name@somewhere.example", 1001, "- " + "x" * 200))
    assert max(map(len, text.splitlines())) <= 80


def test_the_rows_of_a_table_stay_rows_in_a_narrow_window() -> None:
    text = "Ends today (1)\nCASE   SEV  SUBJECT     ENDS\n#1001  3    It is slow  Thu 14:00\n\nTimes are UTC. See\nmore.\n"
    _, shown = notice_words("warning", text)
    assert shown == ["Ends today (1)", "#1001  3  It is slow  Thu 14:00", "Times are UTC. See more."]
