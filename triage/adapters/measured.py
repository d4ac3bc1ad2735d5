"""Measured: times taken by this process, kept as counts by size; any thread adds, any thread looks."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from triage.core.metrics import SHORT_BOUNDS, Distribution, bucket


class Measured:
    def __init__(self, bounds: Sequence[float] = SHORT_BOUNDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self._counts[bucket(seconds, self._bounds)] += 1
            self._total += seconds

    def distribution(self) -> Distribution:
        with self._lock:
            return Distribution(self._bounds, tuple(self._counts), self._total)
