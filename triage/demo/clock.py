"""PushedClock: time that moves only when it is pushed, so that 72 hours pass in a moment. For the demo and the tests."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class PushedClock:
    """May be read from any thread; only whoever tells the story pushes it."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._pushed = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Goes on with every push, and does not go back when the wall clock is set."""
        with self._lock:
            return self._pushed.total_seconds()

    def push(self, span: timedelta) -> datetime:
        with self._lock:
            self._now += span
            self._pushed += span
            return self._now

    def set_wall(self, to: datetime) -> None:
        """The wall clock is set; no time passes."""
        with self._lock:
            self._now = to
