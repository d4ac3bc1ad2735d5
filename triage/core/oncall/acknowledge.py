"""Acknowledge: what it means that somebody has taken a page, how long that lasts, and how it ends without ending in silence.

A sign of work keeps it alive for `work_ttl`. Without one the person is reminded, then the page starts over; once the page is older than
`repage_until_age` everybody is reminded instead. Called by `transitions` only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from triage.core.oncall.chain import Move, Target, climb, plan
from triage.core.oncall.page import Action, Page, PageEvent, PageReason, PageState, PageStep, PlannedDelivery
from triage.core.oncall.people import ContactMethod, Medium, Person
from triage.core.oncall.policy import QUIET_MEDIA, OnCall

TOLD_WITHIN = timedelta(hours=24)
"""News about a page (who has it) is worthless after that."""
RESOLVE_WITHIN = timedelta(days=7)


def take(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """First acknowledge: the clock of the levels stops, and everybody who was disturbed is told who has it."""
    page = _taken(page, event, now)
    targets = [
        (person, contact)
        for person, contact in disturbed_contacts(page, oncall)
        if contact.medium is Medium.PROVIDER or (contact.medium in QUIET_MEDIA and person.name != event.by)
    ]
    told = plan(page, targets, Action.ACKNOWLEDGE, None, now + TOLD_WITHIN)
    if not page.unseen:
        return PageStep(page, told, PageReason.ACKNOWLEDGED)
    nudged = nudge(page, oncall, now)
    return PageStep(nudged.page, (*told, *nudged.deliveries), PageReason.ACKNOWLEDGED)


def take_by_work(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """A team reply on a page that nobody has acknowledged."""
    step = take(page, event, oncall, now)
    page = replace(step.page, acked_until=now + page.policy.work_ttl)
    return PageStep(page, step.deliveries, PageReason.ACKNOWLEDGED_BY_WORK)


def take_again(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """The same person may prolong; somebody else may take over only what is about to run out."""
    if event.by == page.acked_by:
        return PageStep(_taken(page, event, now), (), PageReason.ACKNOWLEDGE_RENEWED)
    if page.reminded:
        step = take(page, event, oncall, now)
        return PageStep(step.page, step.deliveries, PageReason.TAKEN_OVER)
    return PageStep(page, (), PageReason.ALREADY_ACKNOWLEDGED)


def work_seen(page: Page, event: PageEvent, _oncall: OnCall, now: datetime) -> PageStep:
    """Work on one case says nothing about a case that joined later and that nobody has looked at."""
    if page.unseen and event.case_number not in page.unseen:
        return PageStep(page, (), PageReason.WORK_SEEN)
    until = max(page.acked_until or now, now + page.policy.work_ttl)
    page = replace(page, acked_until=until, acked_cases=len(page.cases), reminded=False, nudged=False)
    return PageStep(page, (), PageReason.WORK_SEEN)


def run_out(page: Page, _event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """The acknowledge's time is over without a sign of work."""
    policy = page.policy
    if page.acked_until is not None and now < page.acked_until:
        return PageStep(page, (), PageReason.NOT_DUE)
    if now - page.opened_at >= policy.repage_until_age:
        page = replace(page, acked_until=now + policy.broadcast_every[-1], reminded=True)
        everybody = [(person, contact) for person in oncall.broadcast_members(policy, now) for contact in person.contacts]
        return PageStep(page, _update(page, everybody, now), PageReason.REMINDED_ALL)
    if not page.reminded:
        page = replace(page, acked_until=now + policy.ack_grace, reminded=True)
        return PageStep(page, _update(page, acker_contacts(page, oncall, now), now), PageReason.REMINDED)
    page, deliveries = page_again(page, 0, oncall, now)
    return PageStep(page, deliveries, PageReason.ACKNOWLEDGE_SPENT)


def give_back(page: Page, event: PageEvent, oncall: OnCall, now: datetime) -> PageStep:
    """`event.person`: who has just said that they cannot. They are not asked again, and nobody waits for them."""
    page, deliveries = page_again(page, 0, oncall, now, cannot=(event.person,) if event.person else ())
    return PageStep(page, deliveries, PageReason.GIVEN_BACK)


def nudge(page: Page, oncall: OnCall, now: datetime) -> PageStep:
    """A case joined that the acknowledge does not cover: one soft word, and less time."""
    if page.nudged:
        return PageStep(page, (), PageReason.ALREADY_NUDGED)
    until = min(page.acked_until or now, now + page.policy.nudge_grace)
    page = replace(page, acked_until=until, nudged=True, reminded=True)
    return PageStep(page, _update(page, acker_contacts(page, oncall, now), now), PageReason.NUDGED)


def page_again(page: Page, first: int, oncall: OnCall, now: datetime, cannot: tuple[str, ...] = ()) -> Move:
    """Back from acknowledged to paging, from level `first` on. A provider stays silent about an incident it knows as acknowledged, so
    the old incident is resolved there and a new generation opens a new one."""
    levels = page.policy.levels
    offset = levels[first].at if first < len(levels) else page.policy.broadcast_at
    keeps_cycle = first > 0
    fresh = replace(
        page,
        state=PageState.PAGING,
        generation=page.generation + 1,
        cycle=page.cycle if keeps_cycle else page.cycle + 1,
        cycle_started_at=now - offset,
        level_ends_at=now,
        broadcast_due_at=None,
        hand_off_at=None,
        broadcasts=0,
        paged=page.paged if keeps_cycle else (),
        cannot=page.cannot if keeps_cycle else cannot,
        level_contacts=(),
        dead_contacts=(),
        acked_by="",
        acked_at=None,
        acked_until=None,
        acked_cases=0,
        reminded=False,
        nudged=False,
    )
    known = [target for target in disturbed_contacts(page, oncall) if target[1].medium is Medium.PROVIDER]
    ended = plan(page, known, Action.RESOLVE, None, now + RESOLVE_WITHIN)
    fresh, deliveries = climb(fresh, first, oncall, now)
    return fresh, (*ended, *deliveries)


def disturbed_contacts(page: Page, oncall: OnCall) -> list[Target]:
    """Every contact that was triggered and still exists."""
    found: list[Target] = []
    for name, contact_name in page.disturbed:
        person = oncall.people.get(name)
        contact = person.contact(contact_name) if person is not None else None
        if person is not None and contact is not None:
            found.append((person, contact))
    return found


def acker_contacts(page: Page, oncall: OnCall, now: datetime) -> list[Target]:
    """How to reach whoever acknowledged; who is on the first levels when that is nobody with contacts here."""
    person = oncall.people.get(page.acked_by)
    people: tuple[Person, ...] = (person,) if person is not None and person.contacts else ()
    for level in page.policy.levels:
        people = people or oncall.members(level.targets, page.policy.broadcast, now)
    return [(person, contact) for person in people or oncall.broadcast_members(page.policy, now) for contact in person.contacts]


def _taken(page: Page, event: PageEvent, now: datetime) -> Page:
    until = event.until if event.until is not None and event.until > now else now + page.policy.ack_ttl
    seen = len(page.cases) if event.seen is None else max(page.acked_cases, min(event.seen, len(page.cases)))
    return replace(
        page,
        state=PageState.ACKED,
        level_ends_at=None,
        broadcast_due_at=None,
        hand_off_at=None,
        acked_by=event.by,
        acked_at=now,
        acked_until=min(until, now + page.policy.ack_longest),
        acked_cases=seen,
        reminded=False,
        nudged=False,
    )


def _update(page: Page, targets: list[Target], now: datetime) -> tuple[PlannedDelivery, ...]:
    quiet = [(person, contact) for person, contact in targets if _is_quiet(contact)] or targets
    return plan(page, quiet, Action.UPDATE, None, now + TOLD_WITHIN)


def _is_quiet(contact: ContactMethod) -> bool:
    return contact.medium in QUIET_MEDIA
