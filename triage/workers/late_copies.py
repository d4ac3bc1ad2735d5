"""Late copies: a reply of the team whose copy comes, or is filed, when the partner has answered it already.

The server's time of such a copy says when it was filed, not when the reply was written. What a partner's message refers to is older than
that message, whatever came first; so the reply is overtaken, and nobody is waited for. Called by judging.py and partner_mail.py.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.mail.identity import header_of
from triage.core.mail.parse import parse
from triage.core.outcomes import Outcome
from triage.store import cases, ledger
from triage.workers.desk import Desk

_OF_PARTNERS = frozenset({Outcome.CASE, Outcome.FOLLOW_UP})


def written_until(desk: Desk, number: int, message_id: str, at: datetime) -> datetime:
    """When a mail of the team on this case was written at the latest; `at` is the server's time of its copy.

    Of messages whose bytes are not kept any more nobody can tell what they answered.
    """
    if not message_id or not cases.by_message_ids(desk.store, [message_id]):
        return at
    rows = [row for row in ledger.of_case(desk.store, number) if row.outcome in _OF_PARTNERS and row.internaldate < at]
    return next((row.internaldate for row in rows if refers(desk, row.id, message_id)), at)


def refers(desk: Desk, ledger_id: int, message_id: str) -> bool:
    """Whether this message answers that one, or another of its thread; False where its bytes are not kept any more."""
    raw = ledger.raw(desk.store, ledger_id)
    if not raw:
        return False
    message = parse(header_of(raw), desk.config.limits)
    return message_id in (*message.in_reply_to, *message.references)
