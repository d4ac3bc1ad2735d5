"""The two ways in which the demo ends early: something happened that must not, or a person stopped it.

Called by `story`, `stage` and `staying`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Deviation(Exception):
    """What happened is not what must happen; the text says both."""


class Interrupted(BaseException):
    """Ctrl-C, or SIGTERM. Not an Exception, so that nothing on its way up takes it for a failure."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Both signals unwind the stack, so that files, threads and processes are taken down. A shell starts background jobs with SIGINT
    ignored; whoever sends it all the same means it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # the second Ctrl-C must not stop the cleaning up
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted
