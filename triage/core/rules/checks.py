"""What is wrong with a set of rules although every rule is well written: names used twice, rules that can never hold or never be
reached, rules that contradict each other, names that do not exist elsewhere.

Called when a set is loaded, before it is used. Judges only what it can prove: no false alarm may keep an operator from saving.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from triage.core.problems import Problem
from triage.core.rules.actions import ACTIONS, Refers
from triage.core.rules.bounds import Bounds
from triage.core.rules.conditions import Condition
from triage.core.rules.futile import futile_actions
from triage.core.rules.possible import contradictions, implies
from triage.core.rules.ruleset import Rule
from triage.core.rules.text import folded
from triage.core.toml.document import nearest


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that exist in the other files; None where nothing is known, so that nothing is refused."""

    policies: Collection[str] | None = None
    notices: Collection[str] | None = None
    people: Collection[str] | None = None
    agreements: Collection[str] | None = None
    partners: Collection[str] | None = None
    """Keys and names."""
    tiers: Collection[str] | None = None
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
    """All problems between rules, in rule order. What needs a whole rule is not asked of those that are not sound."""
    problems: list[Problem] = []
    seen: dict[str, Rule] = {}
    stopping: list[Rule] = []
    alike: dict[frozenset[str], list[Rule]] = {}
    """By their conditions."""
    for rule in rules:
        first = seen.setdefault(rule.name.casefold(), rule)
        if first is not rule and rule.name:
            problems.append(note(rule, ("name",), "is used by two rules", found=f'"{rule.name}"', hint=f"the other one: {_place(first)}"))
        if rule.sound:
            twins = alike.setdefault(frozenset(condition.text for condition in rule.conditions), [])
            problems += _impossible(rule, note) or _shadowed(rule, stopping, note)
            problems += _contradicted(rule, twins, note)
            problems += _futile(rule, note)
            twins.append(rule)
            stopping += [rule] if rule.stop else []
        problems += _unknown_names(rule, names, note)
        problems += _unknown_partners(rule, names, note)
        problems += _out_of_bounds(rule, names.bounds, note) if names.bounds is not None else []
    return problems


def unknown_name(name: str, refers: Refers, known: Collection[str]) -> dict[str, str]:
    """What a problem says of a name that another file must hold and does not; for rules and for partners.toml."""
    allowed = ", ".join(sorted(known)) or f"there is no {refers.value} yet"
    return {"message": f"names no {refers.value}", "found": f'"{name}"', "allowed": allowed, "hint": nearest(name, known)}


def _impossible(rule: Rule, note: Note) -> list[Problem]:
    return [note(rule, dead.last.path, "can never hold", found=dead.text) for dead in contradictions(rule.conditions)]


def _futile(rule: Rule, note: Note) -> list[Problem]:
    return [note(rule, ("then", action), f"can never take effect: {why}") for action, why in futile_actions(rule).items()]


def _shadowed(rule: Rule, stopping: Sequence[Rule], note: Note) -> list[Problem]:
    for other in stopping:
        if _shadows(other, rule):
            condition = " and ".join(each.text for each in other.conditions) or "every mail"
            found = f'rule "{other.name}" ({_place(other)}) stops for {condition}'
            return [note(rule, (), "can never be reached: an earlier rule stops first", found=found, hint="put this rule before it")]
    return []


def _shadows(stopping: Rule, rule: Rule) -> bool:
    """Whether `stopping` holds whenever `rule` would: each of its conditions follows from one of the rule's."""
    if any(condition.in_force for condition in stopping.conditions):
        return False  # what is in force may have changed between the two
    return all(any(implies(own, wanted) for own in rule.conditions) for wanted in stopping.conditions)


def _contradicted(rule: Rule, twins: Sequence[Rule], note: Note) -> list[Problem]:
    """An earlier rule with the very same conditions that sets something else: one of the two is a mistake."""
    for other in twins:
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
            problems.append(note(rule, ("then", action), **unknown_name(value, refers, known)))
    return problems


def _unknown_partners(rule: Rule, names: KnownNames, note: Note) -> list[Problem]:
    """`partner = "..."` and `partner.tier = "..."` that hold for nobody in partners.toml."""
    problems: list[Problem] = []
    for condition in _every(rule.conditions):
        known = {"partner": names.partners, "partner.tier": names.tiers}.get(condition.field_name)
        if known is None or condition.operator != "is":
            continue
        by_folded = {folded(name): name for name in known}
        for value in condition.values:
            if value not in by_folded:
                what = "partner" if condition.field_name == "partner" else "tier"
                allowed = ", ".join(sorted(known)) or "partners.toml names none yet"
                message = f"names no {what} of partners.toml"
                problems.append(note(rule, condition.path, message, found=f'"{value}"', allowed=allowed, hint=nearest(value, known)))
    return problems


def _every(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        yield condition
        yield from _every(condition.parts)


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
