"""What `checks` must not complain about: every false alarm would keep an operator from saving. (What it must, is in broken/.)"""

from __future__ import annotations

import pytest

from tests.core.rules.rule_text import rule, rules_from
from triage.core.problems import Problem
from triage.core.rules.checks import KnownNames, check_rules
from triage.core.rules.ruleset import Rule


def messages(text: str) -> list[str]:
    def note(rule: Rule, keys: tuple[str, ...], message: str, **details: str) -> Problem:
        return Problem(rule.file, f"{rule.name}: {message}")

    return [problem.message for problem in check_rules(rules_from(text), KnownNames(), note)]


STOP = '{ tags = "seen", stop = true }'

FINE = {
    "a narrower rule stops first": rule("narrow", '{ subject = "x", proven = true }', STOP) + rule("wide", '{ subject = "x" }'),
    "another value stops first": rule("one", '{ status = "open" }', STOP) + rule("two", '{ status = "closed" }'),
    "a stop that depends on the severity in force": rule("one", "{ severity = 1 }", STOP) + rule("two", "{ severity = 1 }"),
    "a shorter needle after a longer one": rule("one", '{ subject = { contains = "urgent" } }', STOP)
    + rule("two", '{ subject = { contains = "urge" } }'),
    "one of several needles stops": rule("one", '{ subject = { contains = "a" } }', STOP)
    + rule("two", '{ subject = { contains = ["a", "b"] } }'),
    "two texts in one subject": rule("r", '{ all = [ { subject = { contains = "a" } }, { subject = { contains = "b" } } ] }'),
    "two recipients": rule("r", '{ all = [ { to = "a@x.example" }, { to = "b@x.example" } ] }'),
    "a range of severities": rule("r", '{ all = [ { severity = ">= 2" }, { severity = "<= 3" } ] }'),
    "ranges that meet in one number": rule("r", '{ all = [ { open_cases = ">= 5" }, { open_cases = "<= 5" } ] }'),
    "two attachments": rule("r", '{ all = [ { attachment.size = "> 1MB" }, { attachment.size = "< 1KB" } ] }'),
    "a number that must be there": rule("r", "{ size = { exists = true }, case.age.exists = true }"),
    "not one of three severities": rule("r", "{ severity = [1, 2], not = { severity = 1 } }"),
    "a word without a longer one": rule("r", '{ subject.contains = "urgent", not = { subject.contains = "not urgent" } }'),
    "both of a pair is denied": rule("r", "{ severity = 1, not = { severity = 1, proven = true } }"),
    "a branch of any that goes on": rule("r", '{ event = "reopen", any = [ { status = "closed" }, { severity = 1 } ] }'),
    "an age that must not be, of new mail": rule("r", '{ event = "new", not = { case.age = "> 1h" } }'),
    "voicemail": rule("r", '{ automatic = true, event = "new" }', '{ severity = 1, page = "emergency", receipt = false, assign = "ana" }'),
    "said out loud": rule("r", "{ automatic = true }", "{ receipt = false, reopen = false, page = false }"),
    "a word of the header": rule("r", '{ header.from = { contains = "a" }, header.list-id.exists = true }'),
    "the same condition twice": rule("r", "{ all = [ { partner = { exists = false } }, { partner = { exists = false } } ] }"),
    "the same conditions, other actions": rule("a", '{ subject = "x" }', "{ severity = 2 }")
    + rule("b", '{ subject = "x" }', '{ assign = "ana" }'),
    "the same conditions, more tags": rule("a", '{ subject = "x" }', '{ tags = "a" }') + rule("b", '{ subject = "x" }', '{ tags = "b" }'),
}


@pytest.mark.parametrize("name", FINE)
def test_no_false_alarm(name: str) -> None:
    assert messages(FINE[name]) == []


def test_a_needle_that_holds_a_shorter_one_is_shadowed_by_it() -> None:
    rules = rule("one", '{ subject = { starts = "re:" } }', STOP) + rule("two", '{ subject = { starts = ["re: a", "re: b"] } }')
    assert messages(rules) == ["two: can never be reached: an earlier rule stops first"]


def test_names_are_only_checked_where_they_are_known() -> None:
    assert messages(rule("r", "{}", '{ page = "nowhere", severity = 1, assign = "nobody", receipt = "nothing" }')) == []
