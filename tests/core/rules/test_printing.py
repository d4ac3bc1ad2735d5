"""A printed rule reads back equal, whatever is in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.rule_text import rules_from
from triage.core.mail.message import Missing
from triage.core.rules.actions import ACTIONS
from triage.core.rules.fields import FIELDS, Field, FieldType, find_field
from triage.core.rules.operators import OPERATORS, operators_for
from triage.core.rules.printing import inline, print_rule
from triage.core.rules.text import folded

_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(lambda text: folded(text) != "")
_LIST = st.one_of(_TEXT, st.lists(_TEXT, min_size=1, max_size=3))
_COMPARISON = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_REGEX = st.sampled_from([r"\bfail", "a|b", r"^\[(?P<ref>[A-Z]+-\d+)\]", "(?s)a.*'b\"$"])
_HEADER = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True).filter(lambda name: name not in OPERATORS)


def _compared(*values: str) -> st.SearchStrategy[str]:
    return st.builds("{} {}".format, _COMPARISON, st.sampled_from(values))


def _value(field: Field, operator: str) -> st.SearchStrategy[Any]:
    """What may stand after an operator, for every type of field."""
    if operator == "exists":
        return st.booleans()
    if operator == "regex":
        return _REGEX
    if field.type is FieldType.TEXT:
        return _LIST
    if field.type is FieldType.CHOICE:
        option = st.sampled_from(field.options)
        return st.one_of(option, st.lists(option, min_size=1, max_size=3))
    if field.type is FieldType.FLAG:
        return st.booleans()
    if field.type is FieldType.SIZE:
        return _compared("10MB", "1 KB")
    if field.type is FieldType.DURATION:
        return _compared("90s", "1h 30m")
    number = st.integers(max(field.low or 0, 1), field.high or 1000)
    return st.one_of(number, st.lists(number, min_size=1, max_size=2))


@st.composite
def _leaf(draw: st.DrawFn) -> dict[str, Any]:
    """Any field of the table, or a header, with any of its operators: dotted names as nested tables, plain values or operator tables."""
    name = draw(st.one_of(st.sampled_from(sorted(FIELDS)), _HEADER.map(lambda header: f"header.{header}")))
    field = find_field(name)
    assert field is not None
    operator = draw(st.sampled_from(operators_for(field)))
    value = draw(_value(field, operator))
    inner = value if operator == "is" and draw(st.booleans()) else {operator: value}
    for part in reversed(name.split(".")):
        inner = {part: inner}
    return dict(inner)


_WHEN: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _leaf(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": st.one_of(inner, st.lists(inner, min_size=1, max_size=2))}),
    ),
    max_leaves=6,
)
_MISSING = st.sampled_from([missing.value for missing in Missing])
_ACTIONS: dict[str, st.SearchStrategy[Any]] = {
    "severity": st.just(1),
    "page": st.one_of(_TEXT, st.just(False)),
    "tags": _LIST,
    "assign": _TEXT,
    "hold": st.sampled_from(["5d", "1h 30m"]),
    "no_auto_close": st.just(False),
    "reopen": st.just(True),
    "receipt": st.one_of(_TEXT, st.just(False)),
    "ask": st.lists(_MISSING, max_size=2),
    "agreement": _TEXT,
    "folder": _TEXT,
    "forward": st.just("team@example.com"),
    "webhook": st.just("https://chat.example/hook?a=1"),
    "incident": st.booleans(),
    "ignore": st.just(False),
    "stop": st.booleans(),
    "set": st.dictionaries(st.sampled_from(["partner_ticket", "a1"]), _TEXT.map(lambda text: text.replace("{", "(")), min_size=1),
}
_THEN = st.fixed_dictionaries({}, optional=_ACTIONS).filter(bool)


def test_every_action_is_printed_in_these_tests() -> None:
    assert set(_ACTIONS) == set(ACTIONS)


@given(name=_TEXT, why=_TEXT, when=_WHEN, then=_THEN)
def test_a_printed_rule_reads_back_equal(name: str, why: str, when: dict[str, Any], then: dict[str, Any]) -> None:
    text = f"[[rule]]\nname = {inline(name)}\nwhy = {inline(why)}\nwhen = {inline(when)}\nthen = {inline(then)}\n"
    (first,) = rules_from(text)
    (second,) = rules_from(print_rule(first))
    assert second == first
    assert (second.when, second.then) == (when, then)
