"""What is asked for every message is found by an index, however large the store has grown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from triage.store import cases, counters, gauges, journal, ledger, outbox, pages
from triage.store.counters import Count
from triage.store.database import Store, open_memory_store

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MADE_BY_THE_QUERY = ("SCAN CONSTANT ROW", "SCAN one")
ASKED_PER_MESSAGE: dict[str, Callable[[Store], object]] = {
    "ledger.twin": lambda store: ledger.twin(store, "identity", 1),
    "ledger.other_of_same_id": lambda store: ledger.other_of_same_id(store, "<1@example.com>", "identity", 1),
    "ledger.known_headers": lambda store: ledger.known_headers(store, ["hash"]),
    "ledger.of_case": lambda store: ledger.of_case(store, 1),
    "ledger.undecided": ledger.undecided,
    "ledger.unproven_since": lambda store: ledger.unproven_since(store, T0),
    "journal.of_case_and_merged": lambda store: journal.of_case_and_merged(store, 1),
    "journal.since": lambda store: journal.since(store, T0, ["one", "other"]),
    "outbox.by_message_id": lambda store: outbox.by_message_id(store, "<1@example.com>"),
    "outbox.next_due_at": outbox.next_due_at,
    "cases.by_message_ids": lambda store: cases.by_message_ids(store, ["<1@example.com>"]),
    "cases.open_of_partner": lambda store: cases.open_of_partner(store, "acme"),
    "pages.open_of_case": lambda store: pages.open_of_case(store, 1),
    "pages.was_noted": lambda store: pages.was_noted(store, 1, ["one", "other"]),
    "gauges.undecided": gauges.undecided,
    "gauges.quarantined": gauges.quarantined,
    "gauges.case_clocks": lambda store: gauges.case_clocks(store, T0),
    "gauges.responses": lambda store: gauges.responses(store, T0),
    "gauges.resolutions": lambda store: gauges.resolutions(store, T0),
    "gauges.open_pages": gauges.open_pages,
    "gauges.unsettled": gauges.unsettled,
    "counters.totals": lambda store: counters.totals(store, Count.MAILS),
}


@pytest.mark.parametrize("name", ASKED_PER_MESSAGE)
def test_no_table_is_read_from_end_to_end(name: str) -> None:
    with open_memory_store() as store:
        statements: list[str] = []
        store.connection.set_trace_callback(statements.append)
        ASKED_PER_MESSAGE[name](store)
        store.connection.set_trace_callback(None)
        plans = [row["detail"] for sql in statements for row in store.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert plans
    assert [plan for plan in plans if _reads_all(plan)] == []


def _reads_all(plan: str) -> bool:
    return plan.startswith("SCAN") and " USING " not in plan and plan not in MADE_BY_THE_QUERY
