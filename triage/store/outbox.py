"""The outbox: every mail and page, committed with the decision, sent after the commit, each attempt recorded.

States: pending -> claimed (with a lease) -> delivered | failed | withdrawn, or back to pending with a later instant. A claimed row
whose lease is over is claimed again: the other side sees the same Message-ID or key (crash states S4 and S5).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.deliveries import Channel, Delivery, DeliveryState, Lane, Outgoing, Settlement
from triage.store.database import Store
from triage.store.times import to_datetime, to_datetime_or_none, to_text, to_text_or_none

LEASE = timedelta(minutes=2)
"""Longer than any one attempt may take."""

_COLUMNS = """id, key, channel, purpose, lane, case_number, page_id, generation, recipients, message_id, mail, payload, state, attempts,
    next_attempt_at, not_after, result, created_at, settled_at"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    delivery: Delivery
    state: DeliveryState
    next_attempt_at: datetime | None
    result: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    outbox_id: int
    at: datetime
    outcome: str
    detail: str


LONGEST_WAIT = timedelta(hours=1)
"""From one attempt to the next: what a server may ask for at most."""


def add(store: Store, outgoing: Outgoing, now: datetime) -> int | None:
    """Inside a write transaction: the row's id; None when this key was decided before (then nothing happens twice)."""
    cursor = store.connection.execute(
        "INSERT INTO outbox (key, channel, purpose, lane, case_number, page_id, generation, recipients, message_id, mail, payload, state,"
        " next_attempt_at, not_after, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (
            outgoing.key,
            outgoing.channel.value,
            outgoing.purpose,
            int(outgoing.lane),
            outgoing.case_number,
            outgoing.page_id,
            outgoing.generation,
            json.dumps(outgoing.recipients),
            outgoing.message_id,
            outgoing.mail or None,
            json.dumps(outgoing.payload, ensure_ascii=False),
            to_text(outgoing.not_before or now),
            to_text_or_none(outgoing.not_after),
            to_text(now),
        ),
    )
    return cursor.lastrowid if cursor.rowcount == 1 else None


def due(
    store: Store, channels: Sequence[Channel], now: datetime, limit: int, lanes: tuple[Lane, Lane] = (Lane.PAGE, Lane.COSMETIC)
) -> list[Delivery]:
    """What may be sent now, by lane (from one to another), then by time; a claimed row only when its lease is over."""
    marks = ", ".join("?" * len(channels))
    rows = store.connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE next_attempt_at IS NOT NULL AND next_attempt_at <= ? AND channel IN ({marks})"
        " AND lane BETWEEN ? AND ? ORDER BY lane, next_attempt_at, id LIMIT ?",
        (to_text(now), *(channel.value for channel in channels), *map(int, lanes), limit),
    )
    return [_delivery(row) for row in rows]


def mails_attempted(store: Store, since: datetime, most: int) -> int:
    """How many attempts have handed a mail, or a page by mail, to the submission server since then; counted up to `most`. Only the latest
    attempts are looked at: each mail has one, its copy in Sent another, its page perhaps a third."""
    row = store.connection.execute(
        "SELECT count(*) AS n FROM attempts JOIN outbox ON outbox.id = outbox_id"
        " WHERE attempts.id > (SELECT max(id) FROM attempts) - ? AND at > ?"
        " AND (channel = 'mail' OR (channel = 'page' AND json_extract(payload, '$.planned.medium') = 'mail'))",
        (4 * most, to_text(since)),
    ).fetchone()
    return min(int(row["n"]), most)


def added_since(store: Store, beginning: str, since: datetime) -> int:
    """How many rows whose keys begin like this were put in since an instant."""
    row = store.connection.execute(
        "SELECT count(*) AS n FROM outbox WHERE key >= ? AND key < ? AND created_at >= ?",
        (beginning, beginning + "\U0010ffff", to_text(since)),
    ).fetchone()
    return int(row["n"])


def claim(store: Store, outbox_id: int, now: datetime) -> None:
    """Inside a write transaction: for a claimed row `next_attempt_at` is the end of the lease."""
    store.connection.execute(
        "UPDATE outbox SET state = 'claimed', attempts = attempts + 1, next_attempt_at = ? WHERE id = ?", (to_text(now + LEASE), outbox_id)
    )


def postpone(store: Store, outbox_id: int, until: datetime) -> None:
    """Inside a write transaction: not now."""
    store.connection.execute("UPDATE outbox SET state = 'pending', next_attempt_at = ? WHERE id = ?", (to_text(until), outbox_id))


def release_leases(store: Store, now: datetime) -> None:
    """Inside a write transaction, at the start of the daemon: whoever held these is gone, as only one daemon holds the lock."""
    # Said twice for the index: what is claimed always has a next attempt.
    statement = "UPDATE outbox SET state = 'pending', next_attempt_at = ? WHERE next_attempt_at IS NOT NULL AND state = 'claimed'"
    store.connection.execute(statement, (to_text(now),))


def clock_jumped(store: Store, now: datetime) -> None:
    """Inside a write transaction: the wall clock was set. What waits longer than anything has to was dated by a clock that was ahead."""
    statement = "UPDATE outbox SET next_attempt_at = ? WHERE next_attempt_at > ? AND state = 'pending'"
    store.connection.execute(statement, (to_text(now), to_text(now + LONGEST_WAIT)))


def settle(store: Store, outbox_id: int, settlement: Settlement, now: datetime) -> bool:
    """Inside a write transaction. False when the row was settled already (the answer of an attempt whose lease was over)."""
    done = settlement.state not in {DeliveryState.PENDING, DeliveryState.CLAIMED}
    cursor = store.connection.execute(
        "UPDATE outbox SET state = ?, result = ?, next_attempt_at = ?, settled_at = ? WHERE id = ? AND settled_at IS NULL",
        (
            settlement.state.value,
            settlement.detail,
            None if done else to_text_or_none(settlement.next_attempt_at or now),
            to_text(now) if done else None,
            outbox_id,
        ),
    )
    return cursor.rowcount == 1


def withdraw_all(store: Store, reason: str, now: datetime) -> int:
    """Inside a write transaction: of what waits, nothing is sent any more; how much that was."""
    cursor = store.connection.execute(
        "UPDATE outbox SET state = 'withdrawn', result = ?, next_attempt_at = NULL, settled_at = ? WHERE next_attempt_at IS NOT NULL",
        (reason, to_text(now)),
    )
    return cursor.rowcount


def note_attempt(store: Store, outbox_id: int, outcome: str, detail: str, now: datetime) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO attempts (outbox_id, at, outcome, detail) VALUES (?, ?, ?, ?)", (outbox_id, to_text(now), outcome, detail)
    )


def sent_since(store: Store, outbox_id: int) -> list[tuple[int, Channel, str]]:
    """What was put in after this row: id, channel, purpose."""
    rows = store.connection.execute("SELECT id, channel, purpose FROM outbox WHERE id > ? ORDER BY id", (outbox_id,))
    return [(row["id"], Channel(row["channel"]), row["purpose"]) for row in rows]


def drop_bytes(store: Store, after: int) -> None:
    """Inside a write transaction of a replay, where nothing is ever sent: of what was put in after this row."""
    store.connection.execute("UPDATE outbox SET mail = NULL, payload = '{}' WHERE id > ? AND mail IS NOT NULL", (after,))


def by_message_id(store: Store, message_id: str) -> OutboxRow | None:
    row = store.connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE message_id = ? AND message_id != '' AND channel != 'sent-copy' ORDER BY id LIMIT 1",
        (message_id,),
    ).fetchone()
    return _outbox_row(row) if row else None


def get(store: Store, outbox_id: int) -> OutboxRow | None:
    row = store.connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (outbox_id,)).fetchone()
    return _outbox_row(row) if row else None


def of_case(store: Store, number: int) -> list[OutboxRow]:
    rows = store.connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE case_number = ? ORDER BY id", (number,))
    return [_outbox_row(row) for row in rows]


def of_keys(store: Store, beginning: str) -> list[OutboxRow]:
    """Everything whose key begins so, oldest first."""
    query = f"SELECT {_COLUMNS} FROM outbox WHERE key >= ? AND key < ? ORDER BY id"
    rows = store.connection.execute(query, (beginning, beginning + "\U0010ffff"))
    return [_outbox_row(row) for row in rows]


def of_page(store: Store, page_id: int) -> list[OutboxRow]:
    rows = store.connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE page_id = ? ORDER BY id", (page_id,))
    return [_outbox_row(row) for row in rows]


def unsettled(store: Store, limit: int = 200) -> list[OutboxRow]:
    rows = store.connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE next_attempt_at IS NOT NULL ORDER BY lane, next_attempt_at LIMIT ?",
        (limit,),
    )
    return [_outbox_row(row) for row in rows]


def latest(store: Store, limit: int = 200, *, failed: bool = False) -> list[OutboxRow]:
    where = "state = 'failed'" if failed else "1"
    rows = store.connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {where} ORDER BY id DESC LIMIT ?", (limit,))
    return [_outbox_row(row) for row in rows]


def attempts(store: Store, outbox_id: int) -> list[Attempt]:
    rows = store.connection.execute("SELECT outbox_id, at, outcome, detail FROM attempts WHERE outbox_id = ? ORDER BY id", (outbox_id,))
    return [Attempt(row["outbox_id"], to_datetime(row["at"]), row["outcome"], row["detail"]) for row in rows]


def highest_id(store: Store) -> int:
    row = store.connection.execute("SELECT max(id) AS highest FROM outbox").fetchone()
    return row["highest"] or 0


def next_due_at(store: Store) -> datetime | None:
    row = store.connection.execute("SELECT min(next_attempt_at) AS at FROM outbox WHERE next_attempt_at IS NOT NULL").fetchone()
    return to_datetime_or_none(row["at"])


def note_sent(store: Store, address: str, case_number: int | None, outbox_id: int, now: datetime, *, purpose: str) -> None:
    """Inside a write transaction: for the sliding-window budgets."""
    store.connection.execute(
        "INSERT INTO notices_sent (address, domain, at, case_number, purpose, outbox_id) VALUES (?, ?, ?, ?, ?, ?)",
        (address, address.rpartition("@")[2], to_text(now), case_number, purpose, outbox_id),
    )


def notices_since(store: Store, since: datetime, *, address: str = "", domain: str = "", case_number: int | None = None) -> int:
    """How many notices went to an address, to a domain or out for a case since an instant."""
    column, value = ("address", address) if address else ("domain", domain) if domain else ("case_number", case_number)
    row = store.connection.execute(
        f"SELECT count(*) AS n FROM notices_sent WHERE {column} = ? AND at >= ?",
        (value, to_text(since)),
    ).fetchone()
    return int(row["n"])


def _delivery(row: sqlite3.Row) -> Delivery:
    outgoing = Outgoing(
        key=row["key"],
        channel=Channel(row["channel"]),
        purpose=row["purpose"],
        lane=Lane(row["lane"]),
        case_number=row["case_number"],
        page_id=row["page_id"],
        generation=row["generation"],
        recipients=tuple(json.loads(row["recipients"])),
        message_id=row["message_id"],
        mail=bytes(row["mail"] or b""),
        payload=json.loads(row["payload"]),
        not_after=to_datetime_or_none(row["not_after"]),
    )
    return Delivery(row["id"], outgoing, row["attempts"], to_datetime(row["created_at"]))


def _outbox_row(row: sqlite3.Row) -> OutboxRow:
    return OutboxRow(
        delivery=_delivery(row),
        state=DeliveryState(row["state"]),
        next_attempt_at=to_datetime_or_none(row["next_attempt_at"]),
        result=row["result"],
        settled_at=to_datetime_or_none(row["settled_at"]),
    )
