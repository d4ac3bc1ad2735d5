"""HourlyReconcile: once an hour, after a sweep that was complete, the mailbox thread compares the folders with the ledger.

A failure of the mailbox is left to the next sweep, which tells of it. Called by mailbox.py on its thread; `on_found` hears the result.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from triage.core.failures import TriageError
from triage.core.reconciliation import Reconciliation
from triage.core.seams import Clock, Mailbox
from triage.store.database import Store
from triage.workers.reconcile import look

EVERY = timedelta(hours=1)


class HourlyReconcile:
    def __init__(self, mailbox: Mailbox, clock: Clock, on_found: Callable[[Reconciliation], None]) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._on_found = on_found
        self._looked_at: datetime | None = None

    def look(self, store: Store) -> None:
        now = self._clock.now()
        if self._looked_at is not None and self._looked_at <= now < self._looked_at + EVERY:
            return
        try:
            found = look(store, self._mailbox, now)
        except TriageError:
            return
        self._looked_at = now
        self._on_found(found)
