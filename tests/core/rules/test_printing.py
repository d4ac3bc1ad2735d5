"""A printed rule reads back equal, whatever is in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.rule_text import rules_from
from triage.core.rules.printing import inline, print_rule

_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
_LIST = st.one_of(_TEXT, st.lists(_TEXT, min_size=1, max_size=3))
_LEAF = st.one_of(
    st.fixed_dictionaries({"subject": st.fixed_dictionaries({"contains": _LIST}, optional={"ends": _LIST})}),
    st.fixed_dictionaries({"subject": st.fixed_dictionaries({"new": _LIST})}),
    st.fixed_dictionaries({"header": st.dictionaries(_TEXT, st.fixed_dictionaries({"exists": st.booleans()}), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"severity": st.sampled_from([1, 2, ">= 2", [1, 3]]), "proven": st.booleans()}),
    st.fixed_dictionaries({"response_due_in": st.sampled_from(["< 30m", ">= 2h"])}),
)
_WHEN: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
_THEN = st.fixed_dictionaries(
    {"severity": st.sampled_from([1, 2, 3])}, optional={"tags": _LIST, "set": st.dictionaries(st.just("x"), st.just("y"), min_size=1)}
)


@given(name=_TEXT, why=_TEXT, when=_WHEN, then=_THEN)
def test_a_printed_rule_reads_back_equal(name: str, why: str, when: dict[str, Any], then: dict[str, Any]) -> None:
    text = f"[[rule]]\nname = {inline(name)}\nwhy = {inline(why)}\nwhen = {inline(when)}\nthen = {inline(then)}\n"
    (first,) = rules_from(text)
    (second,) = rules_from(print_rule(first))
    assert second == first
    assert (second.when, second.then) == (when, then)
