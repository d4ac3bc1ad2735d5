"""All changes of a page, as one table of every state and every event; `advance_page` looks a row up and carries it out.

Called by workers/paging for clock, people, providers and cases alike; the caller commits the page and its deliveries together. Nothing
else in the program changes a page. If something does not fit, change the table, not the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from triage.core.oncall.acknowledge import give_back, run_out, take, take_again, take_by_work, work_seen
from triage.core.oncall.chain import broadcast, climb, watch_hand_off
from triage.core.oncall.moves import (
    attach,
    attach_acked,
    cannot,
    contact_failed,
    escalate,
    escalate_acked,
    level_dead,
    pull_in_acknowledge,
    pull_in_timers,
    resolve,
    tell_incident,
    tick,
)
from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageReason, PageState, PageStep, PlannedDelivery, Reach
from triage.core.oncall.policy import EscalationPolicy, OnCall


def open_page(
    page_id: int,
    case_number: int | None,
    policy: EscalationPolicy,
    oncall: OnCall,
    now: datetime,
    *,
    generation: int = 1,
    cases: tuple[int, ...] = (),
    why: str = "",
    about: str = "",
    test: bool = False,
    waiting_since: datetime | None = None,
) -> PageStep:
    """A new page with its first deliveries. `case_number` is None for a storm of `cases`. A case that opens again, or is raised again,
    gets a page with the next generation. `waiting_since`: when the mail came; after a long downtime nobody starts at level 0 alone."""
    page = Page(
        id=page_id,
        case_number=case_number,
        generation=generation,
        state=PageState.PAGING,
        policy=policy,
        opened_at=now,
        cycle_started_at=now,
        cases=cases or (() if case_number is None else (case_number,)),
        why=why,
        about=about,
        test=test,
        level_ends_at=now,
    )
    page, deliveries = climb(page, 0, oncall, now)
    if waiting_since is None or now - waiting_since < policy.late_after or page.state is PageState.BROADCAST:
        reason = PageReason.OPENED if page.state is PageState.PAGING else PageReason.BROADCAST
        return _settled(page, PageStep(page, deliveries, reason), oncall, now)
    page, more = broadcast(page, oncall, now)
    return _settled(page, PageStep(page, (*deliveries, *more), PageReason.OPENED_LATE), oncall, now)


def advance_page(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """The page after `event`. Idempotent where it matters: what is known already, stale or not due changes nothing and says so."""
    row = PAGE_TRANSITIONS[page.state, event.kind]
    return _settled(page, row.move(page, event, oncall, now), oncall, now)


def _settled(before: Page, step: PageStep, oncall: OnCall, now: datetime) -> PageStep:
    """Nobody gets the same thing twice in one step; triggers leave their mark; the next hand-off is known."""
    once: dict[tuple[str, str, Action, int], PlannedDelivery] = {}
    for one in step.deliveries:
        once.setdefault((one.person, one.contact, one.action, one.generation), one)
    deliveries = tuple(once.values())
    page = step.page
    if deliveries:
        triggered: list[Reach] = [(one.person, one.contact) for one in deliveries if one.action is Action.TRIGGER]
        page = replace(page, step=before.step + 1, disturbed=tuple(dict.fromkeys((*page.disturbed, *triggered))))
    return PageStep(watch_hand_off(page, oncall, now), deliveries, step.reason)


PageMove = Callable[[Page, PageEvent, OnCall, datetime], PageStep]


@dataclass(frozen=True, slots=True)
class PageTransition:
    """`to`: every state the move can lead to."""

    move: PageMove
    to: frozenset[PageState]


def _row(move: PageMove, *to: PageState) -> PageTransition:
    return PageTransition(move, frozenset(to))


def _nothing(state: PageState, reason: PageReason) -> PageTransition:
    def stay(page: Page, _event: PageEvent, _oncall: OnCall, _now: datetime) -> PageStep:
        return PageStep(page, (), reason)

    return PageTransition(stay, frozenset({state}))


_E, _R = PageEventKind, PageReason
_PAGING, _BROADCAST, _ACKED, _RESOLVED = PageState.PAGING, PageState.BROADCAST, PageState.ACKED, PageState.RESOLVED

PAGE_TRANSITIONS: Mapping[tuple[PageState, PageEventKind], PageTransition] = {
    (_PAGING, _E.OPENED): _nothing(_PAGING, _R.ALREADY_OPEN),
    (_PAGING, _E.TICK): _row(tick, _PAGING, _BROADCAST),
    (_PAGING, _E.ACKNOWLEDGED): _row(take, _ACKED),
    (_PAGING, _E.UNACKNOWLEDGED): _nothing(_PAGING, _R.NOT_ACKNOWLEDGED),
    (_PAGING, _E.WORK_SEEN): _row(take_by_work, _ACKED),
    (_PAGING, _E.RESOLVED): _row(resolve, _PAGING, _RESOLVED),
    (_PAGING, _E.CASE_ATTACHED): _row(attach, _PAGING),
    (_PAGING, _E.CONTACT_FAILED): _row(contact_failed, _PAGING, _BROADCAST),
    (_PAGING, _E.LEVEL_DEAD): _row(level_dead, _PAGING, _BROADCAST),
    (_PAGING, _E.CANNOT): _row(cannot, _PAGING, _BROADCAST),
    (_PAGING, _E.ESCALATE): _row(escalate, _PAGING, _BROADCAST),
    (_PAGING, _E.INCIDENT_OPENED): _row(tell_incident, _PAGING),
    (_PAGING, _E.CLOCK_JUMPED): _row(pull_in_timers, _PAGING),
    (_BROADCAST, _E.OPENED): _nothing(_BROADCAST, _R.ALREADY_OPEN),
    (_BROADCAST, _E.TICK): _row(tick, _BROADCAST),
    (_BROADCAST, _E.ACKNOWLEDGED): _row(take, _ACKED),
    (_BROADCAST, _E.UNACKNOWLEDGED): _nothing(_BROADCAST, _R.NOT_ACKNOWLEDGED),
    (_BROADCAST, _E.WORK_SEEN): _row(take_by_work, _ACKED),
    (_BROADCAST, _E.RESOLVED): _row(resolve, _BROADCAST, _RESOLVED),
    (_BROADCAST, _E.CASE_ATTACHED): _row(attach, _BROADCAST),
    (_BROADCAST, _E.CONTACT_FAILED): _row(contact_failed, _BROADCAST),
    (_BROADCAST, _E.LEVEL_DEAD): _row(level_dead, _BROADCAST),
    (_BROADCAST, _E.CANNOT): _row(cannot, _BROADCAST),
    (_BROADCAST, _E.ESCALATE): _row(escalate, _BROADCAST),
    (_BROADCAST, _E.INCIDENT_OPENED): _row(tell_incident, _BROADCAST),
    (_BROADCAST, _E.CLOCK_JUMPED): _row(pull_in_timers, _BROADCAST),
    (_ACKED, _E.OPENED): _nothing(_ACKED, _R.ALREADY_OPEN),
    (_ACKED, _E.TICK): _row(run_out, _ACKED, _PAGING, _BROADCAST),
    (_ACKED, _E.ACKNOWLEDGED): _row(take_again, _ACKED),
    (_ACKED, _E.UNACKNOWLEDGED): _row(give_back, _PAGING, _BROADCAST),
    (_ACKED, _E.WORK_SEEN): _row(work_seen, _ACKED),
    (_ACKED, _E.RESOLVED): _row(resolve, _ACKED, _RESOLVED),
    (_ACKED, _E.CASE_ATTACHED): _row(attach_acked, _ACKED),
    (_ACKED, _E.CONTACT_FAILED): _nothing(_ACKED, _R.ALREADY_ACKNOWLEDGED),
    (_ACKED, _E.LEVEL_DEAD): _nothing(_ACKED, _R.ALREADY_ACKNOWLEDGED),
    (_ACKED, _E.CANNOT): _nothing(_ACKED, _R.ALREADY_ACKNOWLEDGED),
    (_ACKED, _E.ESCALATE): _row(escalate_acked, _PAGING, _BROADCAST, _ACKED),
    (_ACKED, _E.INCIDENT_OPENED): _row(tell_incident, _ACKED),
    (_ACKED, _E.CLOCK_JUMPED): _row(pull_in_acknowledge, _ACKED),
    **{(_RESOLVED, kind): _nothing(_RESOLVED, _R.ALREADY_RESOLVED) for kind in PageEventKind},
}
