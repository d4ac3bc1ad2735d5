"""How a case stands, in lines for a team member's mail: severity, status, whose turn it is and until when. Never for partners.

Pure. Called by workers/command_answers.py.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case, Status
from triage.core.wording.spans import ago, moment, until


def state_lines(case: Case, page: str, now: datetime) -> tuple[str, ...]:
    """`page`: how the open page of the case stands, in words; "" when nobody is being paged."""
    lines = [f"Severity {case.severity}, {case.status.value}{_turn(case, now)}"]
    if case.hold_until is not None:
        lines.append(f"On hold: not closed before {moment(case.hold_until, now)} UTC")
    if case.no_auto_close:
        lines.append("Never closed by the clock")
    if page:
        lines.append(f"Page: {page}")
    if case.assigned_to:
        lines.append(f"Assigned to {case.assigned_to}")
    if case.tags:
        lines.append(f"Tags: {', '.join(case.tags)}")
    return tuple(lines)


def _turn(case: Case, now: datetime) -> str:
    if case.status is Status.CLOSED:
        return f" since {ago(case.closed_at, now)} ({moment(case.closed_at, now)} UTC)" if case.closed_at else ""
    if case.status is Status.PENDING and case.reply_window_ends_at is not None:
        return f": waits for the partner, whose reply window ends {until(case.reply_window_ends_at, now)}"
    return ": waits for us"
