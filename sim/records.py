"""Records: what the ledger and the journals of the store say, read as a person would, each line once. Judges nothing; model.py does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    number: int
    at: datetime
    recorded_at: datetime
    event: str
    actor: str
    changes: str
    ledger_id: int | None


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    folder: str
    uidvalidity: int
    uid: int
    at: datetime
    message_id: str
    outcome: str
    number: int | None


class Records:
    """Of one store, from its beginning."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        """Every message that has its outcome."""
        self._entry = 0
        self._undecided: dict[int, None] = {}
        self._last_row = 0
        self._version = -1

    def has_news(self, store: sqlite3.Connection) -> bool:
        """Whether anybody has written since this was asked last."""
        before = self._version
        self._version = store.execute("PRAGMA data_version").fetchone()[0]
        return self._version != before

    def new_rows(self, store: sqlite3.Connection) -> list[Row]:
        """Messages that have got their outcome since."""
        found = store.execute("SELECT id FROM ledger WHERE id > ? ORDER BY id", (self._last_row,)).fetchall()
        if found:
            self._last_row = found[-1][0]
            self._undecided.update(dict.fromkeys(one[0] for one in found))
        decided = []
        for ledger_id in list(self._undecided):
            one = store.execute(_ROW, (ledger_id,)).fetchone()
            if one["outcome"] is None:
                continue
            del self._undecided[ledger_id]
            position = one["folder"], one["uidvalidity"], one["uid"]
            row = Row(one["id"], *position, _time(one["internaldate"]), one["message_id"], one["outcome"], one["case_number"])
            self.rows[row.id] = row
            decided.append(row)
        return decided

    def new_entries(self, store: sqlite3.Connection) -> Iterator[Entry]:
        for one in store.execute(_ENTRIES, (self._entry,)).fetchall():
            self._entry = one["id"]
            when = _time(one["at"]), _time(one["recorded_at"])
            yield Entry(one["id"], one["case_number"], *when, one["event"], one["actor"], one["changes"], one["ledger_id"])


_ROW = "SELECT id, folder, uidvalidity, uid, internaldate, message_id, outcome, case_number FROM ledger WHERE id = ?"
_ENTRIES = "SELECT id, case_number, at, recorded_at, event, actor, changes, ledger_id FROM case_journal WHERE id > ? ORDER BY id"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
