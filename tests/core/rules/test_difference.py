"""What two sets of rules did differently with the same mails."""

from __future__ import annotations

from dataclasses import replace

from triage.core.outcomes import Outcome
from triage.core.rules.difference import INDIRECTLY, Change, by_rule, compare
from triage.workers.replay import Effect

SAME = Effect(Outcome.CASE, 1001, 3, (), 0, ("receipt",), False)


def test_equal_effects_are_no_difference_even_when_other_rules_hit() -> None:
    assert compare([SAME], [replace(SAME, rules=("quiet",))], frozenset()) == []


def test_each_change_has_both_sides_and_the_rules_of_one_side_only() -> None:
    new = replace(SAME, severity=1, pages=1, notices=("severity-1",), rules=("kept", "new"))
    [found] = compare([replace(SAME, rules=("kept", "gone"))], [new], frozenset())
    assert found.changes == {Change.SEVERITY: ("3", "1"), Change.PAGES: ("0", "1"), Change.NOTICES: ("receipt", "severity-1")}
    assert found.rules == ("gone", "new")


def test_a_rule_that_both_sets_have_counts_when_it_reads_differently() -> None:
    old, new = replace(SAME, rules=("kept", "edited")), replace(SAME, rules=("kept", "edited"), closed=1)
    [found] = compare([old], [new], frozenset({"edited"}))
    assert found.rules == ("edited",)


def test_the_tally_adds_up_by_rule_and_what_no_rule_explains_is_other() -> None:
    old = [SAME, SAME, SAME]
    new = [replace(SAME, pages=1, rules=("a", "b")), replace(SAME, pages=1, rules=("a",)), replace(SAME, reopened=True)]
    tallies = by_rule(compare(old, new, frozenset()))
    assert {name: (tally.mails, tally.pages) for name, tally in tallies.items()} == {
        "a": (2, (0, 2)),
        "b": (1, (0, 1)),
        INDIRECTLY: (1, (0, 0)),
    }
