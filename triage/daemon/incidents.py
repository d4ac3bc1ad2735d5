"""IncidentWatch: looks at the public status page every minute while a Severity 1 case is open, otherwise every five.

`step` runs on the engine's thread and never waits: the fetch runs on the loop, and its result is taken at a later step. What was seen last
stays in force when the page does not answer, and is kept in the store for the command line and the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

from triage.adapters.logs import LogEvent, log
from triage.adapters.statuspage import Fetched
from triage.core.incidents.values import Snapshot
from triage.store import cases
from triage.store.database import Store
from triage.workers import incidents

EVERY = timedelta(minutes=5)
EVERY_IN_EMERGENCY = timedelta(seconds=60)


class IncidentWatch:
    """`fetch` asks the page (None: there is none to watch); `begin` starts a coroutine on the loop's thread."""

    def __init__(
        self,
        fetch: Callable[[datetime], Awaitable[Fetched]] | None,
        store: Store,
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._fetch = fetch
        self._store = store
        self._begin = begin
        self._results: SimpleQueue[Fetched] = SimpleQueue()
        self._asked_at: datetime | None = None
        self._asking = False
        self._problem = ""
        self._latest = incidents.kept(store) if fetch is not None else None

    def latest(self) -> Snapshot | None:
        """What the page said last, however long ago that is: the snapshot knows its age."""
        return self._latest

    @property
    def is_asking(self) -> bool:
        """A look is going on, or has not been taken in yet."""
        return self._asking

    def step(self, now: datetime) -> bool:
        """Always False: what a status page says makes nothing due."""
        self._take(now)
        if self._fetch is not None and not self._asking and self._is_due(now):
            self._asking, self._asked_at = True, now
            self._begin(self._ask(self._fetch, now))
        return False

    async def _ask(self, fetch: Callable[[datetime], Awaitable[Fetched]], now: datetime) -> None:
        fetched = Fetched(None, "cancelled")
        try:
            fetched = await fetch(now)
        finally:
            self._results.put(fetched)

    def _is_due(self, now: datetime) -> bool:
        if self._asked_at is None or now < self._asked_at:  # never, or the wall clock was set back
            return True
        waited = now - self._asked_at
        return waited >= EVERY or (waited >= EVERY_IN_EMERGENCY and self._is_emergency())

    def _is_emergency(self) -> bool:
        return bool(cases.find(self._store, severity=1, only_open=True, limit=1))

    def _take(self, now: datetime) -> None:
        try:
            fetched = self._results.get_nowait()
        except Empty:
            return
        self._asking = False
        self._tell(fetched.problem)
        if fetched.snapshot is not None:
            before, self._latest = self._latest, fetched.snapshot
            with self._store.write():
                incidents.keep(self._store, fetched.snapshot, before, now)

    def _tell(self, problem: str) -> None:
        if problem and not self._problem:
            log(LogEvent.STATUS_PAGE_LOST, logging.WARNING, problem=problem)
        elif self._problem and not problem:
            log(LogEvent.STATUS_PAGE_BACK)
        self._problem = problem
