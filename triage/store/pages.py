"""Pages: one row each, compare-and-set by `version`. `value` is the whole page; the columns are what is searched for and checked.

`page_cases` says which cases a page covers; a case is on at most one page that still wants somebody (a unique index). `page_journal` is
what happened to a page, second by second.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.failures import TemporaryFailure
from triage.core.oncall.page import Page, PageState
from triage.core.oncall.page_json import page_from_json, page_to_json
from triage.store.database import Store
from triage.store.times import to_datetime, to_datetime_or_none, to_text, to_text_or_none


@dataclass(frozen=True, slots=True)
class StoredPage:
    page: Page
    version: int


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One line of a page's journal. `event` is a PageEventKind's value, `detail` who was to be reached by what."""

    at: datetime
    event: str
    reason: str
    actor: str = ""
    detail: str = ""


class PageChanged(TemporaryFailure):
    """Somebody else changed the page between reading and writing: read it again and decide anew."""


def next_id(store: Store) -> int:
    """Inside a write transaction."""
    # Not the highest that is there: pages go with their cases, and a provider knows what it was told by this number for ever.
    row = store.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'pages'").fetchone()
    return (row["seq"] if row else 0) + 1


def generations(store: Store, case_number: int) -> int:
    """The highest generation of the pages this case has been on."""
    row = store.connection.execute(
        "SELECT max(generation) AS highest FROM pages JOIN page_cases ON page_cases.page_id = pages.id WHERE page_cases.case_number = ?",
        (case_number,),
    ).fetchone()
    return row["highest"] or 0


def insert(store: Store, page: Page, now: datetime) -> None:
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
    _cover(store, page, now)


def update(store: Store, page: Page, version: int, now: datetime) -> None:
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
    _cover(store, page, now)


def _cover(store: Store, page: Page, now: datetime) -> None:
    """What `page.cases` says, as rows; only what is different is written, as a storm grows case by case."""
    rows = store.connection.execute("SELECT case_number, open FROM page_cases WHERE page_id = ?", (page.id,))
    known = {number: bool(open_) for number, open_ in rows}
    still_open = frozenset(page.open_cases) if page.state is not PageState.RESOLVED else frozenset()
    changed = [(number, number in still_open) for number in page.cases if known.get(number) is not (number in still_open)]
    # Closed rows first: a case may go from one row to another in the same transaction, and the index is checked row by row.
    store.connection.executemany(
        "INSERT INTO page_cases (page_id, case_number, open, added_at, policy) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (page_id, case_number) DO UPDATE SET open = excluded.open,"
        " added_at = CASE WHEN excluded.open THEN excluded.added_at ELSE page_cases.added_at END",
        [(page.id, number, int(open_), to_text(now), page.policy.name) for number, open_ in sorted(changed, key=lambda one: one[1])],
    )


def get(store: Store, page_id: int) -> StoredPage | None:
    row = store.connection.execute("SELECT value, version FROM pages WHERE id = ?", (page_id,)).fetchone()
    return _stored(row) if row else None


def open_of_case(store: Store, case_number: int) -> StoredPage | None:
    """The page that covers this case and still wants somebody for it: its own, one it was attached to, or a storm's."""
    row = store.connection.execute(
        "SELECT value, version FROM pages JOIN page_cases ON page_cases.page_id = pages.id"
        " WHERE page_cases.case_number = ? AND page_cases.open = 1",
        (case_number,),
    ).fetchone()
    return _stored(row) if row else None


def of_case(store: Store, case_number: int) -> list[StoredPage]:
    """Every page this case was ever on."""
    rows = store.connection.execute(
        "SELECT value, version FROM pages JOIN page_cases ON page_cases.page_id = pages.id WHERE page_cases.case_number = ? ORDER BY id",
        (case_number,),
    )
    return [_stored(row) for row in rows]


def due(store: Store, now: datetime, limit: int) -> list[StoredPage]:
    rows = store.connection.execute("SELECT value, version FROM pages WHERE next_at <= ? ORDER BY next_at LIMIT ?", (to_text(now), limit))
    return [_stored(row) for row in rows]


def all_open(store: Store) -> list[StoredPage]:
    # The plus keeps SQLite from walking through all pages there ever were for the sake of the order.
    rows = store.connection.execute("SELECT value, version FROM pages WHERE next_at IS NOT NULL ORDER BY +id")
    return [_stored(row) for row in rows]


def open_for_more(store: Store) -> list[StoredPage]:
    """Open pages but those of one case that somebody has: what a case may join. Asked for every urgent mail, and the others may be many."""
    rows = store.connection.execute(
        "SELECT value, version FROM pages WHERE next_at IS NOT NULL AND (state != 'acked' OR case_number IS NULL) ORDER BY +id"
    )
    return [_stored(row) for row in rows]


def open_drills(store: Store) -> list[StoredPage]:
    """Open pages that are marked TEST. Asked whenever a real page opens, of which a storm's is long: only those are read."""
    rows = store.connection.execute(
        "SELECT value, version FROM pages WHERE next_at IS NOT NULL AND case_number IS NULL AND json_extract(value, '$.test') ORDER BY +id"
    )
    return [_stored(row) for row in rows]


def latest(store: Store, limit: int) -> list[StoredPage]:
    rows = store.connection.execute("SELECT value, version FROM pages ORDER BY id DESC LIMIT ?", (limit,))
    return [_stored(row) for row in rows]


def next_due_at(store: Store) -> datetime | None:
    row = store.connection.execute("SELECT min(next_at) AS at FROM pages WHERE next_at IS NOT NULL").fetchone()
    return to_datetime_or_none(row["at"])


# --- what grouping needs to know -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PagedCase:
    """A Severity 1 case that asked for a page, and when."""

    number: int
    partner: str
    requester: str
    at: datetime


def paged_since(store: Store, policy: str, since: datetime, limit: int) -> list[PagedCase]:
    """Cases that asked for a page of this policy since then and are at Severity 1 still: a false one makes no storm. Of more than `limit`
    askings the latest count, so that a flood of them costs each the same."""
    rows = store.connection.execute(
        "SELECT cases.number AS number, partner, requester, min(added_at) AS at FROM"
        " (SELECT case_number, added_at FROM page_cases WHERE policy = ? AND added_at >= ? ORDER BY added_at DESC LIMIT ?)"
        " JOIN cases ON cases.number = case_number WHERE severity = 1 GROUP BY cases.number ORDER BY at",
        (policy, to_text(since), limit),
    )
    return [PagedCase(row["number"], row["partner"], row["requester"], to_datetime(row["at"])) for row in rows]


def has_grown_since(store: Store, page_id: int, since: datetime) -> bool:
    """Whether a case that is at Severity 1 still has joined this page since then."""
    row = store.connection.execute(
        "SELECT 1 FROM page_cases JOIN cases ON cases.number = case_number WHERE page_id = ? AND added_at >= ? AND severity = 1 LIMIT 1",
        (page_id, to_text(since)),
    ).fetchone()
    return row is not None


def opened_for(store: Store, requester: str, since: datetime) -> list[datetime]:
    """When pages were opened for cases of this requester alone."""
    rows = store.connection.execute(
        "SELECT pages.opened_at AS at FROM pages JOIN cases ON cases.number = pages.case_number"
        " WHERE cases.requester = ? AND pages.opened_at >= ?",
        (requester, to_text(since)),
    )
    return [to_datetime(row["at"]) for row in rows]


# --- the journal -----------------------------------------------------------------------------------------------------


def note(store: Store, page_id: int, entry: PageEntry) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO page_journal (page_id, at, event, reason, actor, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (page_id, to_text(entry.at), entry.event, entry.reason, entry.actor, entry.detail),
    )


def history(store: Store, page_id: int) -> list[PageEntry]:
    rows = store.connection.execute("SELECT at, event, reason, actor, detail FROM page_journal WHERE page_id = ? ORDER BY id", (page_id,))
    return [PageEntry(to_datetime(row["at"]), row["event"], row["reason"], row["actor"], row["detail"]) for row in rows]


def was_noted(store: Store, page_id: int, reasons: Sequence[str]) -> bool:
    """Whether anything has happened to a page for one of these reasons."""
    marks = ", ".join("?" * len(reasons))
    query = f"SELECT 1 FROM page_journal WHERE page_id = ? AND reason IN ({marks}) LIMIT 1"
    return store.connection.execute(query, (page_id, *reasons)).fetchone() is not None


def _stored(row: sqlite3.Row) -> StoredPage:
    return StoredPage(page_from_json(json.loads(row["value"])), row["version"])
