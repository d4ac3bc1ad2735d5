"""Rows of the outbox that are pages, as budgets and order need them: what a person got lately, what is on its way, what is held back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from triage.core.oncall.page import Action, PlannedDelivery
from triage.core.oncall.people import Medium
from triage.store.database import Store
from triage.store.times import to_datetime, to_text

HELD_BACK = "over budget: bundled with the next one"


def sent(store: Store, person: str, medium: Medium, since: datetime) -> list[datetime]:
    """When this person was reached by this medium, or is just being; drills do not count."""
    rows = store.connection.execute(
        "SELECT coalesce(settled_at, next_attempt_at) AS at FROM outbox WHERE channel = 'page' AND state IN ('delivered', 'claimed')"
        " AND coalesce(settled_at, next_attempt_at) >= ? AND json_extract(recipients, '$[0]') = ?"
        " AND json_extract(payload, '$.planned.medium') = ? AND json_extract(payload, '$.test') IS NOT 1",
        (to_text(since), person, medium.value),
    )
    return [to_datetime(row["at"]) for row in rows]


def level_has_hope(store: Store, page_id: int, planned: PlannedDelivery) -> bool:
    """Whether any trigger of the same level, in the same cycle, has been accepted, is on its way, or was not tried yet."""
    row = store.connection.execute(
        "SELECT 1 FROM outbox WHERE page_id = ? AND purpose = ? AND generation = ?"
        " AND (state IN ('delivered', 'claimed') OR (state = 'pending' AND attempts = 0))"
        " AND json_extract(payload, '$.planned.cycle') = ? AND json_extract(payload, '$.planned.level') IS ?",
        (page_id, f"page {Action.TRIGGER.value}", planned.generation, planned.cycle, planned.level),
    ).fetchone()
    return row is not None


def trigger_on_its_way(store: Store, page_id: int, recipients: Sequence[str], now: datetime) -> bool:
    """Whether an attempt to trigger this contact for this page has begun and has no answer yet."""
    row = store.connection.execute(
        "SELECT 1 FROM outbox WHERE page_id = ? AND recipients = ? AND state = 'claimed' AND purpose = ? AND next_attempt_at > ?",
        (page_id, json.dumps(recipients), f"page {Action.TRIGGER.value}", to_text(now)),
    ).fetchone()
    return row is not None


def hold_back(store: Store, outbox_id: int, until: datetime, not_after: datetime, payload: Mapping[str, Any]) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "UPDATE outbox SET state = 'pending', next_attempt_at = ?, not_after = ?, payload = ?, result = ? WHERE id = ?",
        (to_text(until), to_text(not_after), json.dumps(payload, ensure_ascii=False), HELD_BACK, outbox_id),
    )


def held_back(store: Store, recipients: Sequence[str]) -> list[int]:
    rows = store.connection.execute(
        "SELECT id FROM outbox WHERE channel = 'page' AND next_attempt_at IS NOT NULL AND state = 'pending'"
        " AND recipients = ? AND result = ? ORDER BY id",
        (json.dumps(recipients), HELD_BACK),
    )
    return [int(row["id"]) for row in rows]


def rewrite(store: Store, outbox_id: int, payload: Mapping[str, Any]) -> None:
    """Inside a write transaction: a delivery that carries others says so on every attempt."""
    store.connection.execute("UPDATE outbox SET payload = ? WHERE id = ?", (json.dumps(payload, ensure_ascii=False), outbox_id))
