"""Rule files -> rules and rule tests, every mistake noted. What spans files (names, shadowed rules) is `checks`' business.

Called by `adapters/rulefiles` with documents it has read; never reads files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from triage.core.problems import Problem
from triage.core.rules.actions import ACTIONS, value_text
from triage.core.rules.conditions import Condition, all_groups, read_conditions
from triage.core.rules.mail_tests import RuleTest, read_rule_test
from triage.core.rules.ruleset import Rule
from triage.core.rules.verdict import Hit, Miss
from triage.core.toml.document import TomlDocument, nearest
from triage.core.toml.tables import TableReader
from triage.core.toml.values import TEXT, Refused, found_text, such_as

_WITHOUT_A_CASE = frozenset({"ignore", "stop", "tags", "folder", "forward", "webhook", "set"})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def read_rule_file(document: TomlDocument, problems: list[Problem]) -> tuple[tuple[Rule, ...], tuple[RuleTest, ...]]:
    """The rules and tests of one file; mistakes are in `problems`. Rules that have some are not `sound`, such tests are left out."""
    top = TableReader(document, problems)
    rules = [_read_rule(table, position) for position, table in enumerate(top.subs("rule"))]
    tests = [test for table in top.subs("test") if (test := read_rule_test(table)) is not None]
    top.finish()
    return tuple(rules), tuple(tests)


def _read_rule(table: TableReader, position: int) -> Rule:
    before = len(table.problems)
    name = table.need("name", TEXT, "")
    why = table.take("why", TEXT, "")
    if "when" not in table:
        table.note((), "has no `when`", hint="when = {} holds for every mail")
    when, then = table.sub("when").values, table.sub("then")
    conditions = read_conditions(table, ("when",), when)
    if "then" in table and then.is_table and not then.values:
        then.note((), "sets nothing", allowed=", ".join(ACTIONS))
    elif "then" not in table:
        table.note((), "has no `then`", allowed=", ".join(ACTIONS))
    actions = read_actions(then)
    _check_placeholders(then, actions.get("set"), all_groups(conditions))
    _check_contradictions(then, actions)
    table.finish()
    stop = bool(actions.pop("stop", False))
    line = table.document.place(table.path)[0]
    rule = make_rule(name, why, table.document.name, line, conditions, actions, stop, when, then.values)
    return replace(rule, sound=len(table.problems) == before, position=position)


def make_rule(
    name: str,
    why: str,
    file: str,
    line: int,
    conditions: tuple[Condition, ...],
    actions: Mapping[str, object],
    stop: bool,
    when: Mapping[str, object],
    then: Mapping[str, object],
) -> Rule:
    """A rule with its hit and misses made in advance."""
    shown = {action: value_text(value) for action, value in actions.items()}
    return Rule(
        name=name,
        why=why,
        file=file,
        line=line,
        conditions=conditions,
        actions=actions,
        stop=stop,
        when=when,
        then=then,
        hit=Hit(name, file, line, {**shown, "stop": "true"} if stop else shown),
        misses=tuple(Miss(name, file, line, condition.text, held) for held, condition in enumerate(conditions)),
        has_templates=any("{" in text for text in _set_texts(actions.get("set"))),
    )


def read_actions(then: TableReader) -> dict[str, object]:
    """The actions of a `then` (or `expect`) table by name."""
    actions: dict[str, object] = {}
    for name, value in then.values.items():
        if name not in ACTIONS:
            then.note((name,), "is not a known action", allowed=", ".join(ACTIONS), hint=nearest(name, ACTIONS))
            continue
        try:
            actions[name] = ACTIONS[name].kind.read(value)
        except Refused as refusal:
            allowed = such_as(ACTIONS[name].kind)
            then.note((name,), refusal.message, found=found_text(value), allowed=allowed, hint=refusal.hint, at_value=True)
    return actions


def fill_placeholders(text: str, captures: Mapping[str, str]) -> str:
    """`{name}` replaced by what the group took; empty when it took nothing."""
    return _PLACEHOLDER.sub(lambda found: captures.get(found[1], ""), text)


def _set_texts(value: object) -> Sequence[str]:
    return [str(text) for text in value.values()] if isinstance(value, Mapping) else []


def _check_placeholders(then: TableReader, value: object, groups: tuple[str, ...]) -> None:
    for field, text in value.items() if isinstance(value, Mapping) else ():
        for name in _PLACEHOLDER.findall(str(text)):
            if name not in groups:
                allowed = ", ".join(groups) or "none: no regex of this rule has a named group (?P<name>...)"
                then.note(("set", field), f"uses {{{name}}}, which no regex of the rule names", allowed=allowed, hint=nearest(name, groups))


def _check_contradictions(then: TableReader, actions: Mapping[str, object]) -> None:
    """Actions of one rule that cannot both be meant."""
    if actions.get("ignore") is True:
        for name in actions:
            if name not in _WITHOUT_A_CASE:
                then.note((name,), "contradicts `ignore = true`: without a case there is nothing to set it on", at_value=True)
    severity = actions.get("severity")
    if isinstance(actions.get("page"), str) and isinstance(severity, int) and severity > 1:
        hint = "severity = 1, or page = false"
        then.note(("page",), f"contradicts `severity = {severity}`: only Severity 1 is paged", hint=hint, at_value=True)
    if isinstance(actions.get("page"), str) and actions.get("reopen") is False:
        then.note(("reopen",), "contradicts `page`: a mail that brings a page re-opens its case", at_value=True)
    if "hold" in actions and actions.get("no_auto_close") is True:
        then.note(("hold",), "contradicts `no_auto_close = true`: a case that never closes by itself needs no hold", at_value=True)
