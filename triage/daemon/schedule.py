"""Schedule: APScheduler ticks that only poke: "sweep now", "look at the rule files". Deadlines are in the store, never in a timer.

A missed, failed or overlapping tick is logged and harmless: the next one does the same. When the wall clock is set, the jobs are
scheduled anew, because an interval job would wait for the old time to come round again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from triage.adapters.logs import LogEvent, log
from triage.core.seams import Clock
from triage.daemon.outside import Loop

JUMP = timedelta(seconds=10)
"""A difference between wall clock and monotonic clock that is no mere drift."""


class Schedule:
    def __init__(
        self,
        loop: Loop,
        poll_every: timedelta,
        clock: Clock,
        request_sweep: Callable[[], object],
        look_at_rules: Callable[[], None],
        on_jump: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._on_jump = on_jump
        self._jobs: tuple[tuple[str, timedelta, Callable[[], object]], ...] = (
            ("sweep", poll_every, request_sweep),
            ("rules", timedelta(seconds=1), look_at_rules),
            ("clock", timedelta(seconds=5), self._watch_clock),
        )
        self._scheduler = AsyncIOScheduler(
            event_loop=loop.loop,
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._told, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._offset = self._measure()

    def start(self) -> None:
        self._loop.run_soon(self._begin)

    def stop(self) -> None:
        self._loop.run_soon(lambda: self._scheduler.shutdown(wait=False) if self._scheduler.running else None)

    def _begin(self) -> None:
        for name, every, function in self._jobs:
            self._scheduler.add_job(function, "interval", seconds=every.total_seconds(), id=name, replace_existing=True)
        if not self._scheduler.running:
            self._scheduler.start()

    def _watch_clock(self) -> None:
        offset = self._measure()
        if abs(offset - self._offset) > JUMP:
            log(LogEvent.CLOCK_JUMPED, logging.WARNING, seconds=round((offset - self._offset).total_seconds()))
            self._begin()
            self._on_jump()
        self._offset = offset

    def _measure(self) -> timedelta:
        return timedelta(seconds=self._clock.now().timestamp() - self._clock.monotonic())

    def _told(self, event: JobEvent) -> None:
        problem = repr(getattr(event, "exception", None) or "late or overlapping")
        log(LogEvent.SCHEDULER_TROUBLE, logging.WARNING, job=event.job_id, problem=problem)
