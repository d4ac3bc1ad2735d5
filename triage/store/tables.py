"""What each table of the store is for, in a sentence: docs/store.md is generated from this and from the migrations.

Called by the documents' generator; a test compares it with the tables there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.store.database import open_memory_store

TABLES: Mapping[str, str] = {
    "folders": "Watched folders: up to where each was read, and when it was last looked at completely.",
    "ledger": "One row for every message ever seen in a watched folder, with its one outcome and what was understood of it, masked.",
    "raw_messages": "The bytes of messages, as they came.",
    "quarantine": "Messages that were set aside, with the error.",
    "cases": "One row a case: columns to search by, and the whole case as JSON in `value`.",
    "participants": "Who takes part in a case, by address.",
    "thread_ids": "Message-IDs, and keys made of other references, that lead to a case.",
    "thread_subjects": "Subjects of a case's mails, as they were and as they are compared.",
    "case_journal": "Every event on a case: when, why, by whom, which fields it changed, which rules hit. Never altered.",
    "pages": "One row a page; the whole page as JSON in `value`. One that is not resolved has a `next_at`.",
    "page_cases": "Which cases a page covers, and whether each still wants somebody.",
    "page_journal": "Every event on a page.",
    "page_tokens": "The links of pages, by the hash of their token.",
    "provider_events": "What pager providers said about pages, each once.",
    "outbox": "Every mail and page that was decided on, with its state; sent after the commit.",
    "attempts": "Every attempt to send one.",
    "notices_sent": "Which address got a notice when: for the budgets.",
    "labels_due": "Cases whose messages have to be labelled anew on the server.",
    "counters": "Sums for /metrics that survive a restart; `cases` is as many as there are.",
    "facts_about_service": "What must outlive a restart and is about no case, by name.",
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    note: str
    """`key`, `may be null`, what it refers to."""


def columns() -> Mapping[str, Sequence[Column]]:
    """Of every table that a new store has."""
    with open_memory_store() as store:
        names = [
            row["name"]
            for row in store.connection.execute("PRAGMA table_list")
            if row["schema"] == "main" and row["type"] == "table" and not row["name"].startswith(("sqlite_", "_sqlite_"))
        ]
        found = {}
        for name in sorted(names):
            refers = {row["from"]: f"{row['table']}.{row['to']}" for row in store.connection.execute(f"PRAGMA foreign_key_list({name})")}
            found[name] = [
                Column(row["name"], row["type"], _note(row["pk"], row["notnull"], refers.get(row["name"], "")))
                for row in store.connection.execute(f"PRAGMA table_info({name})")
            ]
        return found


def _note(key: int, not_null: int, refers: str) -> str:
    parts = ["key" if key else "", "" if not_null or key else "may be null", f"of `{refers}`" if refers else ""]
    return ", ".join(part for part in parts if part)
