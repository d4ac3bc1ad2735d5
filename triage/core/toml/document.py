"""TomlDocument: one operator's file, read, with the means to point at any key of it.

Reads text, never files. Called by `triage.config` and by `adapters/rulefiles`; `tables` reads values out of it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triage.core.excerpt import excerpt
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.toml.places import KeyPath, Repeated, find_places, find_repeated

SIZE_LIMIT = 1024 * 1024
"""A file that people write by hand stays far below a megabyte; above it something else was put in its place."""

_TOML_ERROR = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)
_NAME_TUPLE = re.compile(r"\((?:'[^']*',? ?)+\)")
_GIVEN_TWICE = ("Cannot overwrite a value", "Duplicate inline table key", "Cannot mutate immutable namespace")
_QUOTED = r"'([^']*)'"
_LONGEST_NAME = 60
_NOTHING_ELSE = "nothing else in this file is checked until this is mended"

_HINTS = {
    "Invalid initial character for a key part": "an inline table { ... } stays on one line; names with other characters need quotes",
    "Invalid value": 'text values need quotes: name = "value"',
    "Expected newline or end of document after a statement": 'one key a line; text values need quotes, as in reply_window = "72h"',
    "Illegal character '\\n'": "a text ends with the quote it started with, on the same line",
    "Illegal character": "a control character stands there: delete it",
    "Unclosed array": "a list ends with ] and has commas between its values",
    "Unclosed inline table": "an inline table { ... } ends with } on the same line",
    "Cannot overwrite a value": "a key is given twice",
    "Expected '=' after a key in a key/value pair": "a line is: key = value",
}


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """`name` is the file as operators know it; `table` is what tomllib made of the text."""

    name: str
    text: str
    table: Mapping[str, object]
    offsets: Mapping[KeyPath, tuple[int, int]]
    line_starts: tuple[int, ...]

    def place(self, path: KeyPath, *, at_value: bool = False) -> tuple[int, int]:
        """(line, column) from 1 of a key or its value; of the nearest enclosing key when it does not exist; (0, 0) for the whole file."""
        while path and path not in self.offsets:
            path = path[:-1]
        if not path:
            return 0, 0
        offset = self.offsets[path][1 if at_value else 0]
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """From 1, without its line end."""
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[number - 1] : end]

    def key(self, path: KeyPath) -> str:
        """As `key_text`, but an element of `[[rule]]` goes by its name if it has one: `rule "refunds": when.subject`."""
        elements = self.table.get(str(path[0])) if len(path) > 1 and isinstance(path[1], int) else None
        element = elements[path[1]] if isinstance(elements, list) else None  # type: ignore[index]  # an int, see above
        name = element.get("name") if isinstance(element, dict) else None
        if not isinstance(name, str) or not name.strip():
            return key_text(path)
        rest = key_text(path[2:])
        return f'{path[0]} "{name[:_LONGEST_NAME]}"' + (f": {rest}" if rest else "")

    def problem(
        self,
        path: KeyPath,
        message: str,
        *,
        found: str = "",
        allowed: str = "",
        hint: str = "",
        at_value: bool = False,
        weight: Weight = Weight.ERROR,
    ) -> Problem:
        line, column = self.place(path, at_value=at_value)
        source, mark = excerpt(self.line(line), column) if line else ("", 0)
        return Problem(
            file=self.name,
            message=message,
            line=line,
            column=column,
            key=self.key(path),
            found=found,
            allowed=allowed,
            hint=hint,
            source=source,
            mark=mark,
            weight=weight,
        )


def read_document(name: str, raw: bytes) -> TomlDocument:
    """Bytes of a file to a document; raises BrokenFiles with the one problem that keeps it from being TOML at all."""
    if len(raw) > SIZE_LIMIT:
        raise BrokenFiles([Problem(name, "is too large to be read", found=f"{len(raw):,} bytes", allowed=f"up to {SIZE_LIMIT:,} bytes")])
    text = decoded(name, raw).replace("\r\n", "\n")
    try:
        table = tomllib.loads(text)
        places = find_places(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenFiles([_syntax_problem(name, text, str(error))]) from None
    except RecursionError:
        raise BrokenFiles([Problem(name, "has lists or tables nested too deeply to be read", allowed="a few levels")]) from None
    starts = (0, *(at + 1 for at, character in enumerate(text) if character == "\n"))
    return TomlDocument(name, text, table, {path: (place.key_at, place.value_at) for path, place in places.items()}, starts)


def key_text(path: KeyPath) -> str:
    """`("rule", 0, "when", "subject")` as people say it: `rule[1].when.subject`."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the closest known spelling, or nothing."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[close[0]]}"?' if close else ""


def decoded(name: str, raw: bytes) -> str:
    """A file's text; raises BrokenFiles where it stops being text in UTF-8."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFiles([_byte_problem(name, raw, error.start, "is not UTF-8 text", "save the file as UTF-8")]) from None
    if "\0" in text:
        hint = "another program's file may have been put in its place, or the disk was full when it was saved"
        raise BrokenFiles([_byte_problem(name, raw, raw.index(0), "is not a text file", hint)])
    return text


def _byte_problem(name: str, raw: bytes, at: int, message: str, hint: str) -> Problem:
    before = raw[:at]
    line, column = before.count(b"\n") + 1, at - before.rfind(b"\n")
    return Problem(name, message, line, column, found=f"byte 0x{raw[at]:02x}", hint=hint)


def _syntax_problem(name: str, text: str, error: str) -> Problem:
    match = _TOML_ERROR.match(error)
    what = match["what"] if match else error
    lines = text.split("\n")
    if match and match["line"]:
        line, column = int(match["line"]), int(match["column"])
    else:
        line = max((number for number, content in enumerate(lines, 1) if content.strip()), default=1)
        column = len(lines[line - 1]) + 1
    if what.startswith(_GIVEN_TWICE) and (repeated := find_repeated(text[: sum(len(each) + 1 for each in lines[: line - 1]) + column - 1])):
        return _repeated_problem(name, text, lines, repeated)
    hint = next((hint for start, hint in _HINTS.items() if what.startswith(start)), "")
    if what.startswith("Cannot declare"):
        hint = "a [table] is written once; a list of tables is written [[table]]"
    what = _NAME_TUPLE.sub(lambda found: f"[{'.'.join(re.findall(_QUOTED, found[0]))}]", what)
    return _unreadable(name, f"is not valid TOML: {what[:1].lower()}{what[1:]}", lines, line, column, hint=hint)


def _repeated_problem(name: str, text: str, lines: list[str], repeated: Repeated) -> Problem:
    """A key twice in one table; `partner` beside `partner.tier` is the way in which it happens to careful people."""
    line, column = _line_and_column(text, repeated.key_at)
    first_line, first_column = _line_and_column(text, repeated.first_at)
    shorter, longer = sorted((repeated.path, repeated.first), key=len)
    if shorter == longer:
        hint = f"keep one of the two; several values are a list: {shorter[-1]} = [..., ...]"
    else:
        rest = key_text(longer[len(shorter) :])
        hint = f"write one table: {shorter[-1]} = {{ {'...' if repeated.is_table else 'is = ...'}, {rest} = ... }}"
    message = f"is given twice: first in line {first_line}, column {first_column}"
    return _unreadable(name, message, lines, line, column, key=key_text(repeated.path), hint=hint)


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _unreadable(name: str, message: str, lines: list[str], line: int, column: int, *, hint: str, key: str = "") -> Problem:
    source, mark = excerpt(lines[line - 1], column)
    hint = f"{hint}; {_NOTHING_ELSE}" if hint else _NOTHING_ELSE
    return Problem(name, message, line, column, key, hint=hint, source=source, mark=mark)
