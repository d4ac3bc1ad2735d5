"""The line of a file that people are shown, and where its marker stands."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('url = "https://hooks.example/services/T0/s3cret"', 'url = "https://hooks.example/***"'),
        ('url = "https://hooks.example:8443?key=s3cret"', 'url = "https://hooks.example:8443/***"'),
        ('url = "https://ana:s3cret@hooks.example/"', 'url = "https://***@hooks.example/"'),
        (
            'then = { webhok = "https://hooks.example/s3cret", tags = ["a"] }',
            'then = { webhok = "https://hooks.example/***", tags = ["a"] }',
        ),
        ('    "tgram://s3cret/chat",', '    "tgram://***",'),
        ('routing_ky = "s3cret"', 'routing_ky = "***"'),
        ('auth_tokn = "s3cret"', 'auth_tokn = "***"'),
        ('topik = "s3cret"', 'topik = "***"'),
        ('token == "s3cret"', 'token == "***"'),
        ("token: s3cret", 'token: "***"'),
    ],
)
def test_where_a_secret_leads_is_shown_and_the_secret_is_not(line: str, shown: str) -> None:
    assert excerpt(line, 1)[0] == shown


@pytest.mark.parametrize(
    "line", ['url = "https://status.example"', 'why = "see https://wiki.example/"', "severity = 2", 'to = "ana@acme.example"']
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert excerpt(line, 1)[0] == line
