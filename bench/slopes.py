"""Slopes: whether something that was looked at again and again stays where it is. Pure; asked by `soak`.

The line through the looks is Theil's and Sen's: the median of the slopes of all pairs, which single outliers do not bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the line through the looks begins and ends, and what was seen at most."""

    begin: float
    end: float
    most: float

    @property
    def growth(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Verdict:
    """`limit` bounds the growth; `ceiling`, where there is one, what may be seen at most."""

    name: str
    unit: str
    drift: Drift
    limit: float
    ceiling: float | None = None

    @property
    def is_flat(self) -> bool:
        return self.drift.growth <= self.limit and (self.ceiling is None or self.drift.most <= self.ceiling)


def drift(values: Sequence[float], *, warm_up: float = 0.0) -> Drift:
    """Of looks in equal distances; the first `warm_up` of them are left out of the line, not of what was seen at most."""
    looks = values[int(len(values) * warm_up) :]
    if len(looks) < 2:
        raise ValueError("a line needs two looks")
    step = -(-len(looks) // MOST_POINTS)
    points = [(index, looks[index]) for index in range(0, len(looks), step)]
    slope = median((b - a) / (j - i) for place, (i, a) in enumerate(points) for j, b in points[place + 1 :])
    middle = median(value - slope * index for index, value in points)
    return Drift(middle, middle + slope * (len(looks) - 1), max(values))
