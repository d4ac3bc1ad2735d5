"""TableReader: takes the keys of one TOML table one by one and notes every mistake instead of stopping at the first.

Called by everything that reads an operator's file. Unknown keys are whatever nobody took: call `finish` last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from triage.core.excerpt import is_secret_name
from triage.core.problems import Problem, Weight
from triage.core.toml.document import TomlDocument, nearest
from triage.core.toml.places import KeyPath
from triage.core.toml.values import Kind, Refused, found_text, such_as

T = TypeVar("T")
D = TypeVar("D")


class TableReader:
    """One table at `path` of a document. Problems go to the shared list `problems`."""

    def __init__(
        self,
        document: TomlDocument,
        problems: list[Problem],
        path: KeyPath = (),
        table: Mapping[str, object] | None = None,
        *,
        is_table: bool = True,
    ) -> None:
        self.document = document
        self.problems = problems
        self.path = path
        self.is_table = is_table
        """Whether a table stands there at all; what is missing in it need not be told otherwise."""
        self.values: Mapping[str, object] = document.table if table is None else table
        self._taken: dict[str, None] = {}
        self._refused: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def take(self, key: str, kind: Kind[T], default: D) -> T | D:
        """The value of an optional key; the default also when the value is refused."""
        self._taken[key] = None
        if key not in self.values:
            return default
        return self._read((key,), self.values[key], kind, default)

    def need(self, key: str, kind: Kind[T], stand_in: T) -> T:
        """The value of a key that must be there; `stand_in` lets reading go on without it."""
        if key in self.values:
            return self.take(key, kind, stand_in)
        self._taken[key] = None
        self.note((key,), "is missing", allowed=kind.expected + (f", such as {kind.example}" if kind.example else ""))
        return stand_in

    def take_list(self, key: str, kind: Kind[T]) -> tuple[T, ...]:
        """A list, or one value for a list of one; empty when the key is not there. Each element is judged by itself."""
        self._taken[key] = None
        value = self.values.get(key, [])
        if not isinstance(value, list):
            value = [value]
            return tuple(self._read_elements((key,), value, kind, single=True))
        return tuple(self._read_elements((key,), value, kind, single=False))

    def sound(self, *keys: str) -> bool:
        """Whether none of these keys was refused: only then is it worth comparing them."""
        return self._refused.isdisjoint(keys)

    def sub(self, key: str) -> TableReader:
        """The reader of a sub-table; of an empty one when it is missing or no table (which is noted)."""
        self._taken[key] = None
        value = self.values.get(key, {})
        is_table = isinstance(value, dict)
        if not is_table:
            hint = self._single_brackets(key, value)
            self.note((key,), "must be a table", found=found_text(value), hint=hint, at_value=True)
        return TableReader(self.document, self.problems, (*self.path, key), value if isinstance(value, dict) else {}, is_table=is_table)

    def _single_brackets(self, key: str, value: object) -> str:
        """For `[[key]]` where `[key]` is meant, and for `key = [{ ... }]` where `key = { ... }` is."""
        if not isinstance(value, list):
            return ""
        line, column = self.document.place((*self.path, key))
        is_header = line and self.document.line(line).startswith("[[", column - 1)
        dotted = ".".join(str(part) for part in (*self.path, key) if not isinstance(part, int))
        return f"[{dotted}], in single brackets" if is_header else f"{key} = {{ ... }}, without [ ]"

    def subs(self, key: str) -> list[TableReader]:
        """The readers of an array of tables (`[[key]]`)."""
        self._taken[key] = None
        value = self.values.get(key, [])
        if not isinstance(value, list) or any(not isinstance(element, dict) for element in value):
            self.note(
                (key,), "must be a list of tables", found=found_text(value), hint=f"each one starts with a line [[{key}]]", at_value=True
            )
            return []
        return [TableReader(self.document, self.problems, (*self.path, key, index), element) for index, element in enumerate(value)]

    def note(
        self,
        key: KeyPath,
        message: str,
        *,
        found: str = "",
        allowed: str = "",
        hint: str = "",
        at_value: bool = False,
        weight: Weight = Weight.ERROR,
    ) -> None:
        """Records a mistake at a key below this table, or at the table itself for `()`."""
        self.problems.append(
            self.document.problem((*self.path, *key), message, found=found, allowed=allowed, hint=hint, at_value=at_value, weight=weight)
        )

    def finish(self) -> None:
        """Notes every key that nobody asked for."""
        for key in self.values:
            if key not in self._taken:
                self.note((key,), "is not a known key", allowed=", ".join(self._taken), hint=nearest(key, self._taken))

    def _read(self, key: KeyPath, value: object, kind: Kind[T], default: D) -> T | D:
        try:
            return kind.read(value)
        except Refused as refusal:
            self._refused.update(str(part) for part in key)
            allowed = such_as(kind)
            secret = is_secret_name(str(key[-1]))
            found, hint = ("", "") if secret else (found_text(value), refusal.hint)
            self.note(key, refusal.message, found=found, allowed=allowed, hint=hint, at_value=True)
            return default

    def _read_elements(self, key: KeyPath, values: list[object], kind: Kind[T], *, single: bool) -> list[T]:
        read: list[T] = []
        for index, value in enumerate(values):
            try:
                read.append(kind.read(value))
            except Refused as refusal:
                place = key if single else (*key, index)
                self.note(place, refusal.message, found=found_text(value), allowed=such_as(kind), hint=refusal.hint, at_value=True)
        return read
