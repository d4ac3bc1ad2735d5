"""Differences between what two sets of rules did with the same mails, by mail and by rule. Pure; called by backtest and diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

INDIRECTLY = "(by another mail or file)"
"""Instead of a rule: the same rules hit; an earlier mail was treated differently, or partners.toml or a notice is another one."""


class Change(Enum):
    """What may differ for one mail; the values are column headings."""

    SEVERITY = "severity"
    PAGES = "pages"
    NOTICES = "notices"
    REOPENED = "re-opened"
    CLOSED = "closed"
    CASES = "cases"
    """Another outcome or another case: ignored, joined, opened."""


class Seen(Protocol):
    """What a replay says of one mail (workers/replay.py)."""

    @property
    def outcome(self) -> Enum: ...
    @property
    def severity(self) -> int | None: ...
    @property
    def rules(self) -> tuple[str, ...]: ...
    @property
    def pages(self) -> int: ...
    @property
    def notices(self) -> tuple[str, ...]: ...
    @property
    def reopened(self) -> bool: ...
    @property
    def closed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One mail that two sets treat differently. `rules` are those that hit in one set only, or that say something else in the other."""

    position: int
    changes: Mapping[Change, tuple[str, str]]
    rules: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """How many mails of one rule (or of all) differ in what, and pages before and after."""

    mails: int = 0
    by_change: dict[Change, int] = field(default_factory=dict)
    pages: tuple[int, int] = (0, 0)


def compare(old: Sequence[Seen], new: Sequence[Seen], altered: frozenset[str]) -> list[Difference]:
    """`altered`: rules that both sets have and that read differently."""
    return [one for position, (was, now) in enumerate(zip(old, new, strict=True)) if (one := _difference(position, was, now, altered))]


def _difference(position: int, was: Seen, now: Seen, altered: frozenset[str]) -> Difference | None:
    pairs = {
        Change.CASES: (was.outcome.value, now.outcome.value),
        Change.SEVERITY: (str(was.severity or "-"), str(now.severity or "-")),
        Change.PAGES: (str(was.pages), str(now.pages)),
        Change.NOTICES: (", ".join(was.notices) or "none", ", ".join(now.notices) or "none"),
        Change.REOPENED: ("yes" if was.reopened else "no", "yes" if now.reopened else "no"),
        Change.CLOSED: (str(was.closed), str(now.closed)),
    }
    changes = {change: pair for change, pair in pairs.items() if pair[0] != pair[1]}
    if not changes:
        return None
    only_one = [rule for rule in dict.fromkeys((*was.rules, *now.rules)) if (rule in was.rules) != (rule in now.rules)]
    both = [rule for rule in now.rules if rule in was.rules and rule in altered]
    return Difference(position, changes, tuple(only_one + both))


def by_rule(differences: Sequence[Difference]) -> dict[str, Tally]:
    """A mail counts for each of its rules; one that no rule hit otherwise counts for INDIRECTLY."""
    tallies: dict[str, Tally] = {}
    for difference in differences:
        for rule in difference.rules or (INDIRECTLY,):
            add(tallies.setdefault(rule, Tally()), difference)
    return tallies


def add(tally: Tally, difference: Difference) -> None:
    tally.mails += 1
    for change in difference.changes:
        tally.by_change[change] = tally.by_change.get(change, 0) + 1
    was, now = difference.changes.get(Change.PAGES, ("0", "0"))
    tally.pages = (tally.pages[0] + int(was), tally.pages[1] + int(now))
