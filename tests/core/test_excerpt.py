"""The line of a file that people are shown, and where its marker stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.core.excerpt import display_width, excerpt
from triage.core.problem_text import format_problems
from triage.core.problems import Problem


def test_a_short_line_is_shown_whole() -> None:
    assert excerpt("port = 99", 8) == ("port = 99", 7)


def test_a_long_line_is_cut_around_the_place() -> None:
    text, mark = excerpt("a" * 1000 + "b" + "a" * 1000, 1001)
    assert text[mark] == "b"
    assert text.startswith("...")
    assert text.endswith("...")
    assert len(text) < 210


def test_a_line_nobody_wrote_by_hand_is_not_shown() -> None:
    assert excerpt("a" * 10_001, 5) == ("", 0)


def test_a_secret_before_the_place_is_hidden_and_the_marker_still_right() -> None:
    text, mark = excerpt('imap = { password = "hunter2hunter2", prot = 1 }', 39)
    assert "hunter2" not in text
    assert text[mark:].startswith("prot")


def test_the_marker_counts_columns_of_the_terminal() -> None:
    told = format_problems([Problem("a", "x", 1, 5, source="緊e\N{COMBINING ACUTE ACCENT}急x", mark=4)])
    assert told.split("\n")[1:3] == ["    緊e\N{COMBINING ACUTE ACCENT}急x", "         ^"]


@given(line=st.text(st.characters(exclude_categories=("Cs",)), max_size=600), data=st.data())
def test_the_marker_is_within_what_is_shown(line: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(1, len(line) + 1))
    text, mark = excerpt(line, column)
    assert 0 <= mark <= len(text)
    assert display_width(text) <= 210
