"""Trace: what happened in a run, a line each. Its hash tells whether two runs were the same; its last lines tell a person how it came."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime

LINES_KEPT = 40


class Violation(BaseException):
    """A promise was not kept: which, and for what. A BaseException, so that no part of the program takes it for a failure of its own."""


class Trace:
    def __init__(self, now: Callable[[], datetime], tell: Callable[[str], None] | None = None) -> None:
        """`tell` gets every line as it comes."""
        self._now = now
        self._tell = tell
        self._hash = hashlib.sha256()
        self.last: deque[str] = deque(maxlen=LINES_KEPT)
        self.counts: Counter[str] = Counter()
        """What was put into the world, and what was done to the program, by kind."""
        self.lines = 0

    def line(self, text: str) -> None:
        self.lines += 1
        line = f"{self._now():%Y-%m-%d %H:%M:%S} {text}"
        self._hash.update(line.encode())
        self.last.append(line)
        if self._tell is not None:
            self._tell(line)

    def count(self, kind: str, text: str = "") -> None:
        """Something the world does, which is counted and told."""
        self.counts[kind] += 1
        self.line(f"{kind} {text}".rstrip())

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()
