"""`when` tables -> conditions. A table means all of its keys, a list any of its values; `any`, `all` and `not` nest.

Every mistake is noted with its place; what is left of a broken table is never used. Called by `reading`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from triage.core.rules.compiled import Captures, Test
from triage.core.rules.fields import FIELDS, HEADER, Field, FieldType, find_field
from triage.core.rules.operators import OPERATORS, compile_operator, operators_for
from triage.core.rules.view import View
from triage.core.toml.document import nearest
from triage.core.toml.places import KeyPath
from triage.core.toml.tables import TableReader
from triage.core.toml.values import Refused, found_text

ANY, ALL, NOT = "any", "all", "not"
_DEEPEST = 20
_HEADERS = HEADER.rstrip(".")
_HEADER_HINT = 'header."X-Priority" = "1", header."X-Priority" = { contains = "high" }'
_EXAMPLES = {
    FieldType.NUMBER: 'such as 2, ">= 2", [1, 2]',
    FieldType.SIZE: 'such as "> 10MB", "<= 512KB"',
    FieldType.DURATION: 'such as "< 30m", ">= 2h"',
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One test, or a group of them (`operator` any, all, not; `parts`). `text` is how people are told of it."""

    text: str
    operator: str
    test: Test = field(repr=False, compare=False)
    field_name: str = ""
    values: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()
    captures: Captures | None = field(default=None, repr=False, compare=False)
    groups: tuple[str, ...] = ()
    in_force: bool = False
    """Looks at what earlier rules may have changed."""
    points: tuple[object, ...] = field(default=(), compare=False)
    path: KeyPath = field(default=(), repr=False, compare=False)
    """Where it stands below the rule, for problems."""


def read_conditions(table: TableReader, path: KeyPath, when: Mapping[str, object], depth: int = 0) -> tuple[Condition, ...]:
    """All of these must hold. `path` is where `when` stands below `table`."""
    if depth > _DEEPEST:
        table.note(path, "nests too deeply", allowed=f"{_DEEPEST} levels")
        return ()
    conditions: list[Condition] = []
    for key, value in when.items():
        if key in (ANY, ALL, NOT):
            conditions += _group(table, (*path, key), key, value, depth)
        else:
            conditions += _field_conditions(table, (*path, key), key, value)
    return tuple(conditions)


def all_captures(conditions: tuple[Condition, ...], view: View) -> dict[str, str]:
    """What the named groups of the rule's regular expressions took; an earlier condition's wins."""
    taken: dict[str, str] = {}
    for condition in conditions:
        inner = all_captures(condition.parts, view) if condition.operator in (ANY, ALL) else {}
        own = condition.captures(view) if condition.captures else {}
        taken = {**inner, **own, **taken}
    return taken


def all_groups(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for condition in conditions:
        names += condition.groups
        if condition.operator in (ANY, ALL):
            names += all_groups(condition.parts)
    return tuple(dict.fromkeys(names))


def _group(table: TableReader, path: KeyPath, kind: str, value: object, depth: int) -> list[Condition]:
    tables = value if isinstance(value, list) else [value] if kind == NOT else None
    if tables is None or not tables or any(not isinstance(each, dict) for each in tables):
        example = 'not = { partner = "acme" }' if kind == NOT else f'{kind} = [{{ partner = "acme" }}, {{ proven = true }}]'
        table.note(
            path, "must be a list of tables" if kind != NOT else "must be a table", found=found_text(value), hint=example, at_value=True
        )
        return []
    branches = []
    for index, each in enumerate(tables):
        place = (*path, index) if isinstance(value, list) else path
        parts = read_conditions(table, place, each, depth + 1)
        if not each:
            table.note(place, "is an empty table, which always holds", at_value=True)
        branches.append(_all(parts))
    if kind == ALL:
        return [part for branch in branches for part in (branch.parts if branch.operator == ALL else (branch,))]
    return [_any(branches, path) if kind == ANY else _none(branches, path)]


def _all(parts: tuple[Condition, ...]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    tests = tuple(part.test for part in parts)
    text = "(" + " and ".join(part.text for part in parts) + ")"
    return Condition(text, ALL, lambda view: all(test(view) for test in tests), parts=parts, in_force=any(p.in_force for p in parts))


def _any(branches: list[Condition], path: KeyPath) -> Condition:
    tests = tuple(branch.test for branch in branches)
    text = "any of (" + "; ".join(branch.text for branch in branches) + ")"
    in_force = any(branch.in_force for branch in branches)
    return Condition(text, ANY, lambda view: any(test(view) for test in tests), parts=tuple(branches), in_force=in_force, path=path)


def _none(branches: list[Condition], path: KeyPath) -> Condition:
    tests = tuple(branch.test for branch in branches)
    text = "not " + (branches[0].text if len(branches) == 1 else "any of (" + "; ".join(branch.text for branch in branches) + ")")
    in_force = any(branch.in_force for branch in branches)
    return Condition(text, NOT, lambda view: not any(test(view) for test in tests), parts=tuple(branches), in_force=in_force, path=path)


def _field_conditions(table: TableReader, path: KeyPath, name: str, value: object) -> list[Condition]:
    """`subject = "x"`, `subject = { contains = "x", ... }`, `subject.new = ...`: operators and parts of a name may stand side by side."""
    row = find_field(name)
    if not isinstance(value, dict):
        return _operator_condition(table, path, row, "is", value) if row else _unknown(table, path, name)
    if row is None and not _parts_of(name) and name != _HEADERS:
        return _unknown(table, path, name)
    if not value:
        table.note(path, "is an empty table", allowed=", ".join(OPERATORS), at_value=True)
    conditions: list[Condition] = []
    for key, inner in value.items():
        if row is not None and key in OPERATORS:
            conditions += _operator_condition(table, (*path, key), row, key, inner)
        elif name == _HEADERS and (refusal := _no_header(key)):
            table.note((*path, key), refusal, hint=_HEADER_HINT)
        elif name == _HEADERS or _starts_a_field(f"{name}.{key}"):
            conditions += _field_conditions(table, (*path, key), f"{name}.{key}", inner)
        elif row is not None:
            _unknown_part(table, (*path, key), row, key)
        else:
            conditions += _unknown(table, (*path, key), f"{name}.{key}")
    return conditions


def _no_header(name: str) -> str:
    """Why this is not the name of a header field: RFC 5322 section 2.2 has visible ASCII without the colon. A dot it allows and nobody
    uses; here it would make a misspelt operator a header nobody sends."""
    if name in OPERATORS:
        return "is an operator where a header's name must stand"
    return "" if re.fullmatch(r"[!-\-/-9;-~]+", name) else "is not a header's name"


def _unknown_part(table: TableReader, path: KeyPath, row: Field, key: str) -> None:
    """Below a field stand operators and parts of its name: what was meant is the one that is spelt most alike."""
    operators, parts = operators_for(row), _parts_of(row.name)
    hint = nearest(key, (*operators, *parts))
    kind = "field" if any(hint == nearest(key, [part]) for part in parts if hint) else "operator"
    table.note(path, f"is not a known {kind}", allowed=", ".join((*operators, *parts)), hint=hint)


def _starts_a_field(name: str) -> bool:
    return name in FIELDS or any(known.startswith(name + ".") for known in FIELDS)


def _parts_of(name: str) -> tuple[str, ...]:
    return tuple(known.removeprefix(name + ".") for known in FIELDS if known.startswith(name + "."))


def _unknown(table: TableReader, path: KeyPath, name: str) -> list[Condition]:
    if name == _HEADERS:
        table.note(path, "needs the name of a header", hint=_HEADER_HINT)
        return []
    allowed = [*FIELDS, f'{HEADER}"X-..."', ANY, ALL, NOT]
    table.note(path, "is not a known field", allowed=", ".join(allowed), hint=nearest(name, [*FIELDS, ANY, ALL, NOT]))
    return []


def _operator_condition(table: TableReader, path: KeyPath, row: Field, name: str, value: object) -> list[Condition]:
    try:
        compiled = compile_operator(row, name, value)
    except Refused as refusal:
        allowed = "" if name == "exists" else _EXAMPLES.get(row.type, "")
        table.note(path, refusal.message, found=found_text(value), allowed=allowed, hint=refusal.hint, at_value=True)
        return []
    text = _condition_text(row, name, compiled.values)
    return [
        Condition(
            text,
            name,
            compiled.test,
            row.name,
            compiled.values,
            captures=compiled.captures,
            groups=compiled.groups,
            in_force=row.in_force,
            points=compiled.points,
            path=path,
        )
    ]


def _condition_text(row: Field, name: str, values: tuple[str, ...]) -> str:
    if name == "exists":
        return f"{row.name} {'exists' if values == ('true',) else 'does not exist'}"
    quoted = [f'"{value}"' for value in values] if row.type in (FieldType.TEXT, FieldType.CHOICE) else list(values)
    verb = "" if name == "is" and values[0][:1] in "<>!" and row.type not in (FieldType.TEXT, FieldType.CHOICE) else f"{name} "
    return f"{row.name} {verb}{' or '.join(quoted)}"
