"""The table of operators, and how each turns the values of a rule file into a test. A new operator is one row and one function.

A list of values means any of them. Text compares after `text.folded`; regular expressions run in google-re2, in linear time, so
that no pattern can hang the daemon. Called by `conditions` when a file is read; the tests themselves run for every message.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from triage.core.rules.fields import Field, FieldType
from triage.core.rules.text import folded
from triage.core.rules.view import View
from triage.core.toml.document import nearest
from triage.core.toml.values import DURATION, FLAG, SIZE, TEXT, Kind, Refused, choice, whole

Test = Callable[[View], bool]
Captures = Callable[[View], dict[str, str]]

_COMPARISON = re.compile(r"\s*(<=|>=|!=|<|>|=)\s*(.+)")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_NUMBER = whole(-(10**9), 10**9)
_REGEX_MEMORY = 8 * 1024 * 1024
_REGEX_LONGEST = 1000
_CAPTURE_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Compiled:
    """One condition's test; `values` is its canonical form, for texts and for comparing conditions; `groups` are named captures."""

    test: Test
    values: tuple[str, ...]
    captures: Captures | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    types: tuple[FieldType, ...]
    compile: Callable[[Field, Sequence[object]], Compiled]
    doc: str
    takes_list: bool = True


def _text_values(values: Sequence[object]) -> tuple[str, ...]:
    """Folded, each once, in order; a value that folds to nothing would hold for every text."""
    texts = tuple(dict.fromkeys(folded(TEXT.read(value)) for value in values))
    if "" in texts:
        raise Refused("must have a visible character")
    return texts


def _texts(holds: Callable[[str, str], bool]) -> Callable[[Field, Sequence[object]], Compiled]:
    def compile_text(field: Field, values: Sequence[object]) -> Compiled:
        wanted = _text_values(values)
        name = field.name

        def test(view: View) -> bool:
            for text in view.values[name] if name in view.values else view.load(field):
                for value in wanted:
                    if holds(text, value):  # type: ignore[arg-type]  # the getter of a text field gives text
                        return True
            return False

        return Compiled(test, wanted)

    return compile_text


def _compile_contains(field: Field, values: Sequence[object]) -> Compiled:
    wanted = _text_values(values)
    needles = frozenset(wanted)
    name = field.name

    def test(view: View) -> bool:
        texts = view.values[name] if name in view.values else view.load(field)
        if name in view.found:
            return not needles.isdisjoint(view.found[name])
        for text in texts:
            for value in wanted:
                if value in text:  # type: ignore[operator]  # the getter of a text field gives text
                    return True
        return False

    return Compiled(test, wanted)


def _compile_is(field: Field, values: Sequence[object]) -> Compiled:
    if field.type is FieldType.FLAG:
        return _compile_flag(field, values)
    if field.type is FieldType.CHOICE:
        options = choice({option: option for option in field.options})
        wanted: tuple[str, ...] = tuple(dict.fromkeys(options.read(value) for value in values))
    elif field.type is FieldType.TEXT:
        wanted = _text_values(values)
    else:
        return _compile_comparison(field, values)
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


def _compile_comparison(field: Field, values: Sequence[object]) -> Compiled:
    kinds: Mapping[FieldType, Kind[Any]] = {FieldType.NUMBER: _NUMBER, FieldType.SIZE: SIZE, FieldType.DURATION: DURATION}
    comparisons = tuple(_comparison(field.type, kinds[field.type], value) for value in values)
    name = field.name

    def test(view: View) -> bool:
        found = view.values[name] if name in view.values else view.load(field)
        return any(compare(value, wanted) for value in found for compare, wanted, _ in comparisons)

    return Compiled(test, tuple(dict.fromkeys(text for _, _, text in comparisons)))


def _comparison(type_: FieldType, kind: Kind[Any], value: object) -> tuple[Callable[[Any, Any], bool], Any, str]:
    """(how, with what, canonical text) of `2`, `">= 2"`, `"< 30m"`."""
    found = _COMPARISON.fullmatch(value) if isinstance(value, str) else None
    if found is None and type_ is not FieldType.NUMBER:
        raise Refused(f"must compare with {kind.expected}", hint=f'"< {value}" or "> {value}"' if isinstance(value, str) else "")
    if found is None:
        return operator.eq, kind.read(value), str(value)
    operand: object = found[2].strip()
    if type_ is FieldType.NUMBER:
        if not re.fullmatch(r"-?\d{1,9}", str(operand)):
            raise Refused("must compare with a whole number", hint='such as ">= 2"')
        operand = int(str(operand))
    text = f"{found[1]} {operand}" if found[1] != "=" else str(operand)
    return _COMPARE[found[1]], kind.read(operand), text


def _regex(pattern: str, *, ignore_case: bool) -> Any:  # google-re2 has no types
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = _REGEX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else "unknown"
        raise Refused(
            f"does not compile: {detail.decode(errors='replace') if isinstance(detail, bytes) else detail}", hint=_RE2_HINT
        ) from None


_RE2_HINT = "google-re2 syntax: no look-around and no back-references; in TOML write patterns in 'single quotes'"


def _compile_matches(field: Field, values: Sequence[object]) -> Compiled:
    wanted = _text_values(values)
    globs = tuple(_glob(value) for value in wanted)
    name = field.name

    def test(view: View) -> bool:
        texts = view.values[name] if name in view.values else view.load(field)
        return any(holds(text) for text in texts for holds in globs)

    return Compiled(test, wanted)


def _glob(glob: str) -> Callable[[Any], bool]:
    """`*` is any text, `?` any character, everything else itself. Without `?` plain searching is faster than the engine."""
    if "?" in glob:
        translated = "".join(".*" if c == "*" else "." if c == "?" else re2.escape(c) for c in glob)
        pattern = _regex(f"(?s)^{translated}$", ignore_case=False)
        return lambda text: pattern.search(text) is not None
    first, *others = glob.split("*")
    if not others:
        return lambda text: bool(text == glob)
    *middle, last = others

    def holds(text: str) -> bool:
        if not text.startswith(first):
            return False
        at = len(first)
        for part in middle:
            at = text.find(part, at) + len(part)
            if at < len(part):
                return False
        return len(text) - at >= len(last) and text.endswith(last)

    return holds


def _compile_regex(field: Field, values: Sequence[object]) -> Compiled:
    wanted = tuple(dict.fromkeys(TEXT.read(value) for value in values))
    if any(len(value) > _REGEX_LONGEST for value in wanted):
        raise Refused(f"must not be longer than {_REGEX_LONGEST} characters")
    patterns = tuple(_regex(value, ignore_case=True) for value in wanted)
    groups = tuple(dict.fromkeys(group for pattern in patterns for group in pattern.groupindex))
    name = field.name

    def texts(view: View) -> tuple[bytes, ...]:
        return view.composed[name] if name in view.composed else view.load_composed(field)

    def test(view: View) -> bool:
        return any(pattern.search(text) for text in texts(view) for pattern in patterns)

    def captures(view: View) -> dict[str, str]:
        matches = (pattern.search(text) for pattern in patterns for text in texts(view))
        first = next((match for match in matches if match), None)
        groups: dict[str, bytes | None] = first.groupdict() if first else {}
        return {group: " ".join(text.decode(errors="replace").split())[:_CAPTURE_LONGEST] for group, text in groups.items() if text}

    return Compiled(test, wanted, captures if groups else None, groups)


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
    Operator("contains", _TEXT, _compile_contains, "the text occurs anywhere, also inside a word"),
    Operator("starts", _TEXT, _texts(str.startswith), "the value starts with the text"),
    Operator("ends", _TEXT, _texts(str.endswith), "the value ends with the text"),
    Operator("matches", _TEXT, _compile_matches, "a pattern for the whole value: `*` is any text, `?` is any character"),
    Operator(
        "regex", _TEXT, _compile_regex, "a regular expression found anywhere (google-re2, case ignored); named groups may fill fields"
    ),
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
