"""Full-text search over the masked texts of the ledger: author, subject, new text.

The index (FTS5) holds no text of its own and is kept by triggers of the first migration, in whatever transaction changes a row of the
ledger: a message is found from the commit of its outcome on, under the case it is on now, and not any more once its text is gone. Called
by `triage search` and, to leave nothing behind, by erasure and retention.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.outcomes import Outcome
from triage.core.wording.search_words import Sought
from triage.store.database import Store
from triage.store.times import to_datetime, to_text

FOUND, END = "\x02", "\x03"
"""Around each word that was found, in a snippet."""
_WORDS = 24
_SLICE_PAGES = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that has all that was sought; `case_number` and what follows are None where it is on no case."""

    id: int
    at: datetime
    author: str
    subject: str
    outcome: Outcome
    case_number: int | None
    partner: str | None
    status: str | None
    severity: int | None
    snippet: str


def search(store: Store, wanted: Sequence[Sought], *, partner: str = "", since: datetime | None = None, limit: int) -> list[Hit]:
    """The best first: what stands in a subject counts four times. `partner` is the key of its case's partner."""
    match = " ".join(f"{_quoted(one.text)}{' *' if one.begins else ''}" for one in wanted)
    rows = store.connection.execute(
        "SELECT ledger.id AS id, internaldate, author, ledger.subject AS subject, outcome, case_number, partner, status, severity"
        " FROM (SELECT rowid AS id, bm25(message_search, 2, 4, 1) AS score FROM message_search WHERE message_search MATCH ?) AS hits"
        " JOIN ledger ON ledger.id = hits.id LEFT JOIN cases ON cases.number = ledger.case_number"
        " WHERE (? = '' OR partner = ?) AND internaldate >= ? ORDER BY score, internaldate DESC LIMIT ?",
        (match, partner, partner, to_text(since) if since is not None else "", limit),
    ).fetchall()
    return [_hit(store, match, row) for row in rows]


def _quoted(text: str) -> str:
    """A string of FTS5's query language, in which nothing but its own end means anything."""
    return '"' + text.replace('"', '""') + '"'


def _hit(store: Store, match: str, row: sqlite3.Row) -> Hit:
    """The snippet is made for what is shown only: it reads the text again."""
    cut = store.connection.execute(
        f"SELECT snippet(message_search, 2, ?, ?, ' … ', {_WORDS}) AS text FROM message_search WHERE message_search MATCH ? AND rowid = ?",
        (FOUND, END, match, row["id"]),
    ).fetchone()
    return Hit(
        id=row["id"],
        at=to_datetime(row["internaldate"]),
        author=row["author"],
        subject=row["subject"],
        outcome=Outcome(row["outcome"]),
        case_number=row["case_number"],
        partner=row["partner"],
        status=row["status"],
        severity=row["severity"],
        snippet=cut["text"],
    )


def tidy(store: Store) -> bool:
    """Inside a write transaction, in a small slice: words of texts that are gone leave the index itself, where until then they are only
    marked as gone. False when there is nothing left to do."""
    before = store.connection.total_changes
    store.connection.execute("INSERT INTO message_search (message_search, rank) VALUES ('merge', ?)", (-_SLICE_PAGES,))
    return store.connection.total_changes - before >= 2
