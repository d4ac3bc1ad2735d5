"""How a case stands, row by row: whose turn it is, what runs, who takes part. For the head of a story and of a board page."""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case
from triage.core.incidents.raising import FIELD
from triage.core.wording.plain import plain
from triage.core.wording.spans import ago, moment, until
from triage.store import cases
from triage.workers import incident_raise
from triage.workers.desk import Desk
from triage.workers.known import known_of
from triage.workers.views.deliveries import fate
from triage.workers.views.waiting import waiting_for


def state_rows(desk: Desk, case: Case, now: datetime) -> dict[str, str]:
    """Name to words, only those that say something."""
    rows = {
        "waits for": waiting_for(desk, case, now),
        "reply window": f"ends {until(case.reply_window_ends_at, now)}" if case.reply_window_ends_at else "",
        "reminder": f"due {until(case.remind_at, now)}" if case.remind_at else "",
        "hold": f"ends {until(case.hold_until, now)}" if case.hold_until else "",
        "auto-close": "never by the clock" if case.no_auto_close else "",
        "closed": f"{ago(case.closed_at, now)} ({moment(case.closed_at, now)} UTC)" if case.closed_at else "",
        "assigned to": plain(case.assigned_to),
        "tags": ", ".join(case.tags),
        "incident": _incident_of(desk, case, now),
        "participants": ", ".join(map(plain, sorted(cases.participants(desk.store, case.number)))),
        "continues": f"#{case.follows}" if case.follows else "",
        "still lacks": ", ".join(item.value.replace("_", " ") for item in known_of(desk, case.number).missing),
        "re-opened": f"{case.reopenings} times" if case.reopenings > 1 else "once" if case.reopenings else "",
    }
    return {name: value for name, value in rows.items() if value}


def _incident_of(desk: Desk, case: Case, now: datetime) -> str:
    """Its address; before that, what became of the request."""
    if FIELD in case.fields:
        return plain(case.fields[FIELD])
    asked = incident_raise.requests(desk, case.number)
    return fate(asked[-1], now) if asked else ""
