"""Where each key and value of a TOML document stands: tomllib reads the values, this scanner finds their offsets.

It only ever sees text that tomllib has accepted, or the part before the key that it refused as given twice: it trusts the grammar (TOML
1.0) and refuses nothing. Called by `document`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top: `("rule", 0, "when", "subject")`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets into the text, from 0: of the key (or the list element), and of its value."""

    key_at: int
    value_at: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A key (`path`) that is given a value a second time, or that has a value and parts besides (`partner`, `partner.tier`)."""

    path: KeyPath
    key_at: int
    first: KeyPath
    first_at: int
    is_table: bool
    """Of the two, the value of the one that is not a part of the other is a table."""


_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:""?(?!"))?', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']|'(?!''))*'''(?:''?(?!'))?", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRINGS = (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[KeyPath, Place] = {}
        self.given: dict[KeyPath, Place] = {}
        """Keys with a value, and where that begins."""
        self.parts: dict[KeyPath, KeyPath] = {}
        """Keys that stand before a dot, with the first key that was given below them."""
        self.repeated: Repeated | None = None
        self.array_tables: dict[KeyPath, int] = {}
        """How many `[[name]]` there were so far: a later `[name.part]` belongs to the last one."""

    def document(self) -> None:
        base: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                base = self.array_header()
            elif self.text.startswith("[", self.at):
                base = self.table_header()
            else:
                self.pair(base)
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def keys(self) -> list[tuple[str, int]]:
        """A dotted key as (name, offset) pairs."""
        keys: list[tuple[str, int]] = []
        while True:
            self.skip(_SPACE)
            start = self.at
            raw = self.skip(_BASIC) or self.skip(_LITERAL) or self.skip(_BARE_KEY)
            keys.append((str(tomllib.loads(f"key = {raw}")["key"]) if raw[:1] in ('"', "'") else raw, start))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def current(self, keys: list[tuple[str, int]]) -> KeyPath:
        """The path of a header's keys, through the last element of every array of tables on the way."""
        path: KeyPath = ()
        for name, at in keys:
            path += (name,)
            self.note(path, at)
            if path in self.array_tables:
                path += (self.array_tables[path] - 1,)
        return path

    def note(self, path: KeyPath, at: int) -> None:
        self.places.setdefault(path, Place(at, at))

    def array_header(self) -> KeyPath:
        start = self.at
        self.at += 2
        keys = self.keys()
        self.at += 2
        path: KeyPath = (*self.current(keys[:-1]), keys[-1][0])
        index = self.array_tables.get(path, 0)
        self.array_tables[path] = index + 1
        self.note(path, start)
        self.note((*path, index), start)
        return (*path, index)

    def table_header(self) -> KeyPath:
        self.at += 1
        path = self.current(self.keys())
        self.at += 1
        return path

    def pair(self, base: KeyPath) -> None:
        path = base
        keys = self.keys()
        for name, at in keys:
            path += (name,)
            self.note(path, at)
        self.at += 1
        self.skip(_SPACE)
        self.places[path] = Place(keys[-1][1], self.at)
        self.note_given(base, path, Place(keys[0][1], self.at))
        self.value(path)

    def note_given(self, base: KeyPath, path: KeyPath, place: Place) -> None:
        prefixes = [path[:length] for length in range(len(base) + 1, len(path))]
        first = next((each for each in (*prefixes, path) if each in self.given), None) or self.parts.get(path)
        if first is None:
            self.given[path] = place
            self.parts.update({prefix: path for prefix in prefixes if prefix not in self.parts})
        elif self.repeated is None:
            earlier = self.given[first]
            shorter = earlier if len(first) <= len(path) else place
            self.repeated = Repeated(path, place.key_at, first, earlier.key_at, self.text.startswith("{", shorter.value_at))

    def value(self, path: KeyPath) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        elif not any(self.skip(pattern) for pattern in _STRINGS):
            self.skip(_SCALAR)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self.element_follows("]"):
            self.note((*path, index), self.at)
            self.value((*path, index))
            index += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.element_follows("}"):
            self.pair(path)

    def element_follows(self, closing: str) -> bool:
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK)
        if self.at < len(self.text) and not self.text.startswith(closing, self.at):
            return True
        self.at += 1
        return False


def find_places(text: str) -> dict[KeyPath, Place]:
    """The place of every key, list element and table of a valid TOML document; line ends must be LF."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


def find_repeated(text: str) -> Repeated | None:
    """The first key that is given twice, in a text that is valid TOML but for that."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.repeated
