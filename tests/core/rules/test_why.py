"""Why a rule test fails: the rules that decide the expectation are named, and no others."""

from __future__ import annotations

from functools import partial

from tests.core.rules.rule_text import rule
from triage.core.mail.parse import parse
from triage.core.problem_text import format_problems
from triage.core.problems import Problem
from triage.core.rules.evaluate import evaluate
from triage.core.rules.mail_tests import run_test
from triage.core.rules.reading import read_rule_file
from triage.core.rules.ruleset import make_ruleset
from triage.core.rules.why import why_not
from triage.core.toml.document import read_document

URGENT = rule("urgent", '{ event = "new", subject.contains = "urgent" }', '{ severity = 1, page = "emergency" }')
REFUND = rule("refund", '{ subject.contains = "refund" }', '{ severity = 2, tags = "refund" }')
NEAR = rule("near", '{ event = "new", automatic = false, subject.contains = "nothing" }', "{ severity = 3 }")
"""Nearer to holding than any other rule, and of no interest to who expects 1 or 2."""


def why(rules: str, subject: str, expect: str, *more: str) -> tuple[str, ...]:
    """Of the first expectation that fails."""
    head = [f'mail = {{ subject = "{subject}" }}', f"expect = {expect}", *more]
    problems: list[Problem] = []
    text = rules + '\n[[test]]\nname = "t"\n' + "\n".join(head)
    made, [test] = read_rule_file(read_document("r.toml", text.encode()), problems)
    assert not problems, format_problems(problems)
    result = run_test(test, partial(evaluate, make_ruleset(made)), parse)
    return why_not(result, result.mismatches[0].key, made)


def test_the_rule_that_set_the_wrong_value() -> None:
    assert why(REFUND, "refund", "{ severity = 3 }") == ('rule "refund" (r.toml:1) set 2',)


def test_a_rule_that_overrides_is_told_with_the_one_it_overrides() -> None:
    assert why(URGENT + REFUND, "urgent refund", "{ severity = 1 }") == (
        'rule "refund" (r.toml:5) set 2, after rule "urgent" (r.toml:1) had set 1',
    )


def test_only_rules_that_set_the_expected_value_are_told_when_none_held() -> None:
    assert why(NEAR + URGENT + REFUND, "hello", "{ severity = 1 }") == ('rule "urgent" (r.toml:5) did not hold: subject contains "urgent"',)


def test_the_wrong_setter_and_the_rule_that_was_meant() -> None:
    assert why(URGENT + REFUND, "refund", "{ severity = 1 }") == (
        'rule "refund" (r.toml:5) set 2',
        'rule "urgent" (r.toml:1) did not hold: subject contains "urgent"',
    )


def test_that_no_rule_sets_it() -> None:
    assert why(URGENT, "urgent", '{ assign = "ana" }') == ("no rule sets assign = ana",)


def test_a_rule_behind_a_stop_was_not_looked_at() -> None:
    stop = rule("first", "{}", "{ stop = true }")
    assert why(stop + REFUND, "refund", "{ severity = 2 }") == ('rule "refund" (r.toml:5) was not looked at: "first" has stopped',)


def test_many_rules_that_could_have_set_it_are_counted() -> None:
    rules = "".join(rule(f"r{number}", f'{{ subject = "x{number}" }}', "{ severity = 1 }") for number in range(5))
    told = why(rules, "hello", "{ severity = 1 }")
    assert len(told) == 4
    assert told[-1] == "2 more of the rules that set severity = 1 did not hold"


def test_a_tag_too_many_and_one_too_few() -> None:
    other = rule("other", '{ subject.contains = "other" }', '{ tags = "other" }')
    assert why(REFUND + other, "refund", '{ tags = ["other"] }') == (
        'rule "refund" (r.toml:1) set the tag "refund"',
        'rule "other" (r.toml:5) did not hold: subject contains "other"',
    )


def test_a_field_whose_group_took_nothing() -> None:
    template = rule("ref", "{ subject.regex = 'ticket(?: (?P<ref>[0-9]+))?' }", '{ set = { partner_ticket = "{ref}" } }')
    assert why(template, "ticket", '{ set = { partner_ticket = "7" } }') == (
        'rule "ref" (r.toml:1) held, and its named group took nothing from this mail',
    )
    assert why(template, "ticket 8", '{ set = { partner_ticket = "7" } }') == ('rule "ref" (r.toml:1) set partner_ticket = 8',)


def test_the_rules_that_must_hit() -> None:
    assert why(URGENT + REFUND, "refund", '{ rules = ["urgent", "nobody"] }') == (
        'rule "refund" (r.toml:5) hit: all its conditions hold',
        'rule "urgent" (r.toml:1) did not hold: subject contains "urgent"',
        'there is no rule "nobody"',
    )
    assert "another order" in why(URGENT + REFUND, "urgent refund", '{ rules = ["refund", "urgent"] }')[0]
