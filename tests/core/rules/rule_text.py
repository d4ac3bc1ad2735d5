"""Rules from text and situations from keywords, for tests of the rule language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from triage.core.mail.message import Address, InboundMessage
from triage.core.problem_text import format_problems
from triage.core.problems import Problem
from triage.core.rules.evaluate import evaluate
from triage.core.rules.reading import read_rule_file
from triage.core.rules.ruleset import Rule, make_ruleset
from triage.core.rules.situation import Situation
from triage.core.rules.verdict import Verdict
from triage.core.toml.document import read_document

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday


def rules_from(text: str) -> tuple[Rule, ...]:
    problems: list[Problem] = []
    rules, _ = read_rule_file(read_document("rules.toml", text.encode()), problems)
    assert not problems, format_problems(problems)
    return rules


def rule(name: str, when: str, then: str = '{ tags = "hit" }') -> str:
    return f'[[rule]]\nname = "{name}"\nwhen = {when}\nthen = {then}\n'


def situation(**values: Any) -> Situation:
    """Names of Situation's fields go there, all others to the message."""
    own = {name: values.pop(name) for name in list(values) if name in Situation.__dataclass_fields__}
    if "author" in values:
        values["author"] = Address(values["author"])
    message = InboundMessage(content_hash="", size=values.pop("size", 1000), **values)
    return Situation(message=message, now=own.pop("now", NOW), subject_new=own.pop("subject_new", message.subject), **own)


def judge(text: str, /, **values: Any) -> Verdict:
    return evaluate(make_ruleset(rules_from(text)), situation(**values))


def holds(when: str, /, **values: Any) -> bool:
    return bool(judge(rule("r", when), **values).hits)
