"""Texts as slips of the keyboard leave them, for tests of what reads operators' files."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = st.sampled_from(
    [*"[]{}\"'=.#\n\x00é", "{}", "[]", "[[", "true", "1", "-1", "1.5", '""', '"x"', "[1]", "{ a = 1 }", "2026-11-22", "10:00:00"]
)


def edits(text: str) -> st.SearchStrategy[str]:
    """A few places of the text replaced: single characters, or the value behind a `=`."""
    places = st.one_of(st.integers(0, len(text)), st.sampled_from([at + 2 for at, c in enumerate(text) if c == "="]))
    return st.lists(st.tuples(places, st.integers(0, 12), WORDS), min_size=1, max_size=3).map(lambda changes: _edited(text, changes))


def _edited(text: str, changes: list[tuple[int, int, str]]) -> str:
    for at, removed, added in changes:
        text = text[:at] + added + text[at + removed :]
    return text
