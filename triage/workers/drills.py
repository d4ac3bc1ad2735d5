"""Drills: pages marked TEST that find out whether people can be reached, before it matters. Never while a real page is open.

One page per person, by all their contacts at once, so that each of them acknowledges; or the whole chain, one page that goes up the real
policy at its real times until somebody takes it. The daemon delivers them as it delivers any page; a real page ends every drill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.deliveries import DeliveryState
from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageState
from triage.core.oncall.people import Person
from triage.core.oncall.policy import EscalationPolicy, Level, OnCall
from triage.store import outbox, pages
from triage.workers import paging
from triage.workers.desk import Desk


@dataclass(frozen=True, slots=True)
class Reached:
    """One contact of one person in a drill. Seconds count from the start of the drill; None: it did not happen."""

    person: str
    contact: str
    accepted_s: float | None
    acknowledged_s: float | None
    result: str
    """What the other side said, or why it was not sent."""


def refusal(desk: Desk) -> str:
    """Why no drill may begin now; "" when it may."""
    real = [stored.page for stored in pages.all_open(desk.store) if not stored.page.test]
    if real:
        return f"page {real[0].id} is open and real: acknowledging is what matters now"
    if any(stored.page.test for stored in pages.all_open(desk.store)):
        return "a drill is going on already"
    return "" if desk.rules().oncall.people else "rules/oncall.toml names nobody to page"


def on_call_now(oncall: OnCall, now: datetime) -> tuple[Person, ...]:
    """Whoever is on call in a rota at this instant, each once."""
    return oncall.members(tuple(oncall.rotas), (), now)


def start(desk: Desk, people: Sequence[Person], lasts: timedelta, now: datetime, because: str = "") -> tuple[int, ...]:
    """Inside a write transaction: a page for each; their numbers. `because`: who began it and why, for the receipt."""
    return tuple(paging.open_drill(desk, _policy(person, lasts), f"a drill{because}", now) for person in people)


def start_chain(desk: Desk, policy: EscalationPolicy, now: datetime, because: str = "") -> int:
    """Inside a write transaction: the policy itself, at its own times; its number."""
    return paging.open_drill(desk, policy, f"a drill of the whole policy {policy.name}{because}", now)


def finish(desk: Desk, numbers: Sequence[int], why: str, now: datetime) -> None:
    """Inside a write transaction: those that are still open are over."""
    for number in numbers:
        stored = pages.get(desk.store, number)
        if stored is not None and stored.page.test:
            paging.advance(desk, stored, PageEvent(PageEventKind.RESOLVED, why=why), now)


def is_over(desk: Desk, numbers: Sequence[int]) -> bool:
    found = [stored.page for number in numbers if (stored := pages.get(desk.store, number)) is not None]
    return all(page.state is PageState.RESOLVED for page in found)


def matrix(desk: Desk, numbers: Sequence[int]) -> list[Reached]:
    """Person by contact: was it accepted, was it acknowledged, after how many seconds."""
    rows: dict[tuple[str, str], Reached] = {}
    for number in numbers:
        stored = pages.get(desk.store, number)
        for row in outbox.of_page(desk.store, number) if stored is not None else ():
            planned = row.delivery.outgoing.payload["planned"]
            if stored is None or planned["action"] != Action.TRIGGER.value:
                continue
            rows.setdefault((planned["person"], planned["contact"]), _reached(stored.page, row))
    return list(rows.values())


def _reached(page: Page, row: outbox.OutboxRow) -> Reached:
    person, contact = row.delivery.outgoing.recipients
    accepted = row.settled_at if row.state is DeliveryState.DELIVERED else None
    acknowledged = page.acked_at if page.acked_by == person else None
    result = row.result or ("waiting" if row.settled_at is None else "")
    return Reached(person, contact, _seconds(page, accepted), _seconds(page, acknowledged), result)


def _seconds(page: Page, at: datetime | None) -> float | None:
    return None if at is None else round((at - page.opened_at).total_seconds(), 1)


def _policy(person: Person, lasts: timedelta) -> EscalationPolicy:
    """All contacts at once and nobody else; at the end of its only level the drill is over."""
    return EscalationPolicy(
        paging.DRILL, (Level(timedelta(), (person.name,)),), broadcast=(person.name,), broadcast_at=lasts, restart_every=lasts
    )
