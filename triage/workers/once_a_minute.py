"""OnceAMinute: says when a duty of the clock may look again. The engine steps its duties far more often.

A clock that was set back makes no pause. Kept in memory only: the duties are idempotent. Used by the duties of workers/ and daemon/.
"""

from __future__ import annotations

from datetime import datetime, timedelta

EVERY = timedelta(seconds=60)


class OnceAMinute:
    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """True at most once a minute, and at the first call."""
        if self._looked_at is not None and self._looked_at <= now < self._looked_at + EVERY:
            return False
        self._looked_at = now
        return True
