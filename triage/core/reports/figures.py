"""Figures: the few kinds of numbers a report is made of: middle values, shares, counts by class, hours of the week. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SEVERITIES = (1, 2, 3)
HOURS, WEEK = 24, 7
_NINTHS = 9, 10


def median(spans: Sequence[timedelta]) -> timedelta | None:
    """The middle one, or the mean of the two in the middle, in whole seconds."""
    if not spans:
        return None
    ordered = sorted(spans)
    mean = (ordered[(len(spans) - 1) // 2] + ordered[len(spans) // 2]) / 2
    return timedelta(seconds=round(mean.total_seconds()))


def nine_of_ten(spans: Sequence[timedelta]) -> timedelta | None:
    """The shortest of the spans that at least nine of ten are not above (nearest rank): a time that was really taken."""
    rank = -(-len(spans) * _NINTHS[0] // _NINTHS[1])
    return sorted(spans)[rank - 1] if spans else None


def share(part: int, whole: int) -> float | None:
    """From 0 to 1; None of nothing."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a ranking."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The most frequent first; what is beyond the shown ones is summed up."""

    items: tuple[Item, ...]
    others: int = 0
    """How many further names there are, and how often they were counted together."""
    others_count: int = 0

    @property
    def most(self) -> int:
        return max((item.count for item in self.items), default=0)


def ranking(names: Iterable[str], shown: int) -> Ranking:
    """By count, then by name, so that the same past gives the same order."""
    found = sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    rest = found[shown:]
    return Ranking(tuple(Item(name, count) for name, count in found[:shown]), len(rest), sum(count for _, count in rest))


@dataclass(frozen=True, slots=True)
class WeekHours:
    """How many for each weekday (Monday first) and hour of the day."""

    counts: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def most(self) -> int:
        return max(map(max, self.counts))


def week_hours(instants: Iterable[datetime]) -> WeekHours:
    """`instants` are wall-clock times."""
    found = Counter((at.weekday(), at.hour) for at in instants)
    return WeekHours(tuple(tuple(found[day, hour] for hour in range(HOURS)) for day in range(WEEK)))


@dataclass(frozen=True, slots=True)
class BySeverity:
    """A count for each severity."""

    one: int = 0
    two: int = 0
    three: int = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.one, self.two, self.three

    @property
    def total(self) -> int:
        return sum(self.counts)


def by_severity(severities: Iterable[int]) -> BySeverity:
    found = Counter(severities)
    return BySeverity(*(found[severity] for severity in SEVERITIES))
