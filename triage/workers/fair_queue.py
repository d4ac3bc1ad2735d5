"""FairQueue: numbers wait in order, but whoever has many in it gets one turn like everybody else.

Somebody who sends a thousand urgent mails must not hold back the one of somebody else. Called by `intake`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class FairQueue:
    def __init__(self) -> None:
        self._waiting: dict[str, deque[int]] = {}

    def put(self, whose: str, number: int) -> None:
        self._waiting.setdefault(whose, deque()).append(number)

    def take(self) -> int:
        """The oldest of whoever has waited longest for a turn. Raises StopIteration when nobody waits."""
        whose = next(iter(self._waiting))
        theirs = self._waiting.pop(whose)
        number = theirs.popleft()
        if theirs:
            self._waiting[whose] = theirs
        return number

    def __len__(self) -> int:
        return sum(len(theirs) for theirs in self._waiting.values())

    def __iter__(self) -> Iterator[int]:
        return (number for theirs in self._waiting.values() for number in theirs)
