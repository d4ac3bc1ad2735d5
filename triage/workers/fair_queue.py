"""FairQueue: numbers wait in order, but whoever has many in it gets one turn like everybody else.

Somebody who sends a thousand urgent mails must not hold back the one of somebody else. Called by `sync` for what is to be fetched, and by
`intake` for what is to be decided.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class FairQueue:
    def __init__(self) -> None:
        self._waiting: dict[str, deque[int]] = {}
        self._held: dict[str, deque[int]] = {}
        self._count = 0

    def put(self, whose: str, number: int) -> None:
        self._count += 1
        lines = self._held if whose in self._held else self._waiting
        lines.setdefault(whose, deque()).append(number)

    @property
    def has_turn(self) -> bool:
        """Somebody waits who is not held."""
        return bool(self._waiting)

    def take(self) -> tuple[str, int]:
        """Whoever has waited longest for a turn, and their oldest. Raises StopIteration when nobody `has_turn`."""
        whose = next(iter(self._waiting))
        theirs = self._waiting.pop(whose)
        self._count -= 1
        number = theirs.popleft()
        if theirs:
            self._waiting[whose] = theirs
        return whose, number

    def hold(self, whose: str) -> None:
        """No turn for them until `release`."""
        self._held[whose] = self._waiting.pop(whose, deque())

    def release(self, whose: str) -> None:
        if theirs := self._held.pop(whose, None):
            self._waiting[whose] = theirs

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return (number for lines in (self._waiting, self._held) for theirs in lines.values() for number in theirs)
