"""LogKeeper: the duty that keeps the store's log of newest commits short: emptied every few seconds once it is worth it.

Readers (the board, a backup, a report) are never disturbed: while one of them needs the log it grows, and is emptied after that. A log
that has become long is worth a short wait for a gap between readers. Called by the engine, between commits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from triage.store import checkpoint
from triage.store.database import Store

EVERY = timedelta(seconds=5)
WORTH_IT = 4 * 1024 * 1024
LONG = 32 * 1024 * 1024
WAIT_MS = 200


class LogKeeper:
    def __init__(self, store: Store, state_dir: Path) -> None:
        self._store = store
        self._state_dir = state_dir
        self._looked_at: datetime | None = None

    def step(self, now: datetime) -> bool:
        """Always False: nobody has to look again because of it."""
        if self._looked_at is not None and self._looked_at <= now < self._looked_at + EVERY:
            return False
        self._looked_at = now
        size = checkpoint.log_size(self._state_dir)
        if size > WORTH_IT:
            checkpoint.empty_log(self._store, wait_ms=WAIT_MS if size > LONG else 0)
        return False
