"""Silence: when the partner's silence counts, because everything that may be their answer has been read (promise 4). A pure decision.

Called by workers/timekeeper before it reminds or closes. It knows how far the folders are read; which messages are undecided is the
ledger's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.events import EventKind


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the watched folders are read. None: not yet."""

    synced_through: datetime | None
    """A complete look at every folder began then."""
    complete_since: datetime | None
    """When the first complete look of this process began: what was known before its start may be an old copy's knowledge."""


def rests_on_silence(case: Case, kind: EventKind) -> datetime | None:
    """Until when the partner must have been silent for what the clock is about to do; None where that does not matter."""
    return {EventKind.WINDOW_ENDED: case.reply_window_ends_at, EventKind.REMINDER_DUE: case.remind_at}.get(kind)


def to_be_decided_through(silent_until: datetime, reading: Reading, now: datetime) -> datetime | None:
    """Every message that came up to this instant must be decided before silence until then counts; None: look at the folders first.

    A look that began later than now was dated by a clock that was ahead and has been set back: it says nothing of what came since.
    """
    since, through = reading.complete_since, reading.synced_through
    if since is None or through is None or not silent_until < through <= now:
        return None
    return max(silent_until, since)
