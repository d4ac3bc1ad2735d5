"""Rehearsal: a page played through without anybody being paged. Who would be reached, by which contact, at which second, and why.

The same table decides as at night; only the world is made up: contacts that answer with a status, people who answer or do not, a program
that is down for a while. Budgets and storms take no part. Pure. Called by `triage oncall explain`.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from triage.core.deliveries import PAGE_DELAYS
from triage.core.oncall.guard import Wanted, still_wanted
from triage.core.oncall.page import Action, PageEvent, PageEventKind, PageState, PageStep, PlannedDelivery
from triage.core.oncall.people import Medium
from triage.core.oncall.policy import EscalationPolicy, OnCall
from triage.core.oncall.transitions import advance_page, open_page

TRIES_BEFORE_NEXT_CONTACT = 2
OUT_OF_OFFICE_AFTER = timedelta(seconds=5)
TEMPORARY = frozenset({408, 425, 429})
MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a person does `after` the first page has reached them. `kind` ACKNOWLEDGED or CANNOT."""

    kind: PageEventKind
    after: timedelta


@dataclass(frozen=True, slots=True)
class World:
    """`answers`: HTTP status by contact kind or contact name; others are accepted. People without a reaction do not answer."""

    answers: Mapping[str, int] = field(default_factory=dict)
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    down_for: timedelta = timedelta()
    """The program stops in the second in which the page opens, and comes back after this."""


@dataclass(frozen=True, slots=True)
class Line:
    """`who` and `contact` are empty where the page itself moves."""

    at: datetime
    who: str
    contact: str
    text: str


def rehearse(oncall: OnCall, policy: EscalationPolicy, at: datetime, world: World, until: datetime) -> list[Line]:
    """Until somebody has acknowledged, or until `until`."""
    return list(itertools.islice(_Play(oncall, policy, at, world).lines(until), MOST_LINES))


class _Play:
    def __init__(self, oncall: OnCall, policy: EscalationPolicy, at: datetime, world: World) -> None:
        self._oncall = oncall
        self._world = world
        self._back_at = at + world.down_for
        self._serial = itertools.count()
        self._coming: list[tuple[datetime, int, PageEvent | tuple[PlannedDelivery, int]]] = []
        self._reacted: set[str] = set()
        self._reached: set[tuple[int, int, int | None]] = set()
        first = open_page(1, 1, policy, oncall, at, why="a rehearsal")
        self._page = first.page
        self._first = first
        self._opened_at = at

    def lines(self, until: datetime) -> Iterator[Line]:
        yield from self._told(self._first, self._opened_at)
        if self._world.down_for:
            yield Line(self._opened_at, "", "", "the program stops here; everything that follows is in the store")
        while self._page.state is not PageState.ACKED:
            now = self._next_instant()
            if now is None or now > until:
                return
            if self._coming and self._coming[0][0] <= now:
                yield from self._play(heapq.heappop(self._coming)[2], now)
            else:
                yield from self._step(PageEvent(PageEventKind.TICK), now)

    def _next_instant(self) -> datetime | None:
        known = [at for at in (self._page.next_at, self._coming[0][0] if self._coming else None) if at is not None]
        return max(min(known), self._back_at) if known else None

    def _play(self, what: PageEvent | tuple[PlannedDelivery, int], now: datetime) -> Iterator[Line]:
        if isinstance(what, PageEvent):
            yield from self._step(what, now)
        else:
            yield from self._attempt(*what, now)

    def _step(self, event: PageEvent, now: datetime) -> Iterator[Line]:
        step = advance_page(self._page, event, self._oncall, now)
        self._page = step.page
        yield from self._told(step, now, event.by or event.person)

    def _told(self, step: PageStep, now: datetime, who: str = "") -> Iterator[Line]:
        yield Line(now, who, "", step.reason.value)
        for planned in step.deliveries:
            self._schedule(now, (planned, 1))

    def _schedule(self, at: datetime, what: PageEvent | tuple[PlannedDelivery, int]) -> None:
        heapq.heappush(self._coming, (max(at, self._back_at), next(self._serial), what))

    def _attempt(self, planned: PlannedDelivery, attempt: int, now: datetime) -> Iterator[Line]:
        wanted = still_wanted(self._page, planned, now)
        if wanted is not Wanted.YES:
            yield Line(now, planned.person, planned.contact, f"not sent: {wanted.value}")
            return
        status = self._status(planned)
        asked = "" if planned.action is Action.TRIGGER else f"{planned.action.value}: "
        if status is None or 200 <= status < 300:
            yield Line(now, planned.person, planned.contact, f"{asked}accepted")
            self._reached.add((planned.generation, planned.cycle, planned.level))
            self._react(planned, now)
            return
        permanent = 300 <= status < 500 and status not in TEMPORARY
        yield Line(
            now, planned.person, planned.contact, f"{asked}{status}, {'failed for good' if permanent else f'attempt {attempt} failed'}"
        )
        again_at = now + PAGE_DELAYS[min(attempt, len(PAGE_DELAYS)) - 1]
        if not permanent:
            self._schedule(again_at, (planned, attempt + 1))
        if planned.action is Action.TRIGGER and (permanent or attempt == TRIES_BEFORE_NEXT_CONTACT):
            yield from self._step(_failed(planned, permanent=permanent), now)
        if not permanent and self._is_unreached(planned, again_at - (now - sum(PAGE_DELAYS[: attempt - 1], timedelta()))):
            dead = PageEvent(PageEventKind.LEVEL_DEAD, generation=planned.generation, cycle=planned.cycle, level=planned.level)
            yield from self._step(dead, now)

    def _is_unreached(self, planned: PlannedDelivery, waits: timedelta) -> bool:
        of_level = planned.action is Action.TRIGGER and planned.level is not None
        late = waits > self._page.policy.unreached_after
        return of_level and late and (planned.generation, planned.cycle, planned.level) not in self._reached

    def _status(self, planned: PlannedDelivery) -> int | None:
        person = self._oncall.people.get(planned.person)
        contact = person.contact(planned.contact) if person is not None else None
        kind = contact.kind if contact is not None else ""
        return self._world.answers.get(planned.contact, self._world.answers.get(kind))

    def _react(self, planned: PlannedDelivery, now: datetime) -> None:
        reaction = self._world.reactions.get(planned.person)
        if reaction is None or planned.person in self._reacted or planned.action is not Action.TRIGGER:
            return
        if reaction.kind is PageEventKind.CANNOT and planned.medium is not Medium.MAIL and reaction.after == OUT_OF_OFFICE_AFTER:
            return
        self._reacted.add(planned.person)
        self._schedule(now + reaction.after, PageEvent(reaction.kind, by=planned.person, person=planned.person))


def _failed(planned: PlannedDelivery, *, permanent: bool) -> PageEvent:
    event = PageEvent(PageEventKind.CONTACT_FAILED, person=planned.person, contact=planned.contact, permanent=permanent)
    return replace(event, generation=planned.generation, cycle=planned.cycle, level=planned.level)
