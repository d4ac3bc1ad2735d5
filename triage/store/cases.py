"""Cases, their participants and the ids that thread their mail. A case row is compare-and-set by `version`.

The columns are what is searched for; `value` is the whole case (see core/cases/journal.py: folding the journal gives the same).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case, Status, next_deadline
from triage.core.cases.journal import read_case, to_json
from triage.core.failures import TemporaryFailure
from triage.store.database import Store
from triage.store.times import to_datetime, to_text, to_text_or_none


@dataclass(frozen=True, slots=True)
class StoredCase:
    case: Case
    version: int
    updated_at: datetime


MAX_REDIRECTS = 20
"""merge makes no cycles; this bounds the walk all the same."""


class CaseChanged(TemporaryFailure):
    """Somebody else changed the case between reading and writing: read it again and decide anew."""


def next_number(store: Store, first: int) -> int:
    """Inside a write transaction: the number of the next case."""
    row = store.connection.execute("SELECT max(number) AS highest FROM cases").fetchone()
    return max(first, (row["highest"] or 0) + 1)


def insert(store: Store, case: Case, now: datetime) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO cases (number, version, status, severity, partner, requester, subject, opened_at, updated_at, next_deadline_at,"
        " promise_at, value) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            case.number,
            case.status.value,
            case.severity,
            case.partner,
            case.requester,
            case.subject,
            to_text(case.opened_at),
            to_text(now),
            to_text_or_none(next_deadline(case)),
            to_text(now),
            json.dumps(to_json(case), ensure_ascii=False),
        ),
    )


def update(store: Store, case: Case, version: int, now: datetime) -> None:
    """Inside a write transaction. Raises CaseChanged when the case is not at `version` any more."""
    cursor = store.connection.execute(
        "UPDATE cases SET version = version + 1, status = ?, severity = ?, partner = ?, requester = ?, subject = ?, updated_at = ?,"
        " next_deadline_at = ?, promise_at = ?, merged_into = ?, value = ? WHERE number = ? AND version = ?",
        (
            case.status.value,
            case.severity,
            case.partner,
            case.requester,
            case.subject,
            to_text(now),
            to_text_or_none(next_deadline(case)),
            to_text(now),
            case.merged_into,
            json.dumps(to_json(case), ensure_ascii=False),
            case.number,
            version,
        ),
    )
    if cursor.rowcount != 1:
        raise CaseChanged(f"case #{case.number} was changed by somebody else at the same moment")


def get(store: Store, number: int) -> StoredCase | None:
    row = store.connection.execute("SELECT value, version, updated_at FROM cases WHERE number = ?", (number,)).fetchone()
    return _stored(row) if row else None


def get_existing(store: Store, number: int | None) -> StoredCase:
    """Raises KeyError when there is none of that number."""
    stored = get(store, number) if number is not None else None
    if stored is None:
        raise KeyError(number)
    return stored


def get_final(store: Store, number: int) -> StoredCase | None:
    """The case of that number or, when it was merged, the one it was merged into; redirects hold for ever."""
    found = get(store, number)
    for _ in range(MAX_REDIRECTS):
        if found is None or found.case.merged_into is None:
            break
        found = get(store, found.case.merged_into)
    return found


def continuations(store: Store, number: int) -> tuple[int, ...]:
    """The cases that were begun because this one had been closed too long ago, or what they live on as; the newest first."""
    rows = store.connection.execute("SELECT number FROM cases WHERE json_extract(value, '$.follows') = ? ORDER BY number DESC", (number,))
    found = [get_final(store, row["number"]) for row in rows.fetchall()]
    return tuple(dict.fromkeys(stored.case.number for stored in found if stored is not None))


def open_of_partner(store: Store, partner: str) -> int:
    row = store.connection.execute("SELECT count(*) AS n FROM cases WHERE partner = ? AND status != 'closed'", (partner,)).fetchone()
    return int(row["n"])


def count_open(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) AS n FROM cases WHERE status != 'closed'").fetchone()["n"])


def find(
    store: Store,
    *,
    status: Status | None = None,
    severity: int | None = None,
    partner: str = "",
    only_open: bool = False,
    limit: int = 200,
) -> list[StoredCase]:
    """The queue: worst first, then the longest untouched. `only_open`: whatever is not closed."""
    wanted = [
        ("status = ?", status.value if status else None),
        ("severity = ?", severity),
        ("partner = ?", partner or None),
    ]
    clauses = [(clause, value) for clause, value in wanted if value is not None]
    # By a literal: with a parameter SQLite cannot know that cases_open_by_severity has all there is to find.
    where = " AND ".join([*(clause for clause, _ in clauses), *(["status != 'closed'"] if only_open else [])]) or "1"
    rows = store.connection.execute(
        f"SELECT value, version, updated_at FROM cases WHERE {where} ORDER BY severity, updated_at LIMIT ?",
        (*(value for _, value in clauses), limit),
    )
    return [_stored(row) for row in rows]


def open_of_participant(store: Store, address: str, limit: int) -> list[StoredCase]:
    """The cases that are not closed and that this address takes part in, the oldest first."""
    rows = store.connection.execute(
        "SELECT value, version, updated_at FROM participants JOIN cases ON cases.number = participants.case_number"
        " WHERE address = ? AND status != 'closed' ORDER BY cases.number LIMIT ?",
        (address, limit),
    )
    return [_stored(row) for row in rows]


def each(store: Store) -> Iterator[Case]:
    """Every case, merged ones too, by number."""
    for row in store.connection.execute("SELECT value FROM cases ORDER BY number"):
        yield read_case(row["value"])


def due(store: Store, now: datetime, limit: int) -> list[StoredCase]:
    rows = store.connection.execute(
        "SELECT value, version, updated_at FROM cases WHERE next_deadline_at <= ? ORDER BY next_deadline_at LIMIT ?", (to_text(now), limit)
    )
    return [_stored(row) for row in rows]


def next_due_at(store: Store, after: datetime | None = None) -> datetime | None:
    row = store.connection.execute(
        "SELECT min(next_deadline_at) AS at FROM cases WHERE next_deadline_at > ?", (to_text(after) if after else "",)
    ).fetchone()
    return to_datetime(row["at"]) if row["at"] else None


def promises_due(store: Store, now: datetime, limit: int) -> list[StoredCase]:
    """Whose promises are to be looked at: something may have to be told, or the case has changed since it was looked at."""
    rows = store.connection.execute(
        "SELECT value, version, updated_at FROM cases WHERE promise_at <= ? ORDER BY promise_at LIMIT ?", (to_text(now), limit)
    )
    return [_stored(row) for row in rows]


def set_promise_at(store: Store, number: int, version: int, at: datetime | None) -> None:
    """Inside a write transaction: when to look again. A case that was changed since it was read is due at once, and stays so."""
    store.connection.execute("UPDATE cases SET promise_at = ? WHERE number = ? AND version = ?", (to_text_or_none(at), number, version))


def note_promises(
    store: Store, number: int, version: int, look_at: datetime | None, response: datetime | None, resolution: datetime | None
) -> None:
    """Inside a write transaction: the same, and when what is owed is due as it was counted now (for gauges: decisions count anew)."""
    store.connection.execute(
        "UPDATE cases SET promise_at = ?, response_due_at = ?, resolution_due_at = ? WHERE number = ? AND version = ?",
        (to_text_or_none(look_at), to_text_or_none(response), to_text_or_none(resolution), number, version),
    )


def look_at_all_promises(store: Store, now: datetime) -> None:
    """Inside a write transaction: what was promised may have changed for every case that is not closed."""
    store.connection.execute("UPDATE cases SET promise_at = ? WHERE status != 'closed'", (to_text(now),))


def add_participants(store: Store, number: int, addresses: Iterable[str]) -> None:
    """Inside a write transaction."""
    store.connection.executemany(
        "INSERT OR IGNORE INTO participants (case_number, address) VALUES (?, ?)", [(number, address) for address in addresses if address]
    )


def participants(store: Store, number: int) -> frozenset[str]:
    rows = store.connection.execute("SELECT address FROM participants WHERE case_number = ?", (number,))
    return frozenset(row["address"] for row in rows)


def add_thread(store: Store, number: int, message_ids: Iterable[str]) -> None:
    """Inside a write transaction: every id a message bears or refers to leads to this case from now on.

    `ticket_key`, `thread_index_key` and `split_key` make ids of a partner's ticket number, of an Outlook thread and of a message that was
    split off another case; no Message-ID looks like them.
    """
    store.connection.executemany(
        "INSERT OR IGNORE INTO thread_ids (message_id, case_number) VALUES (?, ?)", [(one, number) for one in message_ids if one]
    )


def drop_thread(store: Store, number: int, message_ids: Iterable[str]) -> None:
    """Inside a write transaction: these ids do not lead to this case any more."""
    store.connection.executemany(
        "DELETE FROM thread_ids WHERE message_id = ? AND case_number = ?", [(one, number) for one in message_ids if one]
    )


def drop_subject(store: Store, number: int, subject: str) -> None:
    """Inside a write transaction."""
    store.connection.execute("DELETE FROM thread_subjects WHERE case_number = ? AND subject = ?", (number, subject))


def drop_participants(store: Store, number: int, addresses: Iterable[str]) -> None:
    """Inside a write transaction."""
    store.connection.executemany(
        "DELETE FROM participants WHERE case_number = ? AND address = ?", [(number, address) for address in addresses]
    )


def copy_people_and_subjects(store: Store, number: int, into: int) -> None:
    """Inside a write transaction: who takes part in one case takes part in the other, and its subjects are known there.

    Ids of messages stay where they are: whoever looks one up follows the redirect.
    """
    store.connection.execute(
        "INSERT OR IGNORE INTO participants (case_number, address) SELECT ?, address FROM participants WHERE case_number = ?",
        (into, number),
    )
    store.connection.execute(
        "INSERT OR IGNORE INTO thread_subjects (case_number, subject, normalised)"
        " SELECT ?, subject, normalised FROM thread_subjects WHERE case_number = ?",
        (into, number),
    )


def add_subject(store: Store, number: int, subject: str, normalised: str) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT OR IGNORE INTO thread_subjects (case_number, subject, normalised) VALUES (?, ?, ?)", (number, subject, normalised)
    )


def ticket_key(partner: str, reference: str) -> str:
    return f"ticket:{partner}:{reference}"


def phone_key(address: str) -> str:
    """Leads from the address of somebody who called to the case that a phone note opened for them."""
    return f"phone:{address}"


def thread_index_key(root: str) -> str:
    return f"thread-index:{root}"


def split_key(message_id: str) -> str:
    return f"split:{message_id}"


def by_normalised_subject(store: Store, normalised: str, limit: int = 50) -> tuple[int, ...]:
    rows = store.connection.execute(
        "SELECT DISTINCT case_number FROM thread_subjects WHERE normalised = ? ORDER BY case_number DESC LIMIT ?", (normalised, limit)
    )
    return tuple(row["case_number"] for row in rows)


def by_message_ids(store: Store, message_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Which of these ids are known, and to which cases they lead."""
    found: dict[str, tuple[int, ...]] = {}
    for one in message_ids:
        rows = store.connection.execute("SELECT case_number FROM thread_ids WHERE message_id = ? ORDER BY case_number", (one,))
        if numbers := tuple(row["case_number"] for row in rows):
            found[one] = numbers
    return found


def subjects(store: Store, number: int) -> tuple[str, ...]:
    rows = store.connection.execute("SELECT subject FROM thread_subjects WHERE case_number = ?", (number,))
    return tuple(row["subject"] for row in rows)


def _stored(row: sqlite3.Row) -> StoredCase:
    return StoredCase(read_case(row["value"]), row["version"], to_datetime(row["updated_at"]))
