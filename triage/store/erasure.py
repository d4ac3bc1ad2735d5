"""Erasing one person from the store: every column of every table, whatever tables there are.

Inside the write transaction of `workers/forgetting`. Rows stay, so that cases, counts and journals still add up; what the person wrote,
and the bytes of every mail on their cases, go. Hashes of mails stay: none is handled twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.core.erasure import FORGOTTEN, Erasure, clean_value
from triage.store import search
from triage.store.database import Store


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a person is found. `open_cases` are those that are not closed or have something on its way."""

    cases: tuple[int, ...]
    open_cases: tuple[int, ...]
    messages: tuple[int, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    own: str
    """The condition for rows of the person's cases; "" when no row is of a case."""


def find(store: Store, address: str) -> Traces:
    execute = store.connection.execute
    numbers = execute(
        "SELECT case_number AS number FROM participants WHERE address = ? UNION SELECT number FROM cases WHERE requester = ?"
        " UNION SELECT case_number FROM ledger WHERE author = ? AND case_number IS NOT NULL ORDER BY number",
        (address, address, address),
    )
    found = tuple(row["number"] for row in numbers)
    marks = ", ".join("?" * len(found))
    busy = execute(
        f"SELECT number FROM cases WHERE number IN ({marks}) AND status != 'closed'"
        f" UNION SELECT case_number FROM outbox WHERE case_number IN ({marks}) AND settled_at IS NULL ORDER BY 1",
        (*found, *found),
    )
    messages = execute(
        "SELECT ledger.id AS id, subject FROM ledger LEFT JOIN quarantine ON quarantine.ledger_id = ledger.id"
        " WHERE ledger.author = ? OR quarantine.author = ?",
        (address, address),
    ).fetchall()
    subjects = tuple(dict.fromkeys(row["subject"] for row in messages if row["subject"]))
    return Traces(found, tuple(row["number"] for row in busy), tuple(row["id"] for row in messages), subjects)


def erase(store: Store, traces: Traces, erasure: Erasure) -> Mapping[str, int]:
    """How many rows of each table were changed."""
    store.connection.execute("PRAGMA secure_delete = ON")
    changed: Counter[str] = Counter()
    _drop_words(store, traces, changed)
    for table in _tables(store, traces.cases):
        changed[table.name] += _clean_table(store, table, erasure)
    search.leave_nothing_behind(store)
    return {name: rows for name, rows in sorted(changed.items()) if rows}


def _drop_words(store: Store, traces: Traces, changed: Counter[str]) -> None:
    """What they wrote; and the bytes of every mail on their cases, which quote, greet and copy them."""
    own = ", ".join(str(number) for number in traces.cases)  # numbers, and there may be more than a statement takes as parameters
    written = ", ".join(str(ledger_id) for ledger_id in traces.messages)
    for table, statement in (
        ("raw_messages", f"DELETE FROM raw_messages WHERE ledger_id IN ({written})"),
        ("raw_messages", f"DELETE FROM raw_messages WHERE ledger_id IN (SELECT id FROM ledger WHERE case_number IN ({own}))"),
        ("outbox", f"UPDATE outbox SET mail = NULL WHERE mail IS NOT NULL AND settled_at IS NOT NULL AND case_number IN ({own})"),
        ("case_journal", f"UPDATE case_journal SET detail = '{FORGOTTEN}' WHERE detail != '' AND ledger_id IN ({written})"),
        (
            "ledger",
            f"UPDATE ledger SET subject = '{FORGOTTEN}', new_text = '', facts = '[]', missing = '[]', attachments = '[]', defects = '[]'"
            f" WHERE id IN ({written})",
        ),
    ):
        changed[table] += store.connection.execute(statement).rowcount


def _tables(store: Store, numbers: Sequence[int]) -> Iterator[_Table]:
    own = ", ".join(str(number) for number in numbers)
    for listed in store.connection.execute("PRAGMA table_list").fetchall():
        name = listed["name"]
        if listed["schema"] != "main" or listed["type"] != "table" or name.startswith(("sqlite_", "_sqlite_")):
            continue
        info = store.connection.execute(f"PRAGMA table_info({name})").fetchall()
        columns = {row["name"] for row in info}
        key = tuple(row["name"] for row in info if row["pk"]) if listed["wr"] else ("rowid",)
        on_pages = f"(SELECT page_id FROM page_cases WHERE case_number IN ({own}))"
        if name in {"cases", "pages"}:
            condition = f"number IN ({own})" if name == "cases" else f"id IN {on_pages}"
        elif "case_number" in columns:
            condition = f"case_number IN ({own})"
        else:
            condition = f"page_id IN {on_pages}" if "page_id" in columns else ""
        yield _Table(name, key, tuple(row["name"] for row in info if row["type"] == "TEXT"), condition)


def _clean_table(store: Store, table: _Table, erasure: Erasure) -> int:
    if not table.columns:
        return 0
    named = " OR ".join(f"instr(lower({column}), ?)" for column in table.columns)
    own = table.own or "0"
    rows = store.connection.execute(
        f"SELECT {', '.join((*(f'{part} AS key_{part}' for part in table.key), *table.columns))}, {own} AS own FROM {table.name}"
        f" WHERE ({own}) OR {named}",
        [erasure.address] * len(table.columns),
    ).fetchall()
    return sum(_clean_row(store, table, row, erasure) for row in rows)


def _clean_row(store: Store, table: _Table, row: sqlite3.Row, erasure: Erasure) -> bool:
    fresh = {column: _cleaned(erasure, row[column], own=bool(row["own"])) for column in table.columns}
    if all(fresh[column] == row[column] for column in table.columns):
        return False
    where = " AND ".join(f"{part} = ?" for part in table.key)
    keys = [row[f"key_{part}"] for part in table.key]
    if table.name == "thread_subjects":  # it would find the case by words that are gone
        store.connection.execute(f"DELETE FROM thread_subjects WHERE {where}", keys)
        return True
    sets = ", ".join(f"{column} = ?" for column in table.columns)
    store.connection.execute(f"UPDATE {table.name} SET {sets} WHERE {where}", [*fresh.values(), *keys])
    return True


def _cleaned(erasure: Erasure, text: str | None, *, own: bool) -> str | None:
    """JSON is read first: in it a text may be written otherwise than it reads."""
    if text is None:
        return None
    if text[:1] in {"{", "["}:
        try:
            value = json.loads(text)
        except ValueError:
            pass
        else:
            fresh = clean_value(erasure, value, own=own)
            return text if fresh == value else json.dumps(fresh, ensure_ascii=False)
    return str(clean_value(erasure, text, own=own))


def sweep_out(store: Store) -> None:
    """After the commit: the log of the store still has the pages as they were."""
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
