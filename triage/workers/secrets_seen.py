"""Secrets seen: a mail held a token, a key or a password. The case says so, and the team is told to have it revoked, once per message.

Only ever names the kind of a secret, never its value. What a mail merely quotes from one that the team was told of already is not told
again. Called by intake.py, inside the write transaction of the message.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.mail.masking import STARS
from triage.core.mail.message import InboundMessage
from triage.core.outcomes import Outcome
from triage.store import journal
from triage.store.ledger import LedgerRow
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.warning import warn_team

_SEEN = "a secret was seen in this mail"
_TOLD_OF = frozenset({Outcome.CASE, Outcome.FOLLOW_UP, Outcome.TEAM_REPLY, Outcome.TEAM_COMMENT, Outcome.COMMAND, Outcome.AUTOMATIC})
_NO_CREDENTIALS = frozenset({"IBAN"})
"""Masked, too, but there is nothing to revoke: partners of a bank write about accounts all day."""


def tell_of_secrets(desk: Desk, row: LedgerRow, message: InboundMessage, outcome: Outcome, case_number: int | None, now: datetime) -> None:
    """Inside a write transaction, once the message has been judged."""
    kinds = tuple(kind for kind in message.secrets_seen if kind not in _NO_CREDENTIALS)
    if not kinds or outcome not in _TOLD_OF or _is_only_quoted(desk, message, case_number):
        return
    named = ", ".join(kinds)
    if case_number is not None:
        event = Event(EventKind.NOTED, row.internaldate, actor="triage")
        casework.apply_to(desk, case_number, event, now, Cause(row.id, detail=f"{_SEEN}: {named}; have it revoked"))
    on_case = f" on case #{case_number}" if case_number is not None else ""
    warn_team(
        desk,
        f"secret/{row.id}",
        "a secret in a mail: have it revoked",
        f"The mail of {row.internaldate:%Y-%m-%d %H:%M} UTC by {message.author.address or 'an unnamed author'}{on_case} holds what looks"
        f" like: {named}.\n\ntriage shows it masked everywhere. The mailbox and the store hold the mail as it came, so whoever may read"
        " them can use it: ask its owner to revoke it, and to leave such things out of mails.",
        now,
        case_number=case_number,
    )


def _is_only_quoted(desk: Desk, message: InboundMessage, case_number: int | None) -> bool:
    if case_number is None or STARS in message.new_text or STARS in message.subject:
        return False
    return any(entry.detail.startswith(_SEEN) for entry in journal.of_case(desk.store, case_number))
