"""Tables of plain text: one width, whatever the characters are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.columns import WIDTH, Column, cut, lines_of, width_of

COLUMNS = (Column("CASE"), Column("PARTNER", 12), Column("SUBJECT", stretches=True), Column("DUE"))


def test_columns_are_aligned_with_wide_and_combining_characters() -> None:
    rows = [("#1", "acme", "Transfers fail", "now"), ("#1002", "日本銀行", "送金に失敗しました", "now"), ("#3", "e\u0301lan", "x", "now")]
    lines = lines_of(COLUMNS, rows)
    assert {width_of(line[: line.index("now")]) for line in lines[1:]} == {width_of(lines[0][: lines[0].index("DUE")])}


@pytest.mark.parametrize(("text", "width", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 4, "日…"), ("日本", 4, "日本")])
def test_what_has_no_room_is_cut_between_characters(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(st.lists(st.tuples(*[st.text(alphabet=st.characters(categories=["L", "N", "P", "Mn", "Zs"]), max_size=60)] * 4), max_size=5))
def test_no_line_is_wider_than_the_table(rows: list[tuple[str, str, str, str]]) -> None:
    assert all(width_of(line) <= WIDTH for line in lines_of(COLUMNS, rows))
