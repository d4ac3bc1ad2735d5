"""OneThread: the whole daemon on one thread, against real servers, with a process that may die at every boundary.

The process is the simulation's (sim/process.py); the servers are the office's. `Crashed` at the n-th boundary throws away everything but
the store, the mailbox and what was sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sim.process import Crashed, Fuse, Process, SteppedLoop, open_fused
from tests.scenarios.office import Office
from triage.adapters.clock import SystemEntropy
from triage.core.deliveries import Delivery
from triage.core.seams import SendResult
from triage.daemon.outside import real

Later = Callable[[float, Callable[[], object]], None]


class OneThread:
    def __init__(self, office: Office, fuse: Fuse, later: Later | None = None) -> None:
        """`later` as of `Outside`; the wall's without it."""
        self._fuse = fuse
        self._waiting: deque[Callable[[], None]] = deque()
        self._loop = asyncio.new_event_loop()
        stepped = SteppedLoop(self._begin, self._loop.run_until_complete)
        self._outside = replace(real(office.config, office.clock), loop=stepped, open_store=open_fused(fuse), stepped=True, listens=False)
        if later is not None:
            self._outside = replace(self._outside, later=later)
        self._process: Process | None = None
        try:
            self._process = Process(office.config, office.clock, SystemEntropy(), self._outside)
        except Crashed:
            self.close()
            raise

    def close(self) -> None:
        """Also what is left of a crashed process: sockets close when a process dies."""
        for submission in (self._outside.notices, self._outside.urgent_notices, self._outside.page_mails):
            self._loop.run_until_complete(submission.close())
        self._outside.mailbox.close()
        if self._process is not None:
            self._process.end()
        self._loop.close()

    def settle(self) -> None:
        assert self._process is not None
        self._process.daemon.request_sweep()
        self._process.settle()
        while self._waiting:
            self._waiting.popleft()()
            self._process.settle()

    def _begin(self, _delivery: Delivery, attempt: Callable[[], SendResult], answer: Callable[[SendResult], None]) -> None:
        self._waiting.append(partial(self._make, attempt, answer))

    def _make(self, attempt: Callable[[], SendResult], answer: Callable[[SendResult], None]) -> None:
        result = attempt()
        self._fuse.pass_("sent, not recorded")
        answer(result)


__all__ = ["Crashed", "Fuse", "OneThread"]
