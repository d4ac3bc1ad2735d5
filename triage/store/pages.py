"""Pages: one row each, compare-and-set by `version`. `value` is the whole page; the columns are what is searched for and checked."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from triage.core.failures import TemporaryFailure
from triage.core.oncall.page import Page
from triage.core.oncall.page_json import page_from_json, page_to_json
from triage.store.database import Store
from triage.store.times import to_datetime_or_none, to_text, to_text_or_none


@dataclass(frozen=True, slots=True)
class StoredPage:
    page: Page
    version: int


class PageChanged(TemporaryFailure):
    """Somebody else changed the page between reading and writing: read it again and decide anew."""


def next_id(store: Store) -> int:
    """Inside a write transaction."""
    row = store.connection.execute("SELECT max(id) AS highest FROM pages").fetchone()
    return (row["highest"] or 0) + 1


def generations(store: Store, case_number: int) -> int:
    """How many pages this case has had."""
    row = store.connection.execute("SELECT max(generation) AS highest FROM pages WHERE case_number = ?", (case_number,)).fetchone()
    return row["highest"] or 0


def insert(store: Store, page: Page) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO pages (id, version, case_number, generation, state, next_at, opened_at, value) VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
        (
            page.id,
            page.case_number,
            page.generation,
            page.state.value,
            to_text_or_none(page.next_at),
            to_text(page.opened_at),
            json.dumps(page_to_json(page), ensure_ascii=False),
        ),
    )


def update(store: Store, page: Page, version: int) -> None:
    """Inside a write transaction. Raises PageChanged when the page is not at `version` any more."""
    cursor = store.connection.execute(
        "UPDATE pages SET version = version + 1, generation = ?, state = ?, next_at = ?, value = ? WHERE id = ? AND version = ?",
        (
            page.generation,
            page.state.value,
            to_text_or_none(page.next_at),
            json.dumps(page_to_json(page), ensure_ascii=False),
            page.id,
            version,
        ),
    )
    if cursor.rowcount != 1:
        raise PageChanged(f"page {page.id} was changed by somebody else at the same moment")


def get(store: Store, page_id: int) -> StoredPage | None:
    row = store.connection.execute("SELECT value, version FROM pages WHERE id = ?", (page_id,)).fetchone()
    return _stored(row) if row else None


def open_of_case(store: Store, case_number: int) -> StoredPage | None:
    """The page of this case that is not resolved, if there is one."""
    row = store.connection.execute(
        "SELECT value, version FROM pages WHERE case_number = ? AND state != 'resolved'", (case_number,)
    ).fetchone()
    return _stored(row) if row else None


def of_case(store: Store, case_number: int) -> list[StoredPage]:
    rows = store.connection.execute("SELECT value, version FROM pages WHERE case_number = ? ORDER BY id", (case_number,))
    return [_stored(row) for row in rows]


def due(store: Store, now: datetime, limit: int) -> list[StoredPage]:
    rows = store.connection.execute("SELECT value, version FROM pages WHERE next_at <= ? ORDER BY next_at LIMIT ?", (to_text(now), limit))
    return [_stored(row) for row in rows]


def all_open(store: Store) -> list[StoredPage]:
    rows = store.connection.execute("SELECT value, version FROM pages WHERE next_at IS NOT NULL ORDER BY id")
    return [_stored(row) for row in rows]


def next_due_at(store: Store) -> datetime | None:
    row = store.connection.execute("SELECT min(next_at) AS at FROM pages WHERE next_at IS NOT NULL").fetchone()
    return to_datetime_or_none(row["at"])


def _stored(row: sqlite3.Row) -> StoredPage:
    return StoredPage(page_from_json(json.loads(row["value"])), row["version"])
