"""What became of a mail, a page or a request on its way out, in words. Values in, words out. Called by the command line and the board."""

from __future__ import annotations

from datetime import datetime

from triage.core.wording.plain import plain
from triage.core.wording.spans import until
from triage.store.outbox import OutboxRow


def fate(row: OutboxRow, now: datetime) -> str:
    """`delivered (250 ok)`, `trying again in 30 s after 2 attempts (...)`, `FAILED after 3 attempts (550 no such user)`."""
    attempts = row.delivery.attempts
    tried = f" after {attempts} attempt{'s' if attempts != 1 else ''}" if attempts else ""
    why = f" ({plain(row.result)})" if row.result else ""
    if row.settled_at is not None:
        state = "FAILED" if row.state.value == "failed" else row.state.value
        return f"{state}{tried if attempts > 1 or state == 'FAILED' else ''}{why}"
    if row.state.value == "claimed":
        return f"being sent, attempt {attempts}"
    if row.next_attempt_at is not None and row.next_attempt_at > now:
        return f"next attempt {until(row.next_attempt_at, now)}{tried}{why}"
    return f"about to be sent{tried}{why}"
