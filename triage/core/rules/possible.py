"""Possible: which values of a field the conditions of a rule leave over, and which conditions can never hold together.

Every condition of a field is asked about a few sample values, enough to tell all cases apart: each option of a choice, each number near
what it is compared with. Judges only what it can prove so; what it does not know may hold. Never looks at a message. Called by
`checks` and `futile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage.core.mail.message import InboundMessage
from triage.core.rules.conditions import ALL, ANY, NOT, Condition
from triage.core.rules.fields import FIELDS, Count, Field, FieldType, Values
from triage.core.rules.situation import Situation
from triage.core.rules.view import View

_NOTHING: Values = ()
_NOBODY = Situation(InboundMessage(content_hash="", size=0), datetime.min.replace(tzinfo=UTC))
_COMPARED = (FieldType.NUMBER, FieldType.SIZE, FieldType.DURATION)
_OPAQUE = ("regex", ANY, ALL, NOT)
"""Operators that are not asked: what they say about a sample is unknown."""
_TOGETHER: tuple[tuple[str, str, Mapping[object, frozenset[str]]], ...] = (
    ("event", "status", {
        "new": frozenset({"new"}), "follow-up": frozenset({"new", "open", "pending"}), "reopen": frozenset({"closed"}),
    }),
    ("automatic", "origin", {False: frozenset({"human"}), True: frozenset(FIELDS["origin"].options) - {"human"}}),
)  # fmt: skip
"""What the second field may be, by the first: closed cases are re-opened, all others followed up; what no person wrote is automatic."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`last` is the condition that makes it impossible; `text` all that take part."""

    last: Condition
    text: str


def options_left(conditions: Sequence[Condition], name: str) -> frozenset[object]:
    """Of a field that always has one of its options (`event`, `automatic`): those with which all conditions may hold."""
    field = FIELDS[name]
    left = _left(field, conditions)
    options = frozenset(value for sample in (_all_samples(field, ()) if left is None else left) for value in sample)
    for group in conditions:
        if group.operator == ANY:
            options &= frozenset[object]().union(*(options_left(_parts(branch), name) for branch in group.parts))
    return options


def contradictions(conditions: Sequence[Condition]) -> list[Contradiction]:
    """Why all of `conditions` can never hold together, or which branch of an `any` among them never can; empty when they may."""
    plain = [condition for condition in conditions if condition.operator != ANY]
    found = _among(plain)
    if found is not None:
        return [found]
    branches = [branch for group in conditions if group.operator == ANY for branch in group.parts]
    return [dead for branch in branches for dead in contradictions([*plain, *_parts(branch)])]


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `wide` holds whenever `narrow` does, as far as their texts show."""
    if narrow.text == wide.text:
        return True
    if (narrow.field_name, narrow.operator) != (wide.field_name, wide.operator) or wide.operator in (ANY, ALL, NOT):
        return False
    if wide.operator == "contains":
        return all(any(needle in longer for needle in wide.values) for longer in narrow.values)
    if wide.operator == "starts":
        return all(any(longer.startswith(start) for start in wide.values) for longer in narrow.values)
    if wide.operator == "ends":
        return all(any(longer.endswith(end) for end in wide.values) for longer in narrow.values)
    return wide.operator in ("is", "regex", "matches") and set(narrow.values) <= set(wide.values)


def _among(conditions: Sequence[Condition]) -> Contradiction | None:
    for name in dict.fromkeys(_field_names(conditions)):
        field = FIELDS.get(name)
        if field is not None and _left(field, conditions) == []:
            return _told([*_own(name, conditions), *(group for group in conditions if any(True for _ in _denied(name, [group])))])
    for group in conditions:
        if group.operator == NOT:
            for branch in group.parts:
                positive = [_implying(part, conditions) for part in _parts(branch)]
                if positive and None not in positive:
                    return _told([*(each for each in positive if each is not None), group])
    return _apart(conditions)


def _told(conditions: Sequence[Condition]) -> Contradiction:
    unique = list(dict.fromkeys(conditions))
    return Contradiction(unique[-1], " and ".join(condition.text for condition in unique))


def _apart(conditions: Sequence[Condition]) -> Contradiction | None:
    """Conditions on two fields that never go together."""
    for name, other, together in _TOGETHER:
        options, others = options_left(conditions, name), options_left(conditions, other)
        if all(together[option].isdisjoint(others) for option in options):
            return _told([*_own(name, conditions), *_own(other, conditions)] or conditions)
    ages = [condition for condition in _own("case.age", conditions) if condition.values != ("false",)]
    if ages and options_left(conditions, "event") == {"new"}:
        return _told([*_own("event", conditions), *ages])
    return None


def _implying(wanted: Condition, conditions: Sequence[Condition]) -> Condition | None:
    return next((own for own in conditions if own.operator not in (NOT, ANY) and implies(own, wanted)), None)


def _parts(branch: Condition) -> tuple[Condition, ...]:
    return branch.parts if branch.operator == ALL else (branch,)


def _field_names(conditions: Sequence[Condition]) -> Iterator[str]:
    for condition in conditions:
        yield condition.field_name
        if condition.operator == NOT:
            yield from (branch.field_name for branch in condition.parts)


def _own(name: str, conditions: Sequence[Condition]) -> list[Condition]:
    return [condition for condition in conditions if condition.field_name == name]


def _denied(name: str, conditions: Sequence[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if condition.operator == NOT:
            yield from _own(name, condition.parts)


def _left(field: Field, conditions: Sequence[Condition]) -> list[Values] | None:
    """The samples with which every condition on the field may hold; None where samples prove nothing."""
    own = [condition for condition in _own(field.name, conditions) if condition.operator not in _OPAQUE]
    denied = [condition for condition in _denied(field.name, conditions) if condition.operator not in _OPAQUE]
    if not own and not denied:
        return None
    samples = _samples(field, own, denied)
    if samples is None:
        return None
    return [
        sample
        for sample in samples
        if all(_holds(field, sample, condition) for condition in own) and not any(_holds(field, sample, condition) for condition in denied)
    ]


def _samples(field: Field, own: Sequence[Condition], denied: Sequence[Condition]) -> list[Values] | None:
    absent = any(condition.operator == "exists" and condition.values == ("false",) for condition in own)
    if absent or any(condition.operator == "exists" and condition.values == ("true",) for condition in denied):
        return [_NOTHING]
    if field.count is Count.ANY:
        return None  # another of its values may fit
    if field.type is FieldType.TEXT:
        named = next((condition for condition in own if condition.operator == "is"), None)
        return None if named is None else [(value,) for value in named.values]
    return _all_samples(field, [point for condition in (*own, *denied) for point in condition.points])


def _all_samples(field: Field, points: Iterable[object]) -> list[Values]:
    if field.type in _COMPARED:
        values: list[object] = _around(points, field)
    else:
        values = [True, False] if field.type is FieldType.FLAG else list(field.options)
    return [(value,) for value in values] + ([] if field.count is Count.ONE else [_NOTHING])


def _around(points: Iterable[object], field: Field) -> list[object]:
    """Each value that is compared with, the next one below and above it, and the ends of what the field may be."""
    low, high = field.low, field.high
    near: set[object] = {end for end in (low, high) if end is not None} or {timedelta() if field.type is FieldType.DURATION else 0}
    for point in points:
        if isinstance(point, int):
            near |= {value for value in (point - 1, point, point + 1) if (low is None or value >= low) and (high is None or value <= high)}
        elif isinstance(point, timedelta):
            near |= {point - timedelta.resolution, point, point + timedelta.resolution}
    return list(near)


def _holds(field: Field, sample: Values, condition: Condition) -> bool:
    view = View(_NOBODY, {})
    view.values[field.name] = sample
    return condition.test(view)
