"""`python -m chaos.other_clock run ...`: `triage run ...` under libfaketime, with a `time.sleep` that works there.

Python's own waits for an absolute instant of the monotonic clock, which libfaketime (0.9.10) shifts by the made-up time until the kernel
refuses it. Nothing else is changed. Called by `Service`.
"""

from __future__ import annotations

import select
import time

from triage.cli import main


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep  # type: ignore[assignment]  # the library's own also takes what has __index__
main()
