"""The receipt of a page, second by second: every step with its reason, every attempt with its answer, what providers said. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.deliveries import DeliveryState
from triage.store import outbox, page_tokens, pages
from triage.store.database import Store


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """`what` is one of: step, attempt, not sent, provider. `who` is a person, with the contact for attempts."""

    at: datetime
    what: str
    who: str
    text: str


def receipt(store: Store, page_id: int) -> list[ReceiptLine]:
    """In the order of time; what happened in the same instant in the order in which it was decided."""
    lines = [*_steps(store, page_id), *_deliveries(store, page_id), *_provider(store, page_id)]
    return sorted(lines, key=lambda line: line.at)


def _steps(store: Store, page_id: int) -> list[ReceiptLine]:
    return [
        ReceiptLine(entry.at, "step", entry.actor, entry.reason + (f": {entry.detail}" if entry.detail else ""))
        for entry in pages.history(store, page_id)
    ]


def _deliveries(store: Store, page_id: int) -> list[ReceiptLine]:
    lines = []
    for row in outbox.of_page(store, page_id):
        outgoing = row.delivery.outgoing
        who = " by ".join(outgoing.recipients)
        kind = outgoing.purpose.removeprefix("page ")
        for attempt in outbox.attempts(store, row.delivery.id):
            lines.append(
                ReceiptLine(attempt.at, "attempt", who, f"{kind}: {attempt.outcome}" + (f", {attempt.detail}" if attempt.detail else ""))
            )
        if row.state is DeliveryState.WITHDRAWN and row.settled_at is not None:
            lines.append(ReceiptLine(row.settled_at, "not sent", who, f"{kind}: {row.result}"))
        elif row.settled_at is None and row.result:
            lines.append(ReceiptLine(row.delivery.created_at, "waiting", who, f"{kind}: {row.result}"))
    return lines


def _provider(store: Store, page_id: int) -> list[ReceiptLine]:
    return [
        ReceiptLine(event.occurred_at, "provider", event.actor, f"{event.kind}: {event.result}")
        for event in page_tokens.events_of_page(store, page_id)
    ]
