"""Numbers, sizes and durations in conditions: `2`, `">= 2"`, `"< 30m"`, `"> 10MB"`. Called by `operators`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from triage.core.rules.compiled import Compiled
from triage.core.rules.fields import Field, FieldType
from triage.core.rules.view import View
from triage.core.toml.values import DURATION, SIZE, Kind, Refused, whole

_COMPARISON = re.compile(r"\s*(<=|>=|!=|<|>|=)\s*(.+)")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_NUMBER = whole(-(10**9), 10**9)


def compile_comparison(field: Field, values: Sequence[object]) -> Compiled:
    kinds: Mapping[FieldType, Kind[Any]] = {FieldType.NUMBER: _NUMBER, FieldType.SIZE: SIZE, FieldType.DURATION: DURATION}
    comparisons = tuple(_comparison(field, kinds[field.type], value) for value in values)
    points = tuple(wanted for _, wanted, _ in comparisons)
    name = field.name

    def test(view: View) -> bool:
        found = view.values[name] if name in view.values else view.load(field)
        return any(compare(value, wanted) for value in found for compare, wanted, _ in comparisons)

    return Compiled(test, tuple(dict.fromkeys(text for _, _, text in comparisons)), points=points)


def _comparison(field: Field, kind: Kind[Any], value: object) -> tuple[Callable[[Any, Any], bool], Any, str]:
    """(how, with what, canonical text) of `2`, `">= 2"`, `"< 30m"`."""
    type_ = field.type
    found = _COMPARISON.fullmatch(value) if isinstance(value, str) else None
    if found is None and type_ is not FieldType.NUMBER:
        raise Refused(f"must compare with {kind.expected}", hint=f'"< {value}" or "> {value}"' if isinstance(value, str) else "")
    if found is None:
        return operator.eq, _reachable(field, operator.eq, kind.read(value)), str(value)
    operand: object = found[2].strip()
    if type_ is FieldType.NUMBER:
        if not re.fullmatch(r"-?\d{1,9}", str(operand)):
            raise Refused("must compare with a whole number", hint='such as ">= 2"')
        operand = int(str(operand))
    text = f"{found[1]} {operand}" if found[1] != "=" else str(operand)
    compare = _COMPARE[found[1]]
    return compare, _reachable(field, compare, kind.read(operand)), text


def _reachable(field: Field, compare: Callable[[Any, Any], bool], wanted: Any) -> Any:
    """`wanted`, unless no value that the field can have compares with it like that."""
    low, high = field.low, field.high
    if low is None:
        return wanted
    near = (low, wanted - 1, wanted, wanted + 1, low if high is None else high)
    if any(compare(value, wanted) for value in near if value >= low and (high is None or value <= high)):
        return wanted
    raise Refused(f"can never hold: it is {f'{low} or more' if high is None else f'from {low} to {high}'}")
