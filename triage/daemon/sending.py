"""The loop thread: one asyncio loop for everything that goes out and for the scheduler's ticks.

`start` begins one attempt; its answer is posted back to the engine. An attempt that raises (which a sender never should) is an unknown
outcome, never a lost delivery.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from triage.adapters.logs import LogEvent, log
from triage.adapters.measured import Measured
from triage.adapters.sender import Sender
from triage.core.deliveries import Delivery
from triage.core.seams import SendOutcome, SendResult

BEAT_S = 1.0


class LoopThread:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="triage-loop", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.lag = Measured()
        """How late the loop was, once a second: what stands in its way stands in the way of every page."""

    def start(self) -> None:
        self._thread.start()
        self.loop.call_soon_threadsafe(self._beat, None)

    def send(self, sender: Sender, delivery: Delivery, answer: Callable[[Delivery, SendResult], None]) -> None:
        """From any thread."""
        self.loop.call_soon_threadsafe(self._begin, sender, delivery, answer)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """From any thread: something that looks after its own errors and has nobody waiting for it."""

        def begin_here() -> None:
            self._keep(self.loop.create_task(work))

        self.loop.call_soon_threadsafe(begin_here)

    def run_soon(self, function: Callable[[], None]) -> None:
        self.loop.call_soon_threadsafe(function)

    def stop(self, sender: Sender) -> None:
        closing: Future[None] = asyncio.run_coroutine_threadsafe(self._end(sender), self.loop)
        with suppress(TimeoutError):  # a server that is silent for ever keeps no store open
            closing.result(timeout=10.0)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=5.0)
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def _beat(self, due: float | None) -> None:
        now = self.loop.time()
        if due is not None:
            self.lag.add(max(now - due, 0.0))
        self.loop.call_at(now + BEAT_S, self._beat, now + BEAT_S)

    def _begin(self, sender: Sender, delivery: Delivery, answer: Callable[[Delivery, SendResult], None]) -> None:
        self._keep(self.loop.create_task(_attempt(sender, delivery, answer)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """The loop itself holds tasks only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, sender: Sender) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await sender.close()


async def _attempt(sender: Sender, delivery: Delivery, answer: Callable[[Delivery, SendResult], None]) -> None:
    try:
        result = await sender.send(delivery)
    except Exception as error:  # noqa: BLE001 (a delivery must not vanish because of a mistake in an adapter)
        result = SendResult(SendOutcome.UNKNOWN, f"{type(error).__name__}: {error}")
    level = logging.INFO if result.outcome is SendOutcome.ACCEPTED else logging.WARNING
    event = LogEvent.SENT if result.outcome is SendOutcome.ACCEPTED else LogEvent.NOT_SENT
    outgoing = delivery.outgoing
    log(event, level, delivery=delivery.id, key=outgoing.key, attempt=delivery.attempts, outcome=result.outcome.value, detail=result.detail)
    await asyncio.get_running_loop().run_in_executor(None, answer, delivery, result)
