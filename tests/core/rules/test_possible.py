"""What is called impossible never holds; and what the operators' samples tell of a field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.rule_text import NOW, rule, rules_from, situation
from triage.core.rules.evaluate import evaluate
from triage.core.rules.possible import contradictions, options_left
from triage.core.rules.printing import inline
from triage.core.rules.ruleset import make_ruleset
from triage.core.rules.situation import RuleEvent, Situation

_COMPARE = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
_EVENTS = st.sampled_from([event.value for event in RuleEvent])
_STATUSES = {RuleEvent.NEW: ["new"], RuleEvent.FOLLOW_UP: ["new", "open", "pending"], RuleEvent.REOPEN: ["closed"]}


def compared(*values: str) -> st.SearchStrategy[str]:
    return st.builds("{} {}".format, _COMPARE, st.sampled_from(values))


_LEAF: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"severity": st.one_of(st.integers(1, 3), compared("2"))}),
    st.fixed_dictionaries({"open_cases": compared("1", "2", "3")}),
    st.fixed_dictionaries({"calendar": st.fixed_dictionaries({"hour": compared("9", "10", "11")})}),
    st.fixed_dictionaries({"case": st.fixed_dictionaries({"age": compared("1h", "2h")})}),
    st.fixed_dictionaries({"event": _EVENTS}),
    st.fixed_dictionaries({"status": st.sampled_from(["new", "open", "closed"])}),
    st.fixed_dictionaries({"proven": st.booleans()}),
    st.fixed_dictionaries(
        {"subject": st.sampled_from(["a", {"contains": "a"}, {"contains": "ab"}, {"starts": "b"}, {"exists": False}, {"regex": "b"}])}
    ),
    st.fixed_dictionaries({"tags": st.sampled_from(["a", "b", {"exists": False}])}),
)
_WHEN: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    event = draw(st.sampled_from(RuleEvent))
    return situation(
        event=event,
        status=draw(st.sampled_from(_STATUSES[event])),
        subject=draw(st.sampled_from(["", "a", "ab", "b"])),
        severity=draw(st.integers(1, 3)),
        open_cases=draw(st.integers(0, 4)),
        now=NOW.replace(hour=draw(st.integers(8, 12))),
        case_age=None if event is RuleEvent.NEW else timedelta(minutes=draw(st.sampled_from([0, 60, 90, 120, 300]))),
        proven=draw(st.booleans()),
        tags=frozenset(draw(st.lists(st.sampled_from("ab")))),
    )


@given(when=_WHEN, others=st.lists(situations(), min_size=1, max_size=30))
def test_what_is_called_impossible_never_holds(when: dict[str, Any], others: list[Situation]) -> None:
    (first,) = rules_from(rule("r", inline(when)))
    dead = contradictions(first.conditions)
    if not dead or any(condition.operator == "any" for condition in first.conditions):
        return  # with `any`, a branch may be dead and the rule alive
    assert not any(evaluate(make_ruleset([first]), each).hits for each in others)


def left(when: str, name: str) -> frozenset[object]:
    (first,) = rules_from(rule("r", when))
    return options_left(first.conditions, name)


def test_without_a_condition_every_option_is_left() -> None:
    assert left("{}", "event") == {"new", "follow-up", "reopen"}


def test_a_denied_option_is_not_left() -> None:
    assert left('{ event = ["new", "reopen"], not = { event = "new" } }', "event") == {"reopen"}


def test_a_branch_that_is_alive_keeps_its_options() -> None:
    assert left('{ any = [{ event = "new" }, { proven = true }] }', "event") == {"new", "follow-up", "reopen"}
