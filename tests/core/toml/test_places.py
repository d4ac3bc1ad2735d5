"""Every key, element and table of a document has the place where a person would point at it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.problems import BrokenFiles
from triage.core.toml.document import TomlDocument, read_document

DOCUMENT = '''\
# a comment with [brackets] and = signs
top = 1
"quoted key" = 'literal # no comment'
dotted.key.path = true  # a comment
long = """
first ] line
"quoted" \\""" still inside"""
lit = \'\'\'it's [ "here" \'\'\'
list = [
  "a,b", # , ]
  [1, 2],
  { x = 1, y.z = "}" },
]
[table]
a = 2026-11-22T10:00:00Z
b = "esc \\" quote"
[table.sub]
c = { d = { e = [] } }
[[rule]]
name = "one"
[rule.inner]
x = 1
[[rule.part]]
p = 1
[[rule.part]]
p = 2
[[rule]]
name = "two"
[[rule.part]]
p = 3
'''

EXPECTED = {
    ("top",): (2, 1, 7),
    ("quoted key",): (3, 1, 16),
    ("dotted",): (4, 1, 1),
    ("dotted", "key", "path"): (4, 12, 19),
    ("long",): (5, 1, 8),
    ("lit",): (8, 1, 7),
    ("list", 0): (10, 3, 3),
    ("list", 1, 1): (11, 7, 7),
    ("list", 2, "x"): (12, 5, 9),
    ("list", 2, "y", "z"): (12, 14, 18),
    ("table",): (14, 2, 2),
    ("table", "a"): (15, 1, 5),
    ("table", "sub", "c", "d", "e"): (18, 13, 17),
    ("rule", 0): (19, 1, 1),
    ("rule", 0, "inner", "x"): (22, 1, 5),
    ("rule", 0, "part", 1, "p"): (26, 1, 5),
    ("rule", 1, "name"): (28, 1, 8),
    ("rule", 1, "part", 0, "p"): (30, 1, 5),
}


def document(text: str) -> TomlDocument:
    return read_document("x.toml", text.encode())


@pytest.mark.parametrize("path", EXPECTED)
def test_place_of_key_and_value(path: tuple[str | int, ...]) -> None:
    line, key_column, value_column = EXPECTED[path]
    found = document(DOCUMENT)
    assert found.place(path) == (line, key_column)
    assert found.place(path, at_value=True)[1] == value_column


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, ...]] = [path] if path else []
    if isinstance(value, dict):
        inner += [each for key, item in value.items() for each in paths(item, (*path, key))]
    if isinstance(value, list):
        inner += [each for index, item in enumerate(value) for each in paths(item, (*path, index))]
    return inner


def test_every_path_of_the_document_has_a_place_and_no_other_has() -> None:
    assert set(document(DOCUMENT).offsets) == set(paths(tomllib.loads(DOCUMENT)))


def test_windows_line_ends_do_not_move_places() -> None:
    found = document(DOCUMENT.replace("\n", "\r\n"))
    assert found.place(("rule", 1, "part", 0, "p"), at_value=True) == (30, 5)


def test_a_missing_key_is_placed_at_the_table_that_lacks_it() -> None:
    assert document(DOCUMENT).place(("table", "sub", "nothing", "here")) == (17, 8)


def test_a_byte_order_mark_is_no_content() -> None:
    assert read_document("x.toml", b"\xef\xbb\xbfa = 1\n").place(("a",)) == (1, 1)


@settings(max_examples=400)
@given(edits=st.lists(st.tuples(st.integers(0, len(DOCUMENT)), st.integers(0, 3), st.text("[]{}\"'=.,# \nax1\\", max_size=3)), max_size=3))
def test_an_edited_document_is_refused_or_has_exactly_its_paths(edits: list[tuple[int, int, str]]) -> None:
    """Whatever stands in the file: one clear refusal, or a place for every path; never a crash, never an endless scan."""
    text = DOCUMENT
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]
    try:
        found = document(text)
    except BrokenFiles as broken:
        assert len(broken.problems) == 1
    else:
        assert set(found.offsets) == set(paths(tomllib.loads(text)))


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_document_or_one_problem(raw: bytes) -> None:
    try:
        read_document("x.toml", raw)
    except BrokenFiles as broken:
        assert len(broken.problems) == 1
