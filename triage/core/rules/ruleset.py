"""Rule and Ruleset: what `reading` makes of rule files, and what `evaluate` works on. Values; a ruleset is swapped as one reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from triage.core.rules.conditions import Condition
from triage.core.rules.needles import NeedleSet, needle_sets
from triage.core.rules.verdict import Hit, Miss


@dataclass(frozen=True, slots=True)
class Rule:
    """`conditions` must all hold; none means every message. `when` and `then` are the tables as they were written."""

    name: str
    why: str
    file: str
    line: int
    conditions: tuple[Condition, ...]
    actions: Mapping[str, object]
    """Action name to its read value, `stop` not included."""
    stop: bool = False
    sound: bool = True
    """Without a mistake of its own. One with mistakes is checked further, for all of them to be told at once, and never used."""
    position: int = field(default=0, compare=False)
    """Among the rules of its file, from 0."""
    when: Mapping[str, object] = field(default_factory=dict, repr=False)
    then: Mapping[str, object] = field(default_factory=dict, repr=False)
    hit: Hit = field(default=Hit("", "", 0), repr=False, compare=False)
    """Made once when the file is read, as are the misses: evaluation only picks them up."""
    misses: tuple[Miss, ...] = field(default=(), repr=False, compare=False)
    """What to record when the condition with the same position is the first to fail."""
    has_templates: bool = False
    """`set` uses named groups."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules of all files: files in name order, rules in file order."""

    rules: tuple[Rule, ...] = ()
    needles: Mapping[str, NeedleSet] = field(default_factory=dict, repr=False, compare=False)
    """What all `contains` of one field look for, to be found in one pass."""
    fields: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The names of all fields that a condition looks at: what costs something to find out is found out only for them."""


def make_ruleset(rules: Sequence[Rule]) -> Ruleset:
    needles: dict[str, list[str]] = {}
    for rule in rules:
        _collect_needles(rule.conditions, needles)
    names = frozenset(name for rule in rules for name in _field_names(rule.conditions))
    return Ruleset(tuple(rules), needle_sets(needles), names)


def _field_names(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        yield condition.field_name
        yield from _field_names(condition.parts)


def _collect_needles(conditions: Iterable[Condition], needles: dict[str, list[str]]) -> None:
    for condition in conditions:
        if condition.operator == "contains":
            needles.setdefault(condition.field_name, []).extend(condition.values)
        _collect_needles(condition.parts, needles)
