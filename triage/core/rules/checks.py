"""What is wrong with a set of rules although every rule is well written: names used twice, rules that can never hold or never be
reached, rules that contradict each other, names that do not exist elsewhere.

Called when a set is loaded, before it is used. Judges only what it can prove: no false alarm may keep an operator from saving.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from triage.core.problems import Problem
from triage.core.rules.actions import ACTIONS, Refers
from triage.core.rules.bounds import Bounds
from triage.core.rules.conditions import ALL, ANY, NOT, Condition
from triage.core.rules.fields import FIELDS, FieldType
from triage.core.rules.ruleset import Rule
from triage.core.toml.document import nearest

_SINGLE_VALUED = frozenset({"event", "status", "origin", "severity", "calendar.weekday", "calendar.hour", "from", "from.domain"})
"""Fields with at most one value: two disjoint `is` on one of them never hold together."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that exist in the other files; None where nothing is known, so that nothing is refused."""

    policies: Collection[str] | None = None
    notices: Collection[str] | None = None
    people: Collection[str] | None = None
    agreements: Collection[str] | None = None
    bounds: Bounds | None = None

    def of(self, refers: Refers) -> Collection[str] | None:
        known = {
            Refers.POLICY: self.policies,
            Refers.NOTICE: self.notices,
            Refers.PERSON: self.people,
            Refers.AGREEMENT: self.agreements,
        }
        return known.get(refers)


Note = Callable[..., Problem]
"""`note(rule, keys, message, found=, allowed=, hint=)`: a Problem that points into the rule's table."""


def check_rules(rules: Sequence[Rule], names: KnownNames, note: Note) -> list[Problem]:
    """All problems between rules, in rule order."""
    problems: list[Problem] = []
    seen: dict[str, Rule] = {}
    for position, rule in enumerate(rules):
        first = seen.setdefault(rule.name.casefold(), rule)
        if first is not rule:
            problems.append(note(rule, ("name",), "is used by two rules", found=f'"{rule.name}"', hint=f"the other one: {_place(first)}"))
        problems += _dead(rule, rules[:position], note)
        problems += _contradicted(rule, rules[:position], note)
        problems += _unknown_names(rule, names, note)
        problems += _out_of_bounds(rule, names.bounds, note) if names.bounds is not None else []
    return problems


def _dead(rule: Rule, earlier: Sequence[Rule], note: Note) -> list[Problem]:
    for first, second in combinations(rule.conditions, 2):
        if _disjoint(first, second):
            return [note(rule, ("when",), "can never hold", found=f"{first.text} and {second.text}")]
    for other in earlier:
        if other.stop and _shadows(other, rule):
            condition = " and ".join(each.text for each in other.conditions) or "every mail"
            message = "can never be reached: an earlier rule stops first"
            return [
                note(
                    rule, (), message, found=f'rule "{other.name}" ({_place(other)}) stops for {condition}', hint="put this rule before it"
                )
            ]
    return []


def _shadows(stopping: Rule, rule: Rule) -> bool:
    """Whether `stopping` holds whenever `rule` would: each of its conditions follows from one of the rule's."""
    if any(condition.in_force for condition in stopping.conditions):
        return False  # what is in force may have changed between the two
    return all(any(_implies(own, wanted) for own in rule.conditions) for wanted in stopping.conditions)


def _implies(narrow: Condition, wide: Condition) -> bool:
    if narrow.text == wide.text:
        return True
    if (narrow.field_name, narrow.operator) != (wide.field_name, wide.operator) or wide.operator in (ANY, ALL, NOT):
        return False
    if wide.operator == "contains":
        return all(any(needle in longer for needle in wide.values) for longer in narrow.values)
    if wide.operator == "starts":
        return all(any(longer.startswith(start) for start in wide.values) for longer in narrow.values)
    if wide.operator == "ends":
        return all(any(longer.endswith(end) for end in wide.values) for longer in narrow.values)
    return wide.operator in ("is", "regex", "matches") and set(narrow.values) <= set(wide.values)


def _disjoint(first: Condition, second: Condition) -> bool:
    if first == second or first.field_name != second.field_name or not first.field_name:
        return False
    existence = {(each.operator, each.values) for each in (first, second)}
    if {("exists", ("true",)), ("exists", ("false",))} <= existence:
        return True
    if ("exists", ("false",)) in existence:
        return True  # any other condition needs a value
    field = FIELDS.get(first.field_name)
    single = first.field_name in _SINGLE_VALUED or (field is not None and field.type is FieldType.FLAG)
    plain = first.operator == second.operator == "is" and not any(value[:1] in "<>!" for value in first.values + second.values)
    return single and plain and set(first.values).isdisjoint(second.values)


def _contradicted(rule: Rule, earlier: Sequence[Rule], note: Note) -> list[Problem]:
    """Another rule with the very same conditions that sets something else: one of the two is a mistake."""
    own = {condition.text for condition in rule.conditions}
    for other in earlier:
        if {condition.text for condition in other.conditions} != own:
            continue
        for name, value in rule.actions.items():
            if ACTIONS[name].merge is None and name in other.actions and other.actions[name] != value:
                found = f'rule "{other.name}" ({_place(other)}) has the same conditions and sets {name} = {other.hit.set[name]}'
                return [note(rule, ("then", name), "contradicts an earlier rule", found=found, hint="keep one of the two")]
    return []


def _unknown_names(rule: Rule, names: KnownNames, note: Note) -> list[Problem]:
    problems: list[Problem] = []
    for action, value in rule.actions.items():
        refers = ACTIONS[action].refers
        known = names.of(refers)
        if known is not None and isinstance(value, str) and value not in known:
            allowed = ", ".join(sorted(known)) or f"there is no {refers.value} yet"
            message = f"names no {refers.value}"
            problems.append(note(rule, ("then", action), message, found=f'"{value}"', allowed=allowed, hint=nearest(value, known)))
    return problems


def _out_of_bounds(rule: Rule, bounds: Bounds, note: Note) -> list[Problem]:
    problems: list[Problem] = []
    forward, folder = rule.actions.get("forward"), rule.actions.get("folder")
    if isinstance(forward, str) and (refusal := bounds.refuse_forward(forward)):
        allowed = bounds.team or "[instance] team_domains in config.toml names no domain yet"
        problems.append(note(rule, ("then", "forward"), refusal, found=f'"{forward}"', allowed=allowed))
    if isinstance(folder, str) and (refusal := bounds.refuse_folder(folder)):
        problems.append(note(rule, ("then", "folder"), refusal, found=f'"{folder}"', hint="move it to a folder nobody watches"))
    return problems


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}"
