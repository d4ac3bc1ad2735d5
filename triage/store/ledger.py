"""The ledger: one row for every message ever seen in a watched folder, with exactly one outcome; the raw bytes until they are not needed.

`add` is idempotent by (folder, UIDVALIDITY, UID). `decide` is compare-and-set: an outcome is never overwritten, except that a
quarantined message may be decided again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.mail.message import InboundMessage
from triage.core.outcomes import Outcome
from triage.core.seams import FetchedMessage
from triage.store.database import Store
from triage.store.times import to_datetime, to_datetime_or_none, to_text


@dataclass(frozen=True, slots=True)
class LedgerRow:
    id: int
    folder: str
    uidvalidity: int
    uid: int
    internaldate: datetime
    received_at: datetime
    message_id: str
    author: str
    subject: str
    outcome: Outcome | None
    reason: str
    case_number: int | None
    decided_at: datetime | None
    new_text: str
    facts: list[dict[str, object]]
    missing: list[str]
    attachments: list[dict[str, object]]
    defects: list[str]
    size: int


@dataclass(frozen=True, slots=True)
class SeenHeader:
    """A message of which only the header was looked at."""

    folder: str
    uidvalidity: int
    uid: int
    internaldate: datetime
    size: int
    header_hash: str
    message_id: str
    author: str
    subject: str


COLUMNS = """ledger.id, folder, uidvalidity, uid, internaldate, received_at, message_id, ledger.author, subject, outcome, reason,
    case_number, decided_at, new_text, facts, missing, attachments, defects, size"""


def add(store: Store, message: FetchedMessage, header_hash: str, now: datetime) -> int | None:
    """Inside a write transaction: the new row's id, raw bytes stored; None when this message is in the ledger already."""
    cursor = store.connection.execute(
        "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash, defects)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (folder, uidvalidity, uid) DO NOTHING",
        (
            message.folder,
            message.uidvalidity,
            message.uid,
            # A mail client may file a Sent copy with any INTERNALDATE it likes: the future is not one of them.
            to_text(min(message.internaldate, now)),
            to_text(now),
            max(message.size, len(message.raw)),
            header_hash,
            json.dumps([message.unread] if message.unread else [], ensure_ascii=False),
        ),
    )
    if cursor.rowcount == 0:
        return None
    assert cursor.lastrowid is not None  # noqa: S101 (sqlite3 sets it after an INSERT)
    store.connection.execute("INSERT INTO raw_messages (ledger_id, bytes) VALUES (?, ?)", (cursor.lastrowid, message.raw))
    return cursor.lastrowid


def known_uids(store: Store, folder: str, uidvalidity: int, above: int) -> set[int]:
    rows = store.connection.execute("SELECT uid FROM ledger WHERE folder = ? AND uidvalidity = ? AND uid > ?", (folder, uidvalidity, above))
    return {row["uid"] for row in rows}


def uids_between(store: Store, folder: str, uidvalidity: int, above: int, up_to: int, limit: int) -> list[int]:
    """Ascending."""
    cursor = store.connection.cursor()
    cursor.row_factory = None  # once an hour these are all UIDs there ever were
    rows = cursor.execute(
        "SELECT uid FROM ledger WHERE folder = ? AND uidvalidity = ? AND uid > ? AND uid <= ? ORDER BY uid LIMIT ?",
        (folder, uidvalidity, above, up_to, limit),
    )
    return [uid for (uid,) in rows]


def undecided(store: Store) -> list[int]:
    """Ids of messages without an outcome, oldest first by the server's time."""
    rows = store.connection.execute("SELECT id FROM ledger WHERE outcome IS NULL ORDER BY internaldate, id")
    return [row["id"] for row in rows]


def undecided_since(store: Store, instant: datetime) -> int:
    """How many messages were taken in before that instant and have no outcome yet."""
    found = store.connection.execute("SELECT count(*) AS n FROM ledger WHERE outcome IS NULL AND received_at <= ?", (to_text(instant),))
    return int(found.fetchone()["n"])


def row(store: Store, ledger_id: int) -> LedgerRow:
    found = store.connection.execute(f"SELECT {COLUMNS} FROM ledger WHERE ledger.id = ?", (ledger_id,)).fetchone()
    if found is None:
        raise KeyError(ledger_id)
    return read_row(found)


def place(store: Store, ledger_id: int) -> tuple[str, int]:
    """Folder and UID."""
    found = store.connection.execute("SELECT folder, uid FROM ledger WHERE id = ?", (ledger_id,)).fetchone()
    return found["folder"], found["uid"]


def of_case(store: Store, case_number: int) -> list[LedgerRow]:
    rows = store.connection.execute(f"SELECT {COLUMNS} FROM ledger WHERE case_number = ? ORDER BY internaldate, ledger.id", (case_number,))
    return [read_row(found) for found in rows]


def members(store: Store) -> dict[int, set[str]]:
    """Message-IDs of the mails on every case; of one without an id, its place in the mailbox. Our own mails are left out."""
    found: dict[int, set[str]] = {}
    rows = store.connection.execute(
        "SELECT case_number, message_id, folder, uid FROM ledger WHERE case_number IS NOT NULL AND outcome NOT IN ('own', 'duplicate')"
    )
    for row in rows:
        found.setdefault(row["case_number"], set()).add(row["message_id"] or f"{row['folder']}/{row['uid']}")
    return found


def raw(store: Store, ledger_id: int) -> bytes:
    """The bytes as received; empty when they are not kept any more."""
    found = store.connection.execute("SELECT bytes FROM raw_messages WHERE ledger_id = ?", (ledger_id,)).fetchone()
    return bytes(found["bytes"]) if found else b""


def kept_since(store: Store, since: datetime) -> list[tuple[int, datetime, str, int | None]]:
    """Decided messages whose bytes are still there, in the order of the server's time: id, time, folder, case."""
    rows = store.connection.execute(
        "SELECT ledger.id AS id, internaldate, folder, case_number FROM ledger JOIN raw_messages ON raw_messages.ledger_id = ledger.id"
        " WHERE internaldate >= ? AND outcome IS NOT NULL ORDER BY internaldate, ledger.id",
        (to_text(since),),
    )
    return [(row["id"], to_datetime(row["internaldate"]), row["folder"], row["case_number"]) for row in rows]


def drop_raw(store: Store, ledger_id: int) -> None:
    """Inside a write transaction: the bytes of a decided message are not kept any longer."""
    store.connection.execute("DELETE FROM raw_messages WHERE ledger_id = ?", (ledger_id,))


def twin(store: Store, identity: str, except_id: int) -> LedgerRow | None:
    """An earlier decided message with the same Message-ID and content, not itself a duplicate.

    "Not empty" is said in the statement because the index is a partial one: without it every message would read the whole ledger.
    """
    found = store.connection.execute(
        f"SELECT {COLUMNS} FROM ledger WHERE identity = ? AND identity != '' AND ledger.id != ? AND outcome IS NOT NULL"
        " AND outcome NOT IN ('duplicate', 'quarantined') ORDER BY ledger.id LIMIT 1",
        (identity, except_id),
    ).fetchone()
    return read_row(found) if found else None


def other_of_same_id(store: Store, message_id: str, identity: str, except_id: int) -> int | None:
    """An earlier message, not history, that bears the same Message-ID and says something else."""
    found = store.connection.execute(
        "SELECT id FROM ledger WHERE message_id = ? AND message_id != '' AND identity != '' AND identity != ? AND id != ? LIMIT 1",
        (message_id, identity, except_id),
    ).fetchone()
    return int(found["id"]) if found else None


def on_case_by_message_id(store: Store, message_ids: Sequence[str], case_number: int) -> int | None:
    """The message of this case that bears the first of these ids that any of its messages bears."""
    for one in message_ids:
        found = store.connection.execute(
            "SELECT id FROM ledger WHERE message_id = ? AND message_id != '' AND case_number = ? ORDER BY id LIMIT 1", (one, case_number)
        ).fetchone()
        if found is not None:
            return int(found["id"])
    return None


def known_headers(store: Store, hashes: Sequence[str]) -> frozenset[str]:
    """Which of these header hashes belong to messages that are in the ledger, in any folder, under any UIDVALIDITY."""
    known: set[str] = set()
    for one in hashes:
        if store.connection.execute("SELECT 1 FROM ledger WHERE header_hash = ? LIMIT 1", (one,)).fetchone():
            known.add(one)
    return frozenset(known)


def add_settled(
    store: Store,
    seen: SeenHeader,
    outcome: Outcome,
    reason: str,
    now: datetime,
    *,
    new_text: str = "",
    case_number: int | None = None,
    raw: bytes = b"",
) -> int | None:
    """Inside a write transaction: a message known by its header only (history, known from before a UIDVALIDITY change, or our own, whose
    text and bytes are at hand). The new row's id; None when this message is in the ledger already."""
    cursor = store.connection.execute(
        "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash, message_id, author, subject, outcome,"
        " reason, decided_at, new_text, case_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (folder, uidvalidity, uid) DO NOTHING",
        (
            seen.folder,
            seen.uidvalidity,
            seen.uid,
            to_text(seen.internaldate),
            to_text(now),
            seen.size,
            seen.header_hash,
            seen.message_id,
            seen.author,
            seen.subject[:1000],
            outcome.value,
            reason,
            to_text(now),
            new_text,
            case_number,
        ),
    )
    if cursor.rowcount == 0:
        return None
    if raw:
        store.connection.execute("INSERT INTO raw_messages (ledger_id, bytes) VALUES (?, ?)", (cursor.lastrowid, raw))
    return cursor.lastrowid


def describe(store: Store, ledger_id: int, message: InboundMessage, identity: str) -> None:
    """Inside a write transaction: what was understood, as text that may be shown (masked)."""
    attachments = [{"name": one.name, "type": one.content_type, "size": one.size} for one in message.attachments]
    facts = [{"kind": f.kind.value, "value": f.value, "label": f.label, "span": list(f.span)} for f in message.facts]
    store.connection.execute(
        "UPDATE ledger SET message_id = ?, author = ?, subject = ?, new_text = ?, facts = ?, missing = ?, attachments = ?, defects = ?,"
        " identity = ? WHERE id = ?",
        (
            message.message_id,
            message.author.address,
            message.subject[:1000],
            message.new_text,
            json.dumps(facts, ensure_ascii=False),
            json.dumps([item.value for item in message.missing]),
            json.dumps(attachments, ensure_ascii=False),
            json.dumps(message.defects, ensure_ascii=False),
            identity,
            ledger_id,
        ),
    )


def note_returned(store: Store, ledger_id: int, message_id: str) -> None:
    """Inside the write transaction that decides the message: it reports that the mail with that Message-ID did not arrive."""
    store.connection.execute("UPDATE ledger SET returned_id = ? WHERE id = ?", (message_id, ledger_id))


def returned(store: Store, message_id: str) -> list[LedgerRow]:
    """Reports that this mail did not arrive, oldest first."""
    rows = store.connection.execute(
        f"SELECT {COLUMNS} FROM ledger WHERE returned_id = ? AND returned_id != '' ORDER BY ledger.id", (message_id,)
    )
    return [read_row(found) for found in rows]


def join(store: Store, ledger_id: int, case_number: int) -> None:
    """Inside the write transaction that decides the message: a page made in it shows the facts of the mail that causes it."""
    store.connection.execute("UPDATE ledger SET case_number = ? WHERE id = ?", (case_number, ledger_id))


def decide(store: Store, ledger_id: int, outcome: Outcome, reason: str, case_number: int | None, now: datetime) -> bool:
    """Inside a write transaction: give the one outcome. False when it has one already (another than quarantined)."""
    cursor = store.connection.execute(
        "UPDATE ledger SET outcome = ?, reason = ?, case_number = ?, decided_at = ?"
        " WHERE id = ? AND (outcome IS NULL OR outcome = 'quarantined')",
        (outcome.value, reason, case_number, to_text(now), ledger_id),
    )
    return cursor.rowcount == 1


def move(store: Store, ledger_ids: Collection[int], case_number: int) -> None:
    """Inside a write transaction: these messages are another case's from now on (split). How they ended stays as it was."""
    store.connection.executemany("UPDATE ledger SET case_number = ? WHERE id = ?", [(case_number, one) for one in ledger_ids])


def move_all(store: Store, case_number: int, into: int) -> None:
    """Inside a write transaction: all messages of a case are another one's from now on (merge)."""
    store.connection.execute("UPDATE ledger SET case_number = ? WHERE case_number = ?", (into, case_number))


def copies(store: Store, ledger_id: int) -> frozenset[int]:
    """The message and everything on the same case that is the same mail: a copy in another folder."""
    rows = store.connection.execute(
        "SELECT other.id FROM ledger AS this JOIN ledger AS other"
        " ON other.case_number = this.case_number AND other.identity = this.identity"
        " WHERE this.id = ? AND this.identity != ''",
        (ledger_id,),
    )
    return frozenset({ledger_id, *(row["id"] for row in rows)})


def unproven_since(store: Store, instant: datetime) -> list[LedgerRow]:
    """Mail that said it was the team's and could not prove it, on a case or with commands for none, oldest first."""
    rows = store.connection.execute(
        f"SELECT {COLUMNS} FROM ledger WHERE outcome IN ('team-comment', 'command') AND decided_at >= ?"
        " AND (reason LIKE 'unproven team mail%' OR reason LIKE 'commands refused: unproven%') ORDER BY internaldate, ledger.id",
        (to_text(instant),),
    )
    return [read_row(found) for found in rows]


def unread_before(store: Store, instant: datetime, addresses: Iterable[str], domains: Collection[str]) -> str:
    """Why a case with these participants may not be closed yet: "" or words for people (promise 4).

    An undecided message may belong to any case. A quarantined one holds back the cases of its author, or all when it is not known.
    """
    pending = store.connection.execute(
        "SELECT count(*) AS n FROM ledger WHERE outcome IS NULL AND internaldate <= ?", (to_text(instant),)
    ).fetchone()
    if pending["n"]:
        return f"{pending['n']} unread message{'s' if pending['n'] != 1 else ''}"
    marks = set(addresses)
    rows = store.connection.execute(
        "SELECT quarantine.author FROM ledger JOIN quarantine ON quarantine.ledger_id = ledger.id"
        " WHERE outcome = 'quarantined' AND internaldate <= ?",
        (to_text(instant),),
    )
    for found in rows:
        author = found["author"]
        if not author or author in marks or author.rpartition("@")[2] in domains:
            return "a quarantined message that may be the partner's answer"
    return ""


def read_row(found: object) -> LedgerRow:
    value = dict(found)  # type: ignore[call-overload]  # sqlite3.Row is a mapping to dict() but not to mypy
    value["internaldate"] = to_datetime(value["internaldate"])
    value["received_at"] = to_datetime(value["received_at"])
    value["decided_at"] = to_datetime_or_none(value["decided_at"])
    value["outcome"] = Outcome(value["outcome"]) if value["outcome"] else None
    value["facts"] = json.loads(value["facts"])
    value["missing"] = json.loads(value["missing"])
    value["attachments"] = json.loads(value["attachments"])
    value["defects"] = json.loads(value["defects"])
    return LedgerRow(**{name: value[name] for name in LedgerRow.__slots__})
