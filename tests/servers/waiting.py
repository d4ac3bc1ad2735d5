"""Waiting for what other processes do: asked again and again, for so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable


def comes_true(true: Callable[[], bool], within_s: float, every_s: float = 0.1) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True
