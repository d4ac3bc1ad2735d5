"""The mailroom puts a notice into the outbox, finished to its last byte, in the transaction that decided it.

Never sends anything itself, never decides that a notice is due, and asks `manners` before it writes to anybody; what the notice says is
written by `notice_drafts`. Called by casework.py, and by paging.py for `taken`.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.events import Effect, NoticeKind
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import compose
from triage.store import cases, outbox
from triage.workers import manners, notice_drafts
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion
from triage.workers.warning import warn_team

SAID_ALREADY = "said already"
_RECEIPTS = frozenset({NoticeKind.RECEIPT, NoticeKind.SEVERITY_1})
"""What a rule forbids with `receipt = false`."""


def send_notice(desk: Desk, case: Case, effect: Effect, occasion: Occasion, now: datetime) -> str:
    """Inside a write transaction: compose and queue. Returns "" or why no notice is sent (for the journal)."""
    assert effect.notice is not None  # noqa: S101 (the effects of transitions.py carry one)
    if effect.notice in _RECEIPTS and occasion.receipt is False:
        return "a rule says so"
    chosen = notice_drafts.writing(desk, case, effect.notice, occasion)
    recipient = notice_drafts.recipient_of(case, chosen.kind, occasion)
    if objection := manners.objection(desk, case, recipient, occasion.message, now):
        return objection
    try:
        draft = notice_drafts.write(desk, case, effect, chosen, occasion, now)
    except PermanentFailure as failure:
        return untold(desk, chosen.template, failure, now)
    outgoing = Outgoing(
        key=f"notice/{case.number}/{chosen.kind.value}/{effect.generation}",
        channel=Channel.MAIL,
        purpose=chosen.kind.value,
        lane=Lane.URGENT if case.severity == 1 else Lane.NORMAL,
        case_number=case.number,
        generation=effect.generation,
        recipients=draft.to,
        message_id=draft.message_id,
        mail=compose(draft),
    )
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is None:
        return SAID_ALREADY
    outbox.note_sent(desk.store, recipient, case.number, outbox_id, now, purpose=chosen.kind.value)
    cases.add_thread(desk.store, case.number, (draft.message_id,))
    return ""


def untold(desk: Desk, template: str, failure: PermanentFailure, now: datetime) -> str:
    """Inside a write transaction: a template that does not render costs its notice, never the case or the page; operators hear of it once
    a day."""
    problem = failure.message
    text = f"{problem}\n\nThe notice is not sent; cases and pages go on. Mend rules/notices/{template}.txt: it counts from the next save."
    warn_team(desk, f"template/{template}/{now.date()}", f"the notice {template} cannot be written", text, now)
    return problem
