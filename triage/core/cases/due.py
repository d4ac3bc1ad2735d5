"""Due: what happens next to an open case, and when: the order in which people look at their work. A pure function of the case.

Called by `triage cases --due` and the digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from triage.core.cases.case import Case, due_event, next_deadline
from triage.core.cases.events import EventKind


class DueKind(Enum):
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


def next_due(case: Case) -> Due | None:
    """What the clock will do next; None when it has nothing to do with this case."""
    at = next_deadline(case)
    event = due_event(case, at) if at is not None else None
    return Due(at, _KINDS[event]) if at is not None and event is not None else None
