"""The table of operators: a new one is one row and one function. A list of values means any of them.

Called by `conditions` when a file is read; the tests that are made here run for every message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.core.rules.comparisons import compile_comparison
from triage.core.rules.compiled import Compiled, Test
from triage.core.rules.fields import Field, FieldType
from triage.core.rules.text_operators import compile_contains, compile_matches, compile_regex, compile_texts, text_values
from triage.core.rules.view import View
from triage.core.toml.document import nearest
from triage.core.toml.values import FLAG, Refused, choice


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    types: tuple[FieldType, ...]
    compile: Callable[[Field, Sequence[object]], Compiled]
    doc: str
    takes_list: bool = True


def _compile_is(field: Field, values: Sequence[object]) -> Compiled:
    if field.type is FieldType.FLAG:
        return _compile_flag(field, values)
    if field.type is FieldType.CHOICE:
        options = choice({option: option for option in field.options})
        wanted: tuple[str, ...] = tuple(dict.fromkeys(options.read(value) for value in values))
    elif field.type is FieldType.TEXT:
        wanted = text_values(values)
    else:
        return compile_comparison(field, values)
    return Compiled(_membership(field, frozenset(wanted)), wanted)


def _membership(field: Field, wanted: frozenset[str]) -> Test:
    name = field.name

    def test(view: View) -> bool:
        values = view.values[name] if name in view.values else view.load(field)
        return not wanted.isdisjoint(values)

    return test


def _compile_flag(field: Field, values: Sequence[object]) -> Compiled:
    if len(values) != 1:
        raise Refused("must be true or false")
    wanted = FLAG.read(values[0])
    name = field.name

    def test(view: View) -> bool:
        return (view.values[name] if name in view.values else view.load(field)) == (wanted,)

    return Compiled(test, (str(wanted).lower(),))


def _compile_exists(field: Field, values: Sequence[object]) -> Compiled:
    wanted = FLAG.read(values[0])
    name = field.name

    def test(view: View) -> bool:
        return bool(view.values[name] if name in view.values else view.load(field)) is wanted

    return Compiled(test, (str(wanted).lower(),))


_ALL_TYPES = tuple(FieldType)
_TEXT = (FieldType.TEXT,)

_ROWS = (
    Operator("is", _ALL_TYPES, _compile_is, 'the whole value; also written without the word: `status = "open"`'),
    Operator("contains", _TEXT, compile_contains, "the text occurs anywhere, also inside a word"),
    Operator("starts", _TEXT, compile_texts(str.startswith), "the value starts with the text"),
    Operator("ends", _TEXT, compile_texts(str.endswith), "the value ends with the text"),
    Operator("matches", _TEXT, compile_matches, "a pattern for the whole value: `*` is any text, `?` is any character"),
    Operator("regex", _TEXT, compile_regex, "a regular expression found anywhere (google-re2, case ignored); named groups may fill fields"),
    Operator("exists", _ALL_TYPES, _compile_exists, "whether there is a value at all", takes_list=False),
)
OPERATORS = {row.name: row for row in _ROWS}


def operators_for(field: Field) -> tuple[str, ...]:
    return tuple(row.name for row in _ROWS if field.type in row.types)


def compile_operator(field: Field, name: str, value: object) -> Compiled:
    """The test of one operator on one field; raises Refused."""
    row = OPERATORS[name]
    if field.type not in row.types:
        allowed = operators_for(field)
        raise Refused(f"does not work on {field.type.value} values", hint=nearest(name, allowed) or f"use {' or '.join(allowed)}")
    values = value if isinstance(value, list) else [value]
    if not values:
        raise Refused("must not be an empty list", hint="an empty list never holds")
    if len(values) > 1 and not row.takes_list:
        raise Refused("must be one value, not a list")
    return row.compile(field, values)
