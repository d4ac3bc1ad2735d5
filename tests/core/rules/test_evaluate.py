"""Order, overriding, stop, hits and misses."""

from __future__ import annotations

import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.rule_text import judge, rule, rules_from, situation
from triage.core.mail.message import Missing
from triage.core.rules.evaluate import evaluate
from triage.core.rules.ruleset import make_ruleset
from triage.core.rules.verdict import Verdict


def test_without_rules_nothing_is_said() -> None:
    assert judge("") == Verdict()


def test_every_action_arrives_in_the_verdict() -> None:
    then = (
        '{ severity = 2, page = false, tags = ["a", "b"], assign = "ana", hold = "5d", reopen = false, receipt = "vip", '
        'ask = ["trace_id"], agreement = "gold", folder = "API", forward = "api-team@wise.example", '
        'webhook = "https://chat.example/x", set = { region = "eu" } }'
    )
    verdict = judge(rule("r", "{}", then))
    assert verdict.hits[0].set["tags"] == "a, b"
    assert verdict.severity == 2
    assert verdict.page is False
    assert verdict.tags == ("a", "b")
    assert verdict.assign == "ana"
    assert verdict.hold == timedelta(days=5)
    assert verdict.reopen is False
    assert verdict.receipt == "vip"
    assert verdict.ask == (Missing.TRACE_ID,)
    assert verdict.agreement == "gold"
    assert verdict.folder == "API"
    assert verdict.forward == "api-team@wise.example"
    assert verdict.webhook == "https://chat.example/x"
    assert verdict.set == {"region": "eu"}


def test_a_later_rule_overrides() -> None:
    verdict = judge(rule("one", "{}", '{ severity = 1, page = "x" }') + rule("two", "{}", "{ severity = 3, page = false }"))
    assert (verdict.severity, verdict.page) == (3, False)
    assert [hit.rule for hit in verdict.hits] == ["one", "two"]


def test_tags_and_fields_of_several_rules_add_up() -> None:
    verdict = judge(rule("one", "{}", '{ tags = "a", set = { x = "1" } }') + rule("two", "{}", '{ tags = ["b", "a"], set = { y = "2" } }'))
    assert verdict.tags == ("a", "b")
    assert verdict.set == {"x": "1", "y": "2"}


def test_a_later_rule_sees_the_severity_and_tags_of_an_earlier_one() -> None:
    rules = rule("one", "{}", '{ severity = 1, tags = "outage" }') + rule("two", '{ severity = 1, tags = "outage" }', '{ assign = "ana" }')
    assert judge(rules, severity=3).assign == "ana"


def test_an_earlier_rule_does_not_see_a_later_one() -> None:
    rules = rule("one", "{ severity = 1 }", '{ assign = "ana" }') + rule("two", "{}", "{ severity = 1 }")
    assert judge(rules, severity=3).assign is None


def test_stop_ends_the_evaluation() -> None:
    verdict = judge(rule("one", "{}", '{ tags = "a", stop = true }') + rule("two", "{}", '{ tags = "b" }'))
    assert verdict.tags == ("a",)
    assert verdict.stopped_by == "one"
    assert verdict.hits[0].set == {"tags": "a", "stop": "true"}


def test_a_miss_names_the_first_failing_condition_and_how_many_held() -> None:
    verdict = judge(rule("r", '{ event = "new", subject = { contains = ["x", "y"] }, proven = true }'), subject="a")
    (miss,) = verdict.misses
    assert (miss.rule, miss.file, miss.line) == ("r", "rules.toml", 1)
    assert miss.failed == 'subject contains "x" or "y"'
    assert miss.held == 1


def test_groups_are_told_in_words() -> None:
    when = '{ any = [ { subject = "x", severity = "<= 2" }, { not = { partner = { exists = true } } } ] }'
    (miss,) = judge(rule("r", when), subject="a", partner="acme").misses
    assert miss.failed == 'any of ((subject is "x" and severity <= 2); not partner exists)'


def test_named_groups_fill_fields_in_the_senders_spelling() -> None:
    when = r"{ subject = { regex = '\[(?P<ref>ACME-\d+)\]' } }"
    verdict = judge(rule("r", when, '{ set = { partner_ticket = "{ref}", other = "no {ref}!" } }'), subject="[Acme-4711] help")
    assert verdict.set == {"partner_ticket": "Acme-4711", "other": "no Acme-4711!"}
    assert verdict.hits[0].set == {"set": "partner_ticket=Acme-4711, other=no Acme-4711!"}


def test_a_group_that_took_nothing_sets_nothing() -> None:
    when = r"{ any = [ { subject = { regex = 'A-(?P<a>\d+)' } }, { subject = { regex = 'B-(?P<b>\d+)' } } ] }"
    verdict = judge(rule("r", when, '{ set = { a = "{a}", b = "{b}" } }'), subject="B-7")
    assert verdict.set == {"b": "7"}


RULES = [
    rule("severity", '{ subject = { contains = "a" } }', "{ severity = 1 }"),
    rule("tag", '{ severity = "<= 2" }', '{ tags = "worse" }'),
    rule("stop", '{ subject = { contains = "s" } }', '{ assign = "ana", stop = true }'),
    rule("not", '{ not = { tags = "worse" } }', "{ severity = 2 }"),
    rule("back", '{ any = [ { subject = "c" }, { proven = true } ] }', "{ severity = 3 }"),
]


@given(order=st.permutations(RULES), subject=st.text(alphabet="abcs", max_size=4), proven=st.booleans())
def test_every_rule_that_was_looked_at_is_one_hit_or_one_miss_in_order(order: list[str], subject: str, proven: bool) -> None:
    rules = rules_from("".join(order))
    verdict = evaluate(make_ruleset(rules), situation(subject=subject, proven=proven))
    told = sorted([*verdict.hits, *verdict.misses], key=lambda each: each.line)
    looked_at = [each.name for each in rules]
    if verdict.stopped_by:
        looked_at = looked_at[: looked_at.index(verdict.stopped_by) + 1]
    assert [each.rule for each in told] == looked_at


@given(order=st.permutations(RULES), subject=st.text(alphabet="abcs", max_size=4))
def test_evaluation_is_deterministic(order: list[str], subject: str) -> None:
    first = evaluate(make_ruleset(rules_from("".join(order))), situation(subject=subject))
    assert first == evaluate(make_ruleset(rules_from("".join(order))), situation(subject=subject))


@given(subject=st.text(alphabet="abcs", max_size=4), extra=st.integers(0, 4))
def test_rules_behind_the_last_one_do_not_change_what_came_before(subject: str, extra: int) -> None:
    few = evaluate(make_ruleset(rules_from("".join(RULES[:extra]))), situation(subject=subject))
    all_ = evaluate(make_ruleset(rules_from("".join(RULES))), situation(subject=subject))
    assert all_.hits[: len(few.hits)] == few.hits


def test_200_rules_take_well_under_a_millisecond() -> None:
    """The goal is 0.2 ms (make bench); five times that fails here on any machine in any company."""
    text = "".join(
        rule(f"r{n}", f'{{ event = "new", subject = {{ contains = "word{n}" }} }}')
        + rule(f"b{n}", f'{{ body = {{ contains = ["text{n}", "other{n}"] }}, from.domain = "d{n}.example" }}')
        for n in range(100)
    )
    ruleset, mail = make_ruleset(rules_from(text)), situation(subject="Payouts fail since noon", new_text="We cannot pay. " * 270)
    best = float("inf")
    for _ in range(50):
        start = time.process_time()
        evaluate(ruleset, mail)
        best = min(best, time.process_time() - start)
    assert best < 0.001
