"""What a case waits for, in words: for the queue, and for the first line of a case. Called by the command line and the board."""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case, Status, due_event
from triage.core.cases.events import EventKind
from triage.core.cases.promises import response_due
from triage.core.wording.spans import day_and_time
from triage.store import pages
from triage.workers.desk import Desk
from triage.workers.promises import promises_of
from triage.workers.timekeeper import waits_for
from triage.workers.views.page_state import page_words

US = "us"
"""Where nobody has promised a time; an open page alone says as much."""


def waiting_for(desk: Desk, case: Case, now: datetime) -> str:
    """Of a closed case "". An open page comes first: somebody is being got out of bed."""
    stored = pages.open_of_case(desk.store, case.number)
    parts = [page_words(stored.page)] if stored is not None else []
    if case.status is not Status.CLOSED:
        parts.append(_turn(desk, case, now))
    return "; ".join(part for part in parts if part != US or len(parts) == 1)


def _turn(desk: Desk, case: Case, now: datetime) -> str:
    if case.hold_until is not None:
        owed = _owed_under_hold(desk, case, now)
        return f"{owed}on hold until {day_and_time(case.hold_until, now)}"
    if case.status is not Status.PENDING or case.reply_window_ends_at is None:
        return _us(desk, case, now)
    if case.no_auto_close:
        return "partner, not closed by the clock"
    due = due_event(case, now)
    reason = waits_for(desk, case, due, now) if due is not None else ""
    if due is EventKind.WINDOW_ENDED:
        return f"waiting for {reason}" if reason else "closing now"
    late = f"; the reminder waits for {reason}" if reason else ""
    return f"partner until {day_and_time(case.reply_window_ends_at, now)}{late}"


def _owed_under_hold(desk: Desk, case: Case, now: datetime) -> str:
    """The partner wrote under the hold: that is owed an answer all the same."""
    if case.status not in {Status.NEW, Status.OPEN}:
        return ""
    promised = response_due(promises_of(desk, case))
    return f"{_us(desk, case, now)}; " if promised is not None and promised.owed.is_running else ""


def _us(desk: Desk, case: Case, now: datetime) -> str:
    """With the time at which the partner was promised an answer."""
    promised = response_due(promises_of(desk, case))
    if promised is None or promised.due_at is None:
        return US
    return f"us{', late since' if promised.is_broken(now) else ' until'} {day_and_time(promised.due_at, now)}"
