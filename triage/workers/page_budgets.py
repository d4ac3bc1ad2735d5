"""The last word before a page goes out: has this person had enough calls for a while, and is its trigger still on its way.

Over budget nothing is dropped: the delivery waits, and whichever goes next to the same contact carries what waits. The levels' clock is
not touched. Drills and retries of an attempt that reached nobody are free. Called by dispatcher.py when it claims a delivery.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from triage.core.deliveries import Delivery, DeliveryState, Settlement
from triage.core.oncall.budgets import within_budget
from triage.core.oncall.guard import Wanted, still_wanted
from triage.core.oncall.page import Action
from triage.core.oncall.page_json import delivery_from_json, delivery_to_json
from triage.core.oncall.payload import LONGEST_TEXT, TEXT_LIMITS
from triage.store import outbox, page_traffic, pages
from triage.workers.desk import Desk

_GRACE = timedelta(minutes=5)
"""From the instant a place in the budget is free: until then what waited is still worth something."""


def ready(desk: Desk, delivery: Delivery, now: datetime) -> Delivery | None:
    """Inside a write transaction: the delivery as it may go now, perhaps with others on board; None when its turn comes later."""
    outgoing = delivery.outgoing
    planned = delivery_from_json(outgoing.payload["planned"])
    if planned.action in (Action.RESOLVE, Action.ACKNOWLEDGE) and page_traffic.trigger_on_its_way(
        desk.store, outgoing.page_id or 0, outgoing.recipients, now
    ):
        return None
    windows = desk.rules().oncall.budgets.windows.get(planned.medium, ())
    if not windows or delivery.attempts or outgoing.payload.get("test"):
        return delivery
    earliest = now - max(window.period for window in windows)
    sent = page_traffic.sent(desk.store, planned.person, planned.medium, earliest)
    decision = within_budget(planned.medium, sent, desk.rules().oncall.budgets, now)
    if decision.free_at is None:
        return _with_others(desk, delivery, now)
    later = replace(planned, not_after=max(planned.not_after, decision.free_at + _GRACE))
    payload = {**outgoing.payload, "planned": delivery_to_json(later)}
    page_traffic.hold_back(desk.store, delivery.id, decision.free_at, later.not_after, payload)
    return None


def _with_others(desk: Desk, delivery: Delivery, now: datetime) -> Delivery:
    """What was held back for the same contact, and is still wanted, travels with this one."""
    told: list[str] = []
    for other_id in page_traffic.held_back(desk.store, delivery.outgoing.recipients):
        row = outbox.get(desk.store, other_id)
        if row is None or other_id == delivery.id or not _is_wanted(desk, row.delivery, now):
            continue
        told.append(str(row.delivery.outgoing.payload["page"].get("summary", "")))
        outbox.settle(desk.store, other_id, Settlement(DeliveryState.WITHDRAWN, f"told together with delivery {delivery.id}"), now)
    if not told:
        return delivery
    payload = _carrying(delivery.outgoing.payload, told)
    page_traffic.rewrite(desk.store, delivery.id, payload)
    return replace(delivery, outgoing=replace(delivery.outgoing, payload=payload))


def _is_wanted(desk: Desk, delivery: Delivery, now: datetime) -> bool:
    stored = pages.get(desk.store, delivery.outgoing.page_id or 0)
    planned = delivery_from_json(delivery.outgoing.payload["planned"])
    return stored is not None and still_wanted(stored.page, planned, now) is Wanted.YES


def _carrying(payload: Any, told: list[str]) -> dict[str, Any]:
    """The others come before the text, which may be cut by the service; their own texts are on their pages."""
    planned = delivery_from_json(payload["planned"])
    shown = dict(payload["page"])
    lines = "\n".join([f"And {len(told)} more:", *told])
    limit = TEXT_LIMITS.get(planned.medium, LONGEST_TEXT)
    shown["summary"] = f"{shown.get('summary', '')} (and {len(told)} more)"
    shown["text"] = f"{lines[: limit // 2]}\n{shown.get('text', '')}"
    return {**payload, "page": shown}
