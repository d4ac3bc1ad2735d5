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

from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.toml.places import KeyPath, find_places

SIZE_LIMIT = 1024 * 1024
"""A file that people write by hand stays far below a megabyte; above it something else was put in its place."""

_TOML_ERROR = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)
_PAIR = re.compile(r"""(?P<key>[\w-]+)(?P<equals>["']?\s*=\s*)(?P<value>"[^"]*"?|'[^']*'?|[^\s,}#]+)""")
_NAME_TUPLE = re.compile(r"\((?:'[^']*',? ?)+\)")
_QUOTED = r"'([^']*)'"
_SHOWN = 200

_HINTS = {
    "Invalid initial character for a key part": "an inline table { ... } stays on one line; names with other characters need quotes",
    "Invalid value": 'text values need quotes: name = "value"',
    "Expected newline or end of document after a statement": 'one key a line; text values need quotes, as in reply_window = "72h"',
    "Cannot overwrite a value": "a key is given twice",
    "Illegal character": "a text ends with the quote it started with, on the same line",
    "Unclosed array": "a list ends with ] and has commas between its values",
    "Unclosed inline table": "an inline table { ... } ends with } on the same line",
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
        return masked_line(self.text, number)

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
        return Problem(
            file=self.name,
            message=message,
            line=line,
            column=column,
            key=key_text(path),
            found=found,
            allowed=allowed,
            hint=hint,
            source=self.line(line) if line else "",
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


def masked_line(text: str, number: int) -> str:
    """One line of a file, cut for display, with the values of secret-looking keys hidden."""
    lines = text.split("\n")
    if not 0 < number <= len(lines):
        return ""
    return _PAIR.sub(_hide_secret, lines[number - 1])[:_SHOWN]


def is_secret_name(key: str) -> bool:
    """Whether a key's value must not be shown; a misspelt `pasword` is one too, the name of a password file is not."""
    word = key.lower()
    if word.endswith("_file"):
        return False
    return any(part in word for part in ("pass", "secret", "token")) or bool(difflib.get_close_matches(word, ["password"], cutoff=0.75))


def _hide_secret(pair: re.Match[str]) -> str:
    return f'{pair["key"]}{pair["equals"]}"***"' if is_secret_name(pair["key"]) else pair[0]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the closest known spelling, or nothing."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[close[0]]}"?' if close else ""


def decoded(name: str, raw: bytes) -> str:
    """A file's text; raises BrokenFiles where it stops being UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        found = f"byte 0x{raw[error.start]:02x}"
        problem = Problem(name, "is not UTF-8 text", line, column, found=found, hint="save the file as UTF-8")
        raise BrokenFiles([problem]) from None


def _syntax_problem(name: str, text: str, error: str) -> Problem:
    match = _TOML_ERROR.match(error)
    what = match["what"] if match else error
    lines = text.split("\n")
    if match and match["line"]:
        line, column = int(match["line"]), int(match["column"])
    else:
        line = max((number for number, content in enumerate(lines, 1) if content.strip()), default=1)
        column = len(lines[line - 1]) + 1
    hint = next((hint for start, hint in _HINTS.items() if what.startswith(start)), "")
    if what.startswith("Cannot declare"):
        hint = "a [table] is written once; a list of tables is written [[table]]"
    what = _NAME_TUPLE.sub(lambda found: f"[{'.'.join(re.findall(_QUOTED, found[0]))}]", what)
    message = f"is not valid TOML: {what[:1].lower()}{what[1:]}"
    return Problem(name, message, line, column, hint=hint, source=masked_line(text, line))
