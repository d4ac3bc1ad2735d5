"""View: a Situation as conditions see it. Values are read and folded once per message, however many rules ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from triage.core.rules.fields import Field, FieldType, Values
from triage.core.rules.needles import NeedleSet
from triage.core.rules.situation import Situation
from triage.core.rules.text import composed, folded

_LONG = 256
"""Characters from which on one pass for all needles is faster than one for each."""
PATTERNS_SEE = 64 * 1024
"""Characters of a text that regular expressions are shown: what they take grows with it, and every mail waits for the one before."""


class View:
    """`values` and `composed` are caches by field name; a miss is filled by `load` or `load_composed`."""

    __slots__ = ("_needles", "composed", "found", "situation", "values")

    def __init__(self, situation: Situation, needles: Mapping[str, NeedleSet]) -> None:
        self.situation = situation
        self._needles = needles
        self.found: dict[str, frozenset[str]] = {}
        """For long texts: which of all rules' needles occur in the field. A field that is not here was not searched."""
        self.values: dict[str, Values] = {}
        """Text is folded here, everything else as the getter gives it."""
        self.composed: dict[str, tuple[bytes, ...]] = {}
        """Text for regular expressions: NFKC, own case, UTF-8 as the engine wants it."""

    def load(self, field: Field) -> Values:
        values = field.get(self.situation)
        if field.type is FieldType.TEXT:
            texts = tuple(folded(str(value)) for value in values)
            self._search(field.name, texts)
            values = texts
        self.values[field.name] = values
        return values

    def _search(self, name: str, texts: tuple[str, ...]) -> None:
        if name in self._needles and sum(map(len, texts)) >= _LONG:
            found = [self._needles[name].found_in(text) for text in texts]
            if None not in found:
                self.found[name] = frozenset().union(*(each for each in found if each))

    def load_composed(self, field: Field) -> tuple[bytes, ...]:
        texts = tuple(composed(str(value)[:PATTERNS_SEE]).encode(errors="replace") for value in field.get(self.situation))
        self.composed[field.name] = texts
        return texts

    def put_in_force(self, severity: int | None, tags: frozenset[str], changed: tuple[Field, ...]) -> None:
        """What rules have set so far becomes visible to the next rule."""
        self.situation = replace(self.situation, severity=severity or self.situation.severity, tags=self.situation.tags | tags)
        for field in changed:
            self.values.pop(field.name, None)
            self.composed.pop(field.name, None)
            self.found.pop(field.name, None)
