"""What reports read: which cases and pages a stretch of time touches, what their mails said, who was called. Reads only.

Called by workers/reporting, now and then: a stretch is found by an index, and then read case by case.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.store.database import Store
from triage.store.times import to_datetime, to_text


@dataclass(frozen=True, slots=True)
class MailRow:
    at: datetime
    opens: bool
    missing: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    """(kind, value)"""


@dataclass(frozen=True, slots=True)
class CallRow:
    person: str
    at: datetime


def touched_cases(store: Store, start: datetime, end: datetime) -> list[int]:
    """Cases that were there before `end` and that something has changed since `start`; one that lives on as another is not a case."""
    rows = store.connection.execute(
        "SELECT number FROM cases WHERE updated_at >= ? AND opened_at < ? AND merged_into IS NULL ORDER BY number",
        (to_text(start), to_text(end)),
    )
    return [row["number"] for row in rows]


def partner_mails(store: Store, number: int) -> list[MailRow]:
    """The messages of partners on a case, oldest first."""
    rows = store.connection.execute(
        "SELECT internaldate, outcome, missing, facts FROM ledger WHERE case_number = ? AND outcome IN ('case', 'follow-up')"
        " ORDER BY internaldate, id",
        (number,),
    )
    return [_mail(row) for row in rows]


def pages_between(store: Store, start: datetime, end: datetime) -> list[int]:
    """Pages that were opened then, without drills."""
    rows = store.connection.execute(
        "SELECT id FROM pages WHERE opened_at >= ? AND opened_at < ? AND coalesce(json_extract(value, '$.test'), 0) = 0 ORDER BY id",
        (to_text(start), to_text(end)),
    )
    return [row["id"] for row in rows]


def calls(store: Store, page_id: int) -> list[CallRow]:
    """Whom a page has called: what was accepted, or is on its way to be; not what only tells how it goes on."""
    rows = store.connection.execute(
        "SELECT recipients, created_at FROM outbox WHERE page_id = ? AND purpose = 'page trigger' AND state IN ('delivered', 'claimed')"
        " ORDER BY id",
        (page_id,),
    )
    return [CallRow(str(json.loads(row["recipients"])[0]), to_datetime(row["created_at"])) for row in rows]


def first_at(store: Store) -> datetime | None:
    """When the first case that is still kept was opened: the lowest number."""
    row = store.connection.execute("SELECT opened_at FROM cases ORDER BY number LIMIT 1").fetchone()
    return to_datetime(row["opened_at"]) if row else None


def _mail(row: sqlite3.Row) -> MailRow:
    facts: Sequence[dict[str, object]] = json.loads(row["facts"])
    return MailRow(
        at=to_datetime(row["internaldate"]),
        opens=row["outcome"] == "case",
        missing=tuple(json.loads(row["missing"])),
        facts=tuple((str(fact["kind"]), str(fact["value"])) for fact in facts),
    )
