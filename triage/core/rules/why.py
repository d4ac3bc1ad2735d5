"""Why an expectation of a rule test did not come true: the rules that decide that expectation, and no others.

Either a rule set something else, and it is named with what it took the place of; or rules could have set what is expected, and each is
named with its first failing condition. Pure. Called for the hint of a failing test (`adapters/rulefiles`) and by `triage rules test`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from triage.core.rules.actions import ACTIONS, value_text
from triage.core.rules.mail_tests import HITS, RuleTestResult
from triage.core.rules.ruleset import Rule
from triage.core.rules.verdict import Hit

_NAMED = 3
"""Rules that could have set it; of the rest only the number is told."""


def why_not(result: RuleTestResult, key: str, rules: Sequence[Rule]) -> tuple[str, ...]:
    """At least one sentence. `key` is one of the result's mismatches, `rules` the set that judged."""
    by_name = {rule.name: rule for rule in rules}
    expected = result.test.expect[key]
    if key == HITS:
        wanted = expected if isinstance(expected, tuple) else ()
        told = [*_rules_that_hit(result, wanted), *_rules_that_did_not(result, wanted, by_name)]
        return tuple(told) or ("the same rules hit in another order: files are read in name order, rules in file order",)
    if ACTIONS[key].merge is not None:
        return tuple(_parts(result, key, expected, by_name))
    return tuple(_value(result, key, expected, by_name))


def _rules_that_hit(result: RuleTestResult, wanted: Collection[str]) -> Iterator[str]:
    yield from (f"{_place(hit)} hit: all its conditions hold" for hit in result.verdict.hits if hit.rule not in wanted)


def _rules_that_did_not(result: RuleTestResult, wanted: Collection[str], by_name: Mapping[str, Rule]) -> Iterator[str]:
    hit = {one.rule for one in result.verdict.hits}
    for name in wanted:
        if name not in by_name:
            yield f'there is no rule "{name}"'
        elif name not in hit:
            yield _did_not_hold(result, by_name[name])


def _value(result: RuleTestResult, key: str, expected: object, by_name: Mapping[str, Rule]) -> Iterator[str]:
    """One value, of which the last rule to set it decides."""
    setters = [hit for hit in result.verdict.hits if key in hit.set]
    had_it = [hit for hit in setters if by_name[hit.rule].actions[key] == expected]
    if setters:
        over = f", after {_place(had_it[-1])} had set {had_it[-1].set[key]}" if had_it else ""
        yield f"{_place(setters[-1])} set {setters[-1].set[key]}{over}"
    if not had_it:
        able = [rule for rule in by_name.values() if key in rule.actions and rule.actions[key] == expected]
        yield from _could_have(result, f"{key} = {value_text(expected)}", able, silent=bool(setters))


def _parts(result: RuleTestResult, key: str, expected: object, by_name: Mapping[str, Rule]) -> Iterator[str]:
    """Tags and fields add up: too many, too few, or a field with another value."""
    wanted, found = _as_parts(expected), _as_parts(getattr(result.verdict, key))
    for name, value in found.items():
        if wanted.get(name) != value:
            hit = next(hit for hit in reversed(result.verdict.hits) if name in _as_parts(by_name[hit.rule].actions.get(key)))
            yield f"{_place(hit)} set {_part_text(name, value)}"
    for name, value in wanted.items():
        if name not in found:
            able = [rule for rule in by_name.values() if _may_set(rule, key, name, value)]
            yield from _could_have(result, _part_text(name, value), able)


def _may_set(rule: Rule, key: str, name: str, value: str) -> bool:
    """What a template becomes depends on the mail."""
    parts = _as_parts(rule.actions.get(key))
    return name in parts and (parts[name] == value or rule.has_templates)


def _could_have(result: RuleTestResult, what: str, able: Sequence[Rule], *, silent: bool = False) -> Iterator[str]:
    """`silent`: that no rule sets it need not be said, because another value was."""
    if not able and not silent:
        yield f"no rule sets {what}"
    held = {miss.rule: miss.held for miss in result.verdict.misses}
    nearest_first = sorted(able, key=lambda rule: -held.get(rule.name, -1))
    yield from (_did_not_hold(result, rule) for rule in nearest_first[:_NAMED])
    if len(able) > _NAMED:
        yield f"{len(able) - _NAMED} more of the rules that set {what} did not hold"


def _did_not_hold(result: RuleTestResult, rule: Rule) -> str:
    verdict, place = result.verdict, _place(rule.hit)
    miss = next((miss for miss in verdict.misses if miss.rule == rule.name), None)
    if miss is not None:
        return f"{place} did not hold: {miss.failed}"
    if any(hit.rule == rule.name for hit in verdict.hits):
        return f"{place} held, and its named group took nothing from this mail"
    return f'{place} was not looked at: "{verdict.stopped_by}" has stopped'


def _place(hit: Hit) -> str:
    return f'rule "{hit.rule}" ({hit.file}:{hit.line})'


def _as_parts(value: object) -> dict[str, str]:
    """Tags as names without a value, fields as they are."""
    if isinstance(value, Mapping):
        return {str(name): str(text) for name, text in value.items()}
    return dict.fromkeys(value, "") if isinstance(value, tuple) else {}


def _part_text(name: str, value: str) -> str:
    return f"{name} = {value}" if value else f'the tag "{name}"'
