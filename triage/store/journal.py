"""The case journal: appended in the transaction of the change, never altered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from triage.core.cases.journal import JournalEntry, NearMiss
from triage.store.database import Store
from triage.store.times import to_datetime, to_text


def append(store: Store, entry: JournalEntry) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO case_journal (case_number, at, recorded_at, event, reason, actor, changes, detail, ledger_id, rules, ruleset,"
        " misses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.case_number,
            to_text(entry.at),
            to_text(entry.recorded_at),
            entry.event,
            entry.reason,
            entry.actor,
            json.dumps(entry.changes, ensure_ascii=False),
            entry.detail,
            entry.ledger_id,
            json.dumps(entry.rules, ensure_ascii=False),
            entry.ruleset,
            json.dumps([[miss.rule, miss.failed] for miss in entry.misses], ensure_ascii=False),
        ),
    )


def of_case(store: Store, number: int) -> list[JournalEntry]:
    """Oldest first, in the order they were recorded."""
    rows = store.connection.execute("SELECT * FROM case_journal WHERE case_number = ? ORDER BY id", (number,))
    return [_entry(row) for row in rows]


def of_case_and_merged(store: Store, number: int) -> list[JournalEntry]:
    """Of the case and of all that live on as it, in the order they were recorded."""
    rows = store.connection.execute(
        "WITH RECURSIVE one (number) AS (SELECT ? UNION SELECT cases.number FROM cases JOIN one ON cases.merged_into = one.number)"
        " SELECT * FROM case_journal WHERE case_number IN (SELECT number FROM one) ORDER BY id",
        (number,),
    )
    return [_entry(row) for row in rows]


def called_at(store: Store, number: int) -> datetime | None:
    """When the last mail came for which people were called: it raised the severity, or opened the case again."""
    found = store.connection.execute(
        "SELECT max(at) FROM case_journal WHERE case_number = ?"
        " AND (event = 'severity-raised' OR (event = 'partner-wrote' AND json_extract(changes, '$.reopenings') IS NOT NULL))",
        (number,),
    ).fetchone()[0]
    return to_datetime(found) if found is not None else None


def raised_by(store: Store, number: int) -> frozenset[int]:
    """The messages of this case that raised its severity, or would have, had it been lower."""
    rows = store.connection.execute(
        "SELECT ledger_id FROM case_journal WHERE case_number = ? AND event = 'severity-raised' AND ledger_id IS NOT NULL", (number,)
    )
    return frozenset(row["ledger_id"] for row in rows)


def closed_by(store: Store, number: int) -> str:
    """The event that has closed this case last; empty when none has."""
    found = store.connection.execute(
        "SELECT event FROM case_journal WHERE case_number = ? AND json_extract(changes, '$.status') = 'closed' ORDER BY id DESC LIMIT 1",
        (number,),
    ).fetchone()
    return found["event"] if found is not None else ""


def each(store: Store) -> Iterator[JournalEntry]:
    """Of every case, in the order they were recorded."""
    return map(_entry, store.connection.execute("SELECT * FROM case_journal ORDER BY id"))


def since(store: Store, instant: datetime, reasons: Sequence[str]) -> list[JournalEntry]:
    """What was recorded for one of these reasons since then, in all cases, oldest first."""
    rows = store.connection.execute(
        f"SELECT * FROM case_journal WHERE recorded_at >= ? AND reason IN ({', '.join('?' * len(reasons))}) ORDER BY recorded_at, id",
        (to_text(instant), *reasons),
    )
    return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> JournalEntry:
    return JournalEntry(
        case_number=row["case_number"],
        at=to_datetime(row["at"]),
        recorded_at=to_datetime(row["recorded_at"]),
        event=row["event"],
        reason=row["reason"],
        actor=row["actor"],
        changes=json.loads(row["changes"]),
        detail=row["detail"],
        ledger_id=row["ledger_id"],
        rules=tuple(json.loads(row["rules"])),
        ruleset=row["ruleset"],
        misses=tuple(NearMiss(rule, failed) for rule, failed in json.loads(row["misses"])),
    )
