"""The time of a run: an agenda of what is to happen, and a clock that stands still between two entries of it.

The program's wall clock can be wrong (`skew`); the mail server's never is.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday morning."""


class SimClock:
    """`now` and `monotonic` are the program's; `at` is the truth."""

    def __init__(self) -> None:
        self.at = START
        self.skew = timedelta(0)

    def now(self) -> datetime:
        return self.at + self.skew

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()


class Agenda:
    """What is to happen, in the order of time, and of entry where the time is the same."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._entries: list[tuple[datetime, int, Callable[[], object]]] = []
        self._serial = itertools.count()

    def at(self, when: datetime, what: Callable[[], object]) -> None:
        heapq.heappush(self._entries, (max(when, self._clock.at), next(self._serial), what))

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        """Never, when `seconds` are infinite."""
        if seconds == float("inf"):
            return
        self.at(self._clock.at + timedelta(seconds=seconds), what)

    def again_and_again(self, gap_s: Callable[[], float], what: Callable[[], object]) -> None:
        """After each gap, without end."""

        def do() -> None:
            what()
            self.again_and_again(gap_s, what)

        self.after(gap_s(), do)

    @property
    def next_at(self) -> datetime | None:
        return self._entries[0][0] if self._entries else None

    def take_due(self) -> Callable[[], object] | None:
        if self._entries and self._entries[0][0] <= self._clock.at:
            return heapq.heappop(self._entries)[2]
        return None
