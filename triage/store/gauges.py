"""How things stand just now, for /metrics: each number found by an index over what is unfinished, however much is finished.

Reads only. Called by workers/metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.store.database import Store
from triage.store.times import to_datetime_or_none, to_text


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many, and since when the oldest."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """How many run, and of how many the time has come."""

    running: int
    due: int


def undecided(store: Store) -> Waiting:
    row = store.connection.execute("SELECT count(*) AS n, min(internaldate) AS oldest FROM ledger WHERE outcome IS NULL").fetchone()
    return Waiting(row["n"], to_datetime_or_none(row["oldest"]))


def quarantined(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) AS n FROM ledger WHERE outcome = 'quarantined'").fetchone()["n"])


def case_clocks(store: Store, now: datetime) -> Clocks:
    return _clocks(store, "next_deadline_at", now)


def responses(store: Store, now: datetime) -> Clocks:
    return _clocks(store, "response_due_at", now)


def resolutions(store: Store, now: datetime) -> Clocks:
    return _clocks(store, "resolution_due_at", now)


def _clocks(store: Store, column: str, now: datetime) -> Clocks:
    row = store.connection.execute(
        f"SELECT count(*) AS n, coalesce(sum({column} <= ?), 0) AS due FROM cases WHERE {column} IS NOT NULL", (to_text(now),)
    ).fetchone()
    return Clocks(row["n"], row["due"])


def open_pages(store: Store) -> Mapping[str, int]:
    """By state, drills not counted."""
    rows = store.connection.execute(
        "SELECT state, count(*) AS n FROM pages WHERE next_at IS NOT NULL AND coalesce(json_extract(value, '$.test'), 0) = 0 GROUP BY state"
    )
    return {row["state"]: row["n"] for row in rows}


def unsettled(store: Store) -> Mapping[str, Waiting]:
    """Deliveries by channel; the oldest by when its next try is due."""
    rows = store.connection.execute(
        "SELECT channel, count(*) AS n, min(next_attempt_at) AS oldest FROM outbox WHERE next_attempt_at IS NOT NULL GROUP BY channel"
    )
    return {row["channel"]: Waiting(row["n"], to_datetime_or_none(row["oldest"])) for row in rows}
