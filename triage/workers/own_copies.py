"""Own copies: our own mails that come back through the Sent folder, known by their headers, so that none is fetched or parsed again.

Decides which headers those are: our signed Message-ID, our address, and a row of the outbox that has every byte. Everything else in Sent is
fetched and judged like any mail. `is_known` is asked on the mailbox thread, `record` writes on the engine's (intake.py); judging.py uses
`seen_again` for own mails that were fetched all the same.
"""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes

from triage.core.deliveries import DeliveryState, Settlement
from triage.core.mail.masking import mask
from triage.core.mail.own_ids import OwnId, read_message_id
from triage.core.outcomes import Outcome
from triage.store import cases, ledger, outbox
from triage.store.database import Store
from triage.store.ledger import SeenHeader
from triage.store.outbox import OutboxRow
from triage.workers.desk import Desk

REASON = "one of our own mails"


def read_own_id(desk: Desk, message_id: str) -> OwnId | None:
    """None for an id that we have not signed."""
    return read_message_id(message_id, desk.keys, {desk.config.instance.id_domain})


def is_known(desk: Desk, store: Store, seen: SeenHeader) -> bool:
    """`store` is a reading connection of the calling thread."""
    if not desk.is_shared_mailbox(seen.author) or read_own_id(desk, seen.message_id) is None:
        return False
    sent = outbox.by_message_id(store, seen.message_id)
    return sent is not None and bool(sent.delivery.outgoing.mail)


def record(desk: Desk, seen: SeenHeader, now: datetime) -> tuple[int, int | None] | None:
    """Inside a write transaction: the message with its outcome, as if it had been read. Ledger row and case; None when it is in the ledger
    already."""
    own = read_own_id(desk, seen.message_id)
    sent = _settled(desk, own, seen.message_id, now)
    number = _case_of(desk, own)
    raw = sent.delivery.outgoing.mail if sent is not None else b""
    text = mask(_text_of(raw)).text
    ledger_id = ledger.add_settled(desk.store, seen, Outcome.OWN, REASON, now, new_text=text, case_number=number, raw=raw)
    return None if ledger_id is None else (ledger_id, number)


def seen_again(desk: Desk, message_id: str, now: datetime, *, in_sent: bool) -> int | None:
    """Inside a write transaction: the case that it is about."""
    own = read_own_id(desk, message_id)
    if in_sent:
        _settled(desk, own, message_id, now)
    return _case_of(desk, own)


def _settled(desk: Desk, own: OwnId | None, message_id: str, now: datetime) -> OutboxRow | None:
    """The server has filed it, so it was accepted, whatever became of the answer to our DATA."""
    sent = outbox.by_message_id(desk.store, message_id) if own else None
    if sent is not None:
        outbox.settle(desk.store, sent.delivery.id, Settlement(DeliveryState.DELIVERED, "seen in the Sent folder"), now)
    return sent


def _case_of(desk: Desk, own: OwnId | None) -> int | None:
    case = cases.get_final(desk.store, own.case_number) if own and own.case_number else None
    return case.case.number if case else None


def _text_of(mail: bytes) -> str:
    """Of a mail that `compose` has written: what comes first in it is its text, in UTF-8."""
    for part in message_from_bytes(mail).walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
    return ""
