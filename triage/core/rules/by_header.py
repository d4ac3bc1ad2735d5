"""By header: the rules by which the header of a mail tells that it will page, so that such mail of a backlog is read first.

A hint and no verdict: what pages is decided by all rules, on the whole mail. Pure. Called by workers/urgency.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage.core.rules.conditions import ALL, NOT, Condition
from triage.core.rules.fields import FIELDS, HEADER
from triage.core.rules.ruleset import Rule, Ruleset
from triage.core.rules.situation import Situation
from triage.core.rules.view import View

IN_HEADER = frozenset({"subject", "subject.new", "from", "from.name", "from.domain", "to", "cc", "delivered_to", "partner", "partner.tier"})
IN_TEXT = frozenset({"body", "body.full", "language", "size", "facts", "missing"}) | {
    name for name in FIELDS if name.startswith(("facts.", "attachment."))
}
"""Known of the whole mail only. What is in neither (the case, the hour, the proof) may be as a rule wants it."""
_OF_SUBJECT = frozenset({"subject", "subject.new"})
_LITERAL = frozenset({"is", "contains", "starts", "ends", "matches"})


def rules_on_headers(ruleset: Ruleset, words: tuple[str, ...]) -> tuple[Rule, ...]:
    """Those that page and look at nothing in a mail but its header. A rule that holds only where one of `words` is in the subject is left
    out: the caller looks for these himself."""
    return tuple(rule for rule in ruleset.rules if _pages(rule) and _needs_header_only(rule) and not _wants_one_of(words, rule))


def may_hold(rule: Rule, situation: Situation) -> bool:
    """As far as a header tells. `situation` needs what IN_HEADER looks at."""
    view = View(situation, {})
    return all(_holds(condition, view) is not False for condition in rule.conditions)


def _holds(condition: Condition, view: View) -> bool | None:
    """None where the header does not tell."""
    if not condition.parts:
        return condition.test(view) if _is_known(condition) else None
    held = [_holds(part, view) for part in condition.parts]
    decisive = condition.operator != ALL
    if decisive in held:
        result: bool | None = decisive
    else:
        result = None if None in held else not decisive
    return not result if condition.operator == NOT and result is not None else result


def _is_known(condition: Condition) -> bool:
    return condition.field_name in IN_HEADER or condition.field_name.startswith(HEADER)


def _pages(rule: Rule) -> bool:
    page = rule.actions.get("page")
    return isinstance(page, str) or (rule.actions.get("severity") == 1 and page is not False)


def _needs_header_only(rule: Rule) -> bool:
    tests = list(_tests(rule.conditions))
    return any(_is_known(one) for one in tests) and not any(one.field_name in IN_TEXT for one in tests)


def _tests(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    for condition in conditions:
        yield from _tests(condition.parts) if condition.parts else (condition,)


def _wants_one_of(words: tuple[str, ...], rule: Rule) -> bool:
    of_subject = (one for one in rule.conditions if one.field_name in _OF_SUBJECT and one.operator in _LITERAL)
    return any(all(any(word in value for word in words) for value in one.values) for one in of_subject)
