"""Erasing one person from the store: every column of every table, whatever tables there are.

`find` reads everything, beside a daemon that writes; `erase`, inside the write transaction of `workers/forgetting`, touches only what was
found, and what came meanwhile. Rows stay, so that cases, counts and journals still add up; what the person wrote, and the bytes of every
mail on their cases, go. Hashes of mails stay: none is handled twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from triage.core.erasure import FORGOTTEN, Erasure, clean_value
from triage.store import checkpoint, search
from triage.store.database import Store

Key = tuple[Any, ...]
"""Of a row: its rowid, or the values of its primary key."""
CHECKPOINTS, WAIT_MS = 50, 200


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a person is found. `open_cases` are those that are not closed or have something on its way."""

    cases: tuple[int, ...]
    open_cases: tuple[int, ...]
    messages: tuple[int, ...]
    subjects: tuple[str, ...]
    named: Mapping[str, tuple[Key, ...]] = field(default_factory=dict, hash=False)
    """By table: the keys of rows in which the address stands somewhere, on whatever case."""
    read_to: Mapping[str, int] = field(default_factory=dict, hash=False)
    """By table with a rowid: the highest that was there; what came later is looked at by `erase`."""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    own: str
    """The condition for rows of the person's cases; "" when no row is of a case."""


def find(store: Store, address: str) -> Traces:
    """Outside of a write transaction: it reads every row there is, which may take a minute, and holds up nobody."""
    tables = list(_tables(store, ()))
    read_to = {table.name: _highest(store, table) for table in tables if table.key == ("rowid",)}
    named = {table.name: _named(store, table, address) for table in tables if table.columns}
    numbers, messages = _numbers(store, address, 0, 0), _messages(store, address, 0)
    return Traces(
        tuple(numbers),
        _open_cases(store, numbers),
        tuple(row["id"] for row in messages),
        tuple(dict.fromkeys(row["subject"] for row in messages if row["subject"])),
        named,
        read_to,
    )


def brought_up_to_date(store: Store, traces: Traces, address: str) -> Traces:
    """Inside a write transaction: with what has come since they were found."""
    numbers = sorted({*traces.cases, *_numbers(store, address, traces.read_to["cases"], traces.read_to["ledger"])})
    messages = _messages(store, address, traces.read_to["ledger"])
    later = {table.name: _named(store, table, address, traces.read_to[table.name]) for table in _tables(store, ()) if _is_later(table)}
    return Traces(
        tuple(numbers),
        _open_cases(store, numbers),
        (*traces.messages, *(row["id"] for row in messages)),
        tuple(dict.fromkeys((*traces.subjects, *(row["subject"] for row in messages if row["subject"])))),
        {name: (*keys, *later.get(name, ())) for name, keys in traces.named.items()},
        traces.read_to,
    )


def _is_later(table: _Table) -> bool:
    return bool(table.columns) and table.key == ("rowid",)


def _numbers(store: Store, address: str, cases_above: int, messages_above: int) -> list[int]:
    rows = store.connection.execute(
        "SELECT case_number AS number FROM participants WHERE address = ? UNION SELECT number FROM cases WHERE requester = ? AND number > ?"
        " UNION SELECT case_number FROM ledger WHERE author = ? AND case_number IS NOT NULL AND id > ? ORDER BY number",
        (address, address, cases_above, address, messages_above),
    )
    return [row["number"] for row in rows]


def _messages(store: Store, address: str, above: int) -> list[sqlite3.Row]:
    return store.connection.execute(
        "SELECT ledger.id AS id, subject FROM ledger LEFT JOIN quarantine ON quarantine.ledger_id = ledger.id"
        " WHERE (ledger.author = ? OR quarantine.author = ?) AND ledger.id > ?",
        (address, address, above),
    ).fetchall()


def _open_cases(store: Store, numbers: Sequence[int]) -> tuple[int, ...]:
    listed = _listed(numbers)
    rows = store.connection.execute(
        f"SELECT number FROM cases WHERE number IN ({listed}) AND status != 'closed'"
        f" UNION SELECT case_number FROM outbox WHERE case_number IN ({listed}) AND settled_at IS NULL ORDER BY 1"
    )
    return tuple(row["number"] for row in rows)


def _highest(store: Store, table: _Table) -> int:
    return int(store.connection.execute(f"SELECT max(rowid) AS n FROM {table.name}").fetchone()["n"] or 0)


def _named(store: Store, table: _Table, address: str, above: int = -1) -> tuple[Key, ...]:
    words = " OR ".join(f"instr(lower({column}), ?)" for column in table.columns)
    later = f"rowid > {above} AND " if above >= 0 else ""
    rows = store.connection.execute(
        f"SELECT {', '.join(table.key)} FROM {table.name} WHERE {later}({words})", [address] * len(table.columns)
    )
    return tuple(tuple(row) for row in rows)


def _listed(numbers: Sequence[int]) -> str:
    """Numbers, as there may be more than a statement takes as parameters."""
    return ", ".join(map(str, numbers))


def erase(store: Store, traces: Traces, erasure: Erasure) -> Mapping[str, int]:
    """How many rows of each table were changed."""
    store.connection.execute("PRAGMA secure_delete = ON")
    changed: Counter[str] = Counter()
    _drop_words(store, traces, changed)
    for table in _tables(store, traces.cases):
        changed[table.name] += _clean_table(store, table, traces.named.get(table.name, ()), erasure)
    return {name: rows for name, rows in sorted(changed.items()) if rows}


def _drop_words(store: Store, traces: Traces, changed: Counter[str]) -> None:
    """What they wrote; and the bytes of every mail on their cases, which quote, greet and copy them."""
    own, written = _listed(traces.cases), _listed(traces.messages)
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
    own = _listed(numbers)
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


def _clean_table(store: Store, table: _Table, named: Sequence[Key], erasure: Erasure) -> int:
    if not table.columns:
        return 0
    columns = ", ".join((*(f"{part} AS key_{part}" for part in table.key), *table.columns))
    rows: dict[Key, tuple[sqlite3.Row, bool]] = {}
    by_key = f"SELECT {columns} FROM {table.name} WHERE {' AND '.join(f'{part} = ?' for part in table.key)}"
    for key in named:
        for row in store.connection.execute(by_key, key):
            rows[key] = row, False
    if table.own:
        for row in store.connection.execute(f"SELECT {columns} FROM {table.name} WHERE {table.own}").fetchall():
            rows[tuple(row[f"key_{part}"] for part in table.key)] = row, True
    return sum(_clean_row(store, table, row, erasure, own=own) for row, own in rows.values())


def _clean_row(store: Store, table: _Table, row: sqlite3.Row, erasure: Erasure, *, own: bool) -> bool:
    fresh = {column: _cleaned(erasure, row[column], own=own) for column in table.columns}
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
    """After the commit: words that are gone leave the search index, a slice at a time, and the log of the store, which still has the pages
    as they were. Whoever reads or writes is let through between."""
    more = True
    while more:
        with store.write():
            more = search.tidy(store)
    for _ in range(CHECKPOINTS):
        if checkpoint.empty_log(store, wait_ms=WAIT_MS):
            break
