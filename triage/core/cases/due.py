"""Due: what happens next to an open case, and when: the order in which people look at their work. A pure function.

Called by `triage cases --due` and the digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from triage.core.cases.agreements import Promise
from triage.core.cases.case import Case, due_event, next_deadline
from triage.core.cases.events import EventKind
from triage.core.cases.promises import Deadline


class DueKind(Enum):
    FIRST_RESPONSE = "first response due"
    NEXT_RESPONSE = "next response due"
    RESOLUTION = "resolution due"
    HOLD = "hold ends"
    REMINDER = "reminder"
    WINDOW = "reply window ends"


@dataclass(frozen=True, slots=True)
class Due:
    at: datetime
    kind: DueKind


_KINDS: Mapping[EventKind, DueKind] = {
    EventKind.HOLD_ENDED: DueKind.HOLD,
    EventKind.REMINDER_DUE: DueKind.REMINDER,
    EventKind.WINDOW_ENDED: DueKind.WINDOW,
}


_PROMISES: Mapping[Promise, DueKind] = {
    Promise.FIRST_RESPONSE: DueKind.FIRST_RESPONSE,
    Promise.NEXT_RESPONSE: DueKind.NEXT_RESPONSE,
    Promise.RESOLUTION: DueKind.RESOLUTION,
}

PROMISED = frozenset(_PROMISES.values())


def next_due(case: Case, promised: Deadline | None = None) -> Due | None:
    """What the clock will do next, or `promised`, the running promise that is due first, when that comes earlier; None: nothing."""
    at = next_deadline(case)
    event = due_event(case, at) if at is not None else None
    clock = Due(at, _KINDS[event]) if at is not None and event is not None else None
    if promised is None or promised.due_at is None or (clock is not None and clock.at <= promised.due_at):
        return clock
    return Due(promised.due_at, _PROMISES[promised.promise])
