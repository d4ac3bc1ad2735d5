"""What the rows of the table do: one small function per row, `(page, event, oncall, now) -> PageStep`.

Called by `transitions` only, which also marks what was triggered; acknowledging has its own module.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from triage.core.oncall.acknowledge import RESOLVE_WITHIN, TOLD_WITHIN, disturbed_contacts, nudge, page_again
from triage.core.oncall.chain import Move, broadcast, climb, hand_off, live_contacts, next_contact, plan, restart
from triage.core.oncall.page import Action, News, Page, PageEvent, PageReason, PageState, PageStep, PlannedDelivery
from triage.core.oncall.people import Medium
from triage.core.oncall.policy import QUIET_MEDIA, OnCall
from triage.core.oncall.storms import step_reached

TOLD_EVERY = timedelta(minutes=1)
"""At most one quiet line about other partners' cases in so long; what joins in between is said by the next step."""

# --- the clock -------------------------------------------------------------------------------------------------------


def tick(page: Page, _event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """One action per tick, however long the program was down; overdue by `late_after`, on-call and everybody at once."""
    due_at = page.next_at
    if due_at is None or now < due_at:
        return PageStep(page, (), PageReason.NOT_DUE)
    if now - due_at >= page.policy.late_after:
        return PageStep(*_start_late(page, oncall, now), PageReason.LATE_START)
    broadcast_due = page.broadcast_due_at is not None and page.broadcast_due_at <= now
    step = _chain_step(page, oncall, now)
    if not broadcast_due:
        return step
    page, more = broadcast(step.page, oncall, now)
    reason = PageReason.BROADCAST_AGAIN if step.reason is PageReason.NOT_DUE else step.reason
    return PageStep(page, (*step.deliveries, *more), reason)


def _start_late(page: Page, oncall: OnCall, now: datetime) -> Move:
    started, deliveries = restart(page, oncall, now)
    if started.broadcasts > page.broadcasts:  # no level had anybody, so the broadcast has been made
        return started, deliveries
    started, more = broadcast(started, oncall, now)
    return started, (*deliveries, *more)


def _chain_step(page: Page, oncall: OnCall, now: datetime) -> PageStep:
    """What is due of the levels: the next one, a new cycle, or a hand-off."""
    if page.level_ends_at is not None and page.level_ends_at <= now:
        return _next_level(page, oncall, now, PageReason.NEXT_LEVEL)
    if page.hand_off_at is None or page.hand_off_at > now:
        return PageStep(page, (), PageReason.NOT_DUE)
    page, deliveries = hand_off(page, oncall, now)
    return PageStep(page, deliveries, PageReason.HANDED_OFF if deliveries else PageReason.HAND_OFF_KNOWN)


def _next_level(page: Page, oncall: OnCall, now: datetime, reason: PageReason) -> PageStep:
    """`reason` says why the level is left; a broadcast, a new cycle or the end of the levels speak for themselves."""
    if page.level >= len(page.policy.levels):
        restarted, deliveries = restart(page, oncall, now)
        return PageStep(restarted, deliveries, PageReason.CHAIN_RESTARTED)
    after, deliveries = climb(page, page.level + 1, oncall, now)
    if page.state is PageState.PAGING and after.state is PageState.BROADCAST:
        return PageStep(after, deliveries, PageReason.BROADCAST)
    if after.level >= len(page.policy.levels):
        return PageStep(after, deliveries, PageReason.LEVELS_USED_UP)
    return PageStep(after, deliveries, reason)


def pull_in_timers(page: Page, _event: PageEvent, _oncall: OnCall, now: datetime) -> PageStep:
    """After the wall clock went back, the timers would wait an hour too long."""
    policy, level = page.policy, page.level
    used_up = level >= len(policy.levels)
    length = policy.restart_every if used_up else policy.end_of(level) - policy.levels[level].at
    page = replace(
        page,
        cycle_started_at=min(page.cycle_started_at, now),
        level_ends_at=_earlier(page.level_ends_at, now + length),
        broadcast_due_at=_earlier(page.broadcast_due_at, now + policy.broadcast_pause(max(page.broadcasts, 1))),
        hand_off_at=None,
    )
    return PageStep(page, (), PageReason.TIMERS_PULLED_IN)


def pull_in_acknowledge(page: Page, _event: PageEvent, _oncall: OnCall, now: datetime) -> PageStep:
    """Keeps the length the acknowledge had when it was given or prolonged, at most the longest there is."""
    length = page.policy.ack_longest
    if page.acked_until is not None and page.acked_at is not None:
        length = min(length, page.acked_until - page.acked_at)
    acked_at = _earlier(page.acked_at, now)
    return PageStep(replace(page, acked_at=acked_at, acked_until=_earlier(page.acked_until, now + length)), (), PageReason.TIMERS_PULLED_IN)


def _earlier(timer: datetime | None, limit: datetime) -> datetime | None:
    return None if timer is None else min(timer, limit)


# --- people and contacts ---------------------------------------------------------------------------------------------


def _is_stale(page: Page, event: PageEvent) -> bool:
    """From another level than the one that is running now."""
    claims = ((event.generation, page.generation), (event.cycle, page.cycle), (event.level, page.level))
    return any(claimed is not None and claimed != current for claimed, current in claims)


def escalate(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    if _is_stale(page, event):
        return PageStep(page, (), PageReason.STALE)
    return _next_level(page, oncall, now, PageReason.ESCALATED)


def escalate_acked(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """Whoever has it wants help: the levels go on above the one that was reached."""
    if _is_stale(page, event):
        return PageStep(page, (), PageReason.STALE)
    levels = len(page.policy.levels)
    after, deliveries = page_again(page, min(page.level + 1, levels), oncall, now)
    return PageStep(after, deliveries, PageReason.ESCALATED)


def level_dead(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    if _is_stale(page, event) or page.level >= len(page.policy.levels):
        return PageStep(page, (), PageReason.STALE)
    return _next_level(page, oncall, now, PageReason.LEVEL_FAILED)


def contact_failed(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """The person's next contact in parallel; when the last live contact of the level is gone for good, the level is over."""
    reach = (event.person, event.contact)
    if _is_stale(page, event) or reach not in page.level_contacts:
        return PageStep(page, (), PageReason.NOT_OF_THIS_LEVEL)
    if event.permanent:
        page = replace(page, dead_contacts=tuple(dict.fromkeys((*page.dead_contacts, reach))))
    other = next_contact(page, event.person, oncall)
    if other is not None:
        page = replace(page, level_contacts=(*page.level_contacts, (other[0].name, other[1].name)))
        return PageStep(page, plan(page, [other], Action.TRIGGER, page.level, page.level_ends_at or now), PageReason.OTHER_CONTACT)
    if live_contacts(page):
        return PageStep(page, (), PageReason.CONTACTS_LEFT)
    return _next_level(page, oncall, now, PageReason.LEVEL_FAILED)


def cannot(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    page = replace(page, cannot=tuple(dict.fromkeys((*page.cannot, event.person))))
    if live_contacts(page) or page.level >= len(page.policy.levels):
        return PageStep(page, (), PageReason.OTHERS_CAN)
    return _next_level(page, oncall, now, PageReason.CANNOT)


# --- cases -----------------------------------------------------------------------------------------------------------


def attach(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """A line more, said at the next step, and quietly at once when it is another partner's; a storm that reaches its next size pages its
    level again."""
    before = len(page.cases)
    grown = _with_case(page, event.case_number)
    if grown is page:
        return PageStep(page, (), PageReason.ALREADY_ATTACHED)
    if not page.is_storm:
        return _tell_joined(grown, oncall, now) if event.newcomer else PageStep(grown, (), PageReason.ATTACHED)
    if step_reached(before, len(grown.cases), oncall.storms) is None:
        return PageStep(grown, (), PageReason.ATTACHED)
    current = live_contacts(page) or page.disturbed
    targets = [target for target in disturbed_contacts(page, oncall) if (target[0].name, target[1].name) in current]
    quiet = [target for target in targets if target[1].medium is not Medium.VOICE] or targets
    level = page.level if page.level < len(page.policy.levels) else None
    return PageStep(grown, plan(grown, quiet, Action.TRIGGER, level, page.next_at or now), PageReason.STORM_GREW)


def _tell_joined(page: Page, oncall: OnCall, now: datetime) -> PageStep:
    if page.told_at is not None and page.told_at <= now < page.told_at + TOLD_EVERY:
        return PageStep(page, (), PageReason.ATTACHED)
    told = _quiet_line(page, News.CASE_JOINED, page.next_at or now, oncall)
    return PageStep(replace(page, told_at=now), told, PageReason.ATTACHED_TOLD)


def tell_incident(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    if event.case_number not in page.open_cases:
        return PageStep(page, (), PageReason.NOT_ON_PAGE)
    return PageStep(page, _quiet_line(page, News.INCIDENT_OPENED, now + TOLD_WITHIN, oncall), PageReason.INCIDENT_TOLD)


def _quiet_line(page: Page, news: News, not_after: datetime, oncall: OnCall) -> tuple[PlannedDelivery, ...]:
    """To whoever was disturbed, by what does not ring; a provider's incident is told under its own key."""
    quiet = [target for target in disturbed_contacts(page, oncall) if target[1].medium in QUIET_MEDIA]
    return plan(page, quiet, Action.UPDATE, None, not_after, news=news)


def attach_acked(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    grown = _with_case(page, event.case_number)
    if grown is page:
        return PageStep(page, (), PageReason.ALREADY_ATTACHED)
    return nudge(grown, oncall, now)


def _with_case(page: Page, number: int | None) -> Page:
    """The page with the case at the end of its list; the same page when it is there and still open."""
    if number is None or number in page.open_cases:
        return page
    if number in page.done:
        others = tuple(other for other in page.cases if other != number)
        watermark = page.acked_cases - (number in page.cases[: page.acked_cases])
        page = replace(page, cases=others, done=tuple(other for other in page.done if other != number), acked_cases=watermark)
    return replace(page, cases=(*page.cases, number))


def resolve(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """One case, or the page: closed, severity lowered, merged, cancelled. Everybody who was disturbed is told that it is over."""
    if event.case_number is not None:
        if event.case_number not in page.open_cases:
            return PageStep(page, (), PageReason.NOT_ON_PAGE)
        page = replace(page, done=(*page.done, event.case_number))
        if page.open_cases:
            return PageStep(page, (), PageReason.CASE_DONE)
    targets = [target for target in disturbed_contacts(page, oncall) if target[1].medium is not Medium.VOICE]
    page = replace(
        page,
        state=PageState.RESOLVED,
        level_ends_at=None,
        broadcast_due_at=None,
        hand_off_at=None,
        acked_until=None,
        resolved_at=now,
        resolved_why=event.why,
    )
    return PageStep(page, plan(page, targets, Action.RESOLVE, None, now + RESOLVE_WITHIN), PageReason.RESOLVED)
