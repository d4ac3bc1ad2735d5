"""Quarantine: messages that could not be read or judged. Their rows stay in the ledger, their bytes are kept.

Decides nothing: what is set aside, and when it comes back, is said by intake.py (a mail that cannot be judged) and by people (`triage
quarantine`). What it holds back is asked of the ledger (`unread_before`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.outcomes import Outcome
from triage.core.seams import UnfetchableMessage
from triage.store import ledger
from triage.store.database import Store
from triage.store.ledger import LedgerRow
from triage.store.times import to_text


@dataclass(frozen=True, slots=True)
class Quarantined:
    row: LedgerRow
    error: str
    replays: int


def add_unfetchable(store: Store, message: UnfetchableMessage, author: str, subject: str, now: datetime) -> bool:
    """Inside a write transaction: quarantined without bytes; `forget` asks for it again. False when it is in the ledger already. `author`
    and `subject` as in `put`."""
    cursor = store.connection.execute(
        "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash) VALUES (?, ?, ?, ?, ?, 0, '')"
        " ON CONFLICT (folder, uidvalidity, uid) DO NOTHING",
        (message.folder, message.uidvalidity, message.uid, to_text(message.internaldate or now), to_text(now)),
    )
    if not cursor.rowcount or cursor.lastrowid is None:
        return False
    put(store, cursor.lastrowid, message.error, author, subject, now)
    return True


def forget(store: Store, ledger_id: int) -> None:
    """Inside a write transaction: drop the row of a quarantined message without bytes, so that the next sweep fetches it again."""
    store.connection.execute("DELETE FROM ledger WHERE id = ? AND outcome = 'quarantined'", (ledger_id,))


def put(store: Store, ledger_id: int, error: str, author: str, subject: str, now: datetime) -> None:
    """Inside a write transaction: set aside with the error. `author` and `subject` (masked) are the best guess: for holding back closings,
    and for people who look at the list."""
    ledger.decide(store, ledger_id, Outcome.QUARANTINED, error, None, now)
    store.connection.execute("UPDATE ledger SET author = ?, subject = ? WHERE id = ?", (author, subject[:1000], ledger_id))
    store.connection.execute(
        "INSERT INTO quarantine (ledger_id, error, author, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (ledger_id) DO UPDATE SET error = excluded.error, replays = replays + 1, at = excluded.at",
        (ledger_id, error, author, to_text(now)),
    )


def release(store: Store, ledger_id: int) -> bool:
    """Inside a write transaction: take a message out of quarantine, undecided again. False when it is not there."""
    cursor = store.connection.execute(
        "UPDATE ledger SET outcome = NULL, decided_at = NULL, reason = '' WHERE id = ? AND outcome = 'quarantined'", (ledger_id,)
    )
    return cursor.rowcount == 1


def everything(store: Store, limit: int = -1, first: int = 0) -> list[Quarantined]:
    """The oldest first; all of it without a limit. `first`: so many are left out."""
    rows = store.connection.execute(
        f"SELECT {ledger.COLUMNS}, quarantine.error, quarantine.replays FROM ledger"
        " JOIN quarantine ON quarantine.ledger_id = ledger.id WHERE outcome = 'quarantined' ORDER BY ledger.id LIMIT ? OFFSET ?",
        (limit, first),
    )
    return [Quarantined(ledger.read_row(found), found["error"], found["replays"]) for found in rows]
