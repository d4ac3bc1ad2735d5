"""Counters: sums that survive a restart and are never counted again from the tables, which only grow.

What follows from a row of a table is counted by triggers (store/migrations.py), the rest by whoever decides it; always in the transaction
of the change. `label` is one of the program's own words, the name of a rule, or several joined by a slash. Nothing is ever taken back,
but of `cases`, which counts how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from triage.core.metrics import Distribution, bucket
from triage.store.database import Store


class Count(Enum):
    MAILS = "mails"
    """By outcome."""
    CASES = "cases"
    """By status/severity, as many as there are."""
    DELIVERIES = "deliveries"
    """By channel/result."""
    PAGES = "pages"
    """Opened, without drills; no label."""
    RULE_HITS = "rule-hits"
    PROMISES_TOLD = "promises-told"
    """By promise/percent."""
    ACKNOWLEDGES = "acknowledges"
    """By the position of the bucket; their sum in seconds is ACKNOWLEDGE_SECONDS."""
    ACKNOWLEDGE_SECONDS = "acknowledge-seconds"


def add(store: Store, name: Count, label: str = "", value: float = 1) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO counters (name, label, value) VALUES (?, ?, ?) ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value",
        (name.value, label, value),
    )


def add_acknowledge(store: Store, seconds: float, bounds: Sequence[float]) -> None:
    """Inside a write transaction: how long it took."""
    add(store, Count.ACKNOWLEDGES, str(bucket(seconds, bounds)))
    add(store, Count.ACKNOWLEDGE_SECONDS, value=seconds)


def totals(store: Store, name: Count) -> Mapping[str, float]:
    """By label."""
    rows = store.connection.execute("SELECT label, value FROM counters WHERE name = ? ORDER BY label", (name.value,))
    return {row["label"]: row["value"] for row in rows}


def acknowledges(store: Store, bounds: Sequence[float]) -> Distribution:
    found = totals(store, Count.ACKNOWLEDGES)
    counts = tuple(int(found.get(str(position), 0)) for position in range(len(bounds) + 1))
    return Distribution(tuple(bounds), counts, totals(store, Count.ACKNOWLEDGE_SECONDS).get("", 0.0))
