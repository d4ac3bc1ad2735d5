"""Paging carries out what happens to a page: the step, the row, the outbox rows of its deliveries, the word in the cases' journals.

The only writer of pages. Called inside a write transaction by casework (a case needs one, or needs none any more), timekeeper (a level
is over), dispatcher (a contact failed), answers, links and webhooks of people, and the command line (`triage ack`). Never sends.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Effect, EffectKind, EventKind, NoticeKind
from triage.core.cases.journal import JournalEntry
from triage.core.deliveries import Delivery
from triage.core.failures import PermanentFailure
from triage.core.metrics import ACKNOWLEDGE_BOUNDS
from triage.core.oncall.page import (
    Action,
    Page,
    PageEvent,
    PageEventKind,
    PageReason,
    PageState,
    PageStep,
)
from triage.core.oncall.page_json import delivery_from_json
from triage.core.oncall.people import Medium
from triage.core.oncall.policy import EscalationPolicy, OnCall
from triage.core.oncall.storms import Placement, StormDecision
from triage.core.oncall.transitions import advance_page
from triage.core.oncall.transitions import open_page as first_step
from triage.store import cases, counters, journal, outbox, page_tokens, page_traffic, pages, service
from triage.store.pages import PageEntry, StoredPage
from triage.workers import mailroom, storm_pages
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion
from triage.workers.page_deliveries import queue
from triage.workers.warning import warn_team

LINKS_LIVE = timedelta(hours=24)
"""How long a page's links work after the page is over: they say who had it."""
LAST_DRILL = "last_drill"
"""The fact about the service that says when a drill was last over (ISO 8601)."""
DRILL = "(drill)"
"""The policy of a drill that pages chosen people and nobody else."""
ENDED_BY_REAL_PAGE = "drill: ended by a real page"

_QUIET = frozenset({PageReason.NOT_DUE})
_FIRST_TAKEN = frozenset({PageReason.ACKNOWLEDGED, PageReason.ACKNOWLEDGED_BY_WORK})
_TAKEN = frozenset({PageReason.ACKNOWLEDGED, PageReason.ACKNOWLEDGE_RENEWED, PageReason.TAKEN_OVER})


# --- opening ---------------------------------------------------------------------------------------------------------


def open_page(desk: Desk, case: Case, policy: str, why: str, now: datetime, waiting_since: datetime | None) -> None:
    """Page for a case, unless an open page covers it already: then that one hears that it is asked for once more.

    `waiting_since`: when the mail came that asks for it; None when a person of the team asks.
    """
    oncall = desk.rules().oncall
    if not oncall.policies:
        _tell_that_nobody_is_paged(desk, case, now)
        return
    existing = pages.open_of_case(desk.store, case.number)
    if existing is not None:
        advance(desk, existing, PageEvent(PageEventKind.OPENED, why=why), now)
        return
    end_drills(desk, ENDED_BY_REAL_PAGE, now)
    chosen = policy_named(oncall, policy)
    decision = storm_pages.place(desk, case, chosen, now)
    joined = pages.get(desk.store, decision.page_id) if decision.page_id is not None else None
    if joined is not None:
        newcomer = storm_pages.is_newcomer(desk, case, joined.page)
        event = PageEvent(PageEventKind.CASE_ATTACHED, case_number=case.number, newcomer=newcomer, why=decision.reason.value)
        advance(desk, joined, event, now)
    elif decision.placement is Placement.NEW_STORM:
        _open_storm(desk, decision, case, chosen, now, waiting_since)
    else:
        generation = pages.generations(desk.store, case.number) + 1
        step = first_step(
            pages.next_id(desk.store), case.number, chosen, oncall, now, generation=generation, why=why, waiting_since=waiting_since
        )
        _insert(desk, step, now)


def _open_storm(
    desk: Desk, decision: StormDecision, case: Case, policy: EscalationPolicy, now: datetime, waiting_since: datetime | None
) -> None:
    """The pages it takes over end first, so that no case is ever on two; only providers hear of that, people get the storm's page."""
    oncall, page_id = desk.rules().oncall, pages.next_id(desk.store)
    absorbed = [stored for one in decision.absorbs if (stored := pages.get(desk.store, one)) is not None]
    numbers = tuple(number for stored in absorbed for number in stored.page.open_cases)
    for stored in absorbed:
        event = PageEvent(PageEventKind.RESOLVED, why=f"now part of the storm page {page_id}")
        step = advance_page(stored.page, event, oncall, now)
        _save(desk, stored, step, event, now, told=frozenset({Medium.PROVIDER}))
    first = first_step(
        page_id, None, policy, oncall, now, cases=(*numbers, case.number), why=decision.reason.value, waiting_since=waiting_since
    )
    _insert(desk, storm_pages.caught_up(first, [stored.page for stored in absorbed], oncall, now), now)


def open_drill(desk: Desk, policy: EscalationPolicy, why: str, now: datetime) -> int:
    """Inside a write transaction: a page marked TEST, about no case; returns its number."""
    step = first_step(pages.next_id(desk.store), None, policy, desk.rules().oncall, now, why=why, test=True)
    _insert(desk, step, now)
    return step.page.id


def open_about(desk: Desk, about: str, why: str, now: datetime) -> None:
    """Inside a write transaction: a page about triage itself, by the default policy, unless there is one about this already."""
    oncall = desk.rules().oncall
    if not oncall.policies or any(stored.page.about == about for stored in pages.all_open(desk.store)):
        return
    end_drills(desk, ENDED_BY_REAL_PAGE, now)
    policy = policy_named(oncall, desk.case_policy.default_page)
    _insert(desk, first_step(pages.next_id(desk.store), None, policy, oncall, now, why=why, about=about), now)


def end_about(desk: Desk, about: str, why: str, now: datetime) -> None:
    """Inside a write transaction: what a page was about is over."""
    for stored in pages.all_open(desk.store):
        if stored.page.about == about:
            advance(desk, stored, PageEvent(PageEventKind.RESOLVED, why=why), now)


def end_drills(desk: Desk, why: str, now: datetime) -> None:
    for stored in pages.open_drills(desk.store):
        advance(desk, stored, PageEvent(PageEventKind.RESOLVED, why=why), now)


def _insert(desk: Desk, step: PageStep, now: datetime) -> None:
    pages.insert(desk.store, step.page, now)
    _record(desk, None, step, PageEvent(PageEventKind.OPENED, why=step.page.why), now)
    queue(desk, step.page, step.deliveries, now)


def _tell_that_nobody_is_paged(desk: Desk, case: Case, now: datetime) -> None:
    """Without rules/oncall.toml there is nobody to page; the team's mailbox is what is left."""
    text = f"Case #{case.number} is at Severity 1, and rules/oncall.toml names nobody to page.\n\nSee it with: triage case {case.number}"
    detail = "rules/oncall.toml names nobody to page"
    entry = JournalEntry(case.number, now, now, EventKind.NOTED.value, "recorded", "triage", detail=detail)
    journal.append(desk.store, entry)
    warn_team(desk, f"nobody/{case.number}/{now.isoformat()}", "Severity 1 and nobody to page", text, now, case_number=case.number)


def policy_named(oncall: OnCall, name: str) -> EscalationPolicy:
    """The policy of that name; one that a reload has taken away is no reason for silence, so then the first there is."""
    return oncall.policies.get(name) or next(iter(oncall.policies.values()))


# --- what happens to a page ------------------------------------------------------------------------------------------


def clock_jumped(desk: Desk, now: datetime) -> None:
    """Inside a write transaction: the wall clock was set, and no open page may wait longer than it was meant to."""
    for stored in pages.all_open(desk.store):
        advance(desk, stored, PageEvent(PageEventKind.CLOCK_JUMPED), now)


def advance(desk: Desk, stored: StoredPage, event: PageEvent, now: datetime) -> PageReason:
    """One event on one page. Raises PageChanged when the page was changed since it was read."""
    oncall = desk.rules().oncall
    if event.kind is PageEventKind.TICK and _is_spent_drill(stored.page, now):
        event = PageEvent(PageEventKind.RESOLVED, why="drill: over")
    step = advance_page(stored.page, event, oncall, now)
    if step.page.test and step.page.state is PageState.ACKED:
        ended = advance_page(step.page, PageEvent(PageEventKind.RESOLVED, why=f"drill: acknowledged by {event.by}"), oncall, now)
        step = PageStep(ended.page, ended.deliveries, step.reason)
    _save(desk, stored, step, event, now)
    if event.kind is PageEventKind.ACKNOWLEDGED and step.reason in _TAKEN:
        _tell_partners(desk, step.page, now)
    return step.reason


def page_again(desk: Desk, case: Case, why: str, now: datetime, waiting_since: datetime | None) -> None:
    """Inside a write transaction: whoever is paged, or has it, was not enough. The next level of the open page, or a new page.

    A page that began after `waiting_since` has just called somebody about it: nobody more is woken.
    """
    stored = pages.open_of_case(desk.store, case.number)
    if stored is None:
        open_page(desk, case, desk.case_policy.default_page, why, now, waiting_since)
    elif waiting_since is None or stored.page.opened_at <= waiting_since:
        advance(desk, stored, PageEvent(PageEventKind.ESCALATE, by="clock", why=why), now)


def work_seen(desk: Desk, case: Case, by: str, now: datetime) -> None:
    """A team reply on the case: the acknowledge of a page that nobody has acknowledged."""
    stored = pages.open_of_case(desk.store, case.number)
    if stored is not None:
        seen = heard_of(desk, stored.page, case.number)
        advance(desk, stored, PageEvent(PageEventKind.WORK_SEEN, by=by, case_number=case.number, seen=seen), now)


def heard_of(desk: Desk, page: Page, case: int) -> int | None:
    """How many of the page's cases an acknowledge covers: those a page that went out has named, and the one that is named here. Of a
    case that joined after that nobody has heard for sure: a quiet line may lie unread. None: all of them."""
    if case not in page.cases:
        return None
    gone_out = [row.delivery for row in outbox.of_page(desk.store, page.id) if row.delivery.attempts]
    told = [int(one.outgoing.payload.get("seen", 0)) for one in gone_out if one.outgoing.purpose == f"page {Action.TRIGGER.value}"]
    return max([page.cases.index(case) + 1, *told])


def end_page(desk: Desk, case: Case, why: str, now: datetime) -> None:
    """This case needs nobody any more; its page goes on for the others that are on it."""
    stored = pages.open_of_case(desk.store, case.number)
    if stored is not None:
        advance(desk, stored, PageEvent(PageEventKind.RESOLVED, case_number=case.number, why=why), now)


def tell_incident(desk: Desk, number: int, now: datetime) -> None:
    """Inside a write transaction: the incident of this case has an address, which its open page says from now on."""
    stored = pages.open_of_case(desk.store, number)
    if stored is not None:
        advance(desk, stored, PageEvent(PageEventKind.INCIDENT_OPENED, case_number=number), now)


def contact_failed(desk: Desk, message_id: str, _why: str, now: datetime) -> None:
    """A delivery report says that a page mail did not arrive: that contact is dead, the next one is tried now."""
    sent = outbox.by_message_id(desk.store, message_id)
    if sent is not None and sent.delivery.outgoing.page_id is not None:
        delivery_failed(desk, sent.delivery, now, permanent=True)


def delivery_failed(desk: Desk, delivery: Delivery, now: datetime, *, permanent: bool) -> None:
    """Inside a write transaction: a trigger did not reach its contact."""
    planned = delivery_from_json(delivery.outgoing.payload["planned"])
    stored = pages.get(desk.store, delivery.outgoing.page_id or 0)
    if stored is None or planned.action is not Action.TRIGGER:
        return
    event = PageEvent(
        PageEventKind.CONTACT_FAILED,
        generation=planned.generation,
        cycle=planned.cycle,
        level=planned.level,
        person=planned.person,
        contact=planned.contact,
        permanent=permanent,
    )
    advance(desk, stored, event, now)


def level_unreached(desk: Desk, delivery: Delivery, next_attempt_at: datetime, now: datetime) -> None:
    """Inside a write transaction: a trigger failed for now. When nothing of its level has been accepted, and the next attempt would come
    too late to wait for, the next level is paged now; this one is tried on."""
    planned = delivery_from_json(delivery.outgoing.payload["planned"])
    stored = pages.get(desk.store, delivery.outgoing.page_id or 0)
    if stored is None or planned.action is not Action.TRIGGER or planned.level is None:
        return
    if next_attempt_at - delivery.created_at <= stored.page.policy.unreached_after:
        return
    if page_traffic.level_has_hope(desk.store, stored.page.id, planned):
        return
    level = PageEvent(PageEventKind.LEVEL_DEAD, generation=planned.generation, cycle=planned.cycle, level=planned.level)
    advance(desk, stored, level, now)


def _is_spent_drill(page: Page, now: datetime) -> bool:
    """A drill never starts over: its levels have been paged, and everybody once."""
    due = page.next_at is not None and page.next_at <= now
    return page.test and due and (page.policy.name == DRILL or page.state is PageState.BROADCAST)


def _save(
    desk: Desk, stored: StoredPage, step: PageStep, event: PageEvent, now: datetime, *, told: Collection[Medium] = frozenset(Medium)
) -> None:
    """`told`: the media by which people and providers are told."""
    if step.page != stored.page:
        pages.update(desk.store, step.page, stored.version, now)
    deliveries = tuple(one for one in step.deliveries if one.medium in told)
    _measure(desk, step, now)
    _record(desk, stored.page, PageStep(step.page, deliveries, step.reason), event, now)
    queue(desk, step.page, deliveries, now)
    if step.page.state is PageState.RESOLVED and stored.page.state is not PageState.RESOLVED:
        page_tokens.expire(desk.store, step.page.id, now + LINKS_LIVE, now)
        if step.page.test:
            service.put(desk.store, LAST_DRILL, now.isoformat())


def _measure(desk: Desk, step: PageStep, now: datetime) -> None:
    """How long it took until the first person had it; what happens to the page later is another matter."""
    page = step.page
    if step.reason in _FIRST_TAKEN and not page.test and not pages.was_noted(desk.store, page.id, [one.value for one in _FIRST_TAKEN]):
        counters.add_acknowledge(desk.store, (now - page.opened_at).total_seconds(), ACKNOWLEDGE_BOUNDS)


def _tell_partners(desk: Desk, page: Page, now: datetime) -> None:
    """Notice `taken`, once per case, for what the acknowledge covers. What is wrong with a notice never stands in the way of a page."""
    if page.test or page.state is not PageState.ACKED or not page.policy.tell_partner:
        return
    for number in page.cases[: page.acked_cases]:
        stored = cases.get(desk.store, number) if number not in page.done else None
        if stored is None or stored.case.status is Status.CLOSED or stored.case.team_replied_at is not None:
            continue
        withheld = _send_taken(desk, stored.case, page.acked_at or now, now)
        if withheld and withheld != mailroom.SAID_ALREADY:
            _note(desk, number, EventKind.NOTED, "recorded", "triage", f"no {NoticeKind.TAKEN.value} notice: {withheld}", now)


def _send_taken(desk: Desk, case: Case, at: datetime, now: datetime) -> str:
    if NoticeKind.TAKEN.value not in desk.rules().notices:
        return "there is no rules/notices/taken.txt"
    effect = Effect(EffectKind.NOTIFY, NoticeKind.TAKEN, value=at.isoformat())
    try:
        return mailroom.send_notice(desk, case, effect, Occasion(), now)
    except PermanentFailure as failure:
        return failure.message


# --- what people read ------------------------------------------------------------------------------------------------


def _record(desk: Desk, before: Page | None, step: PageStep, event: PageEvent, now: datetime) -> None:
    """Every step on the page's own record (`triage pages N`); on the cases' journals what concerns each of them."""
    page = step.page
    if step.reason in _QUIET:
        return
    whom = ", ".join(dict.fromkeys(f"{one.person} by {one.contact}" for one in step.deliveries))
    actor = event.by or event.person
    said = event.why if event.kind is PageEventKind.ACKNOWLEDGED else ""
    pages.note(desk.store, page.id, PageEntry(now, event.kind.value, step.reason.value, actor, "; ".join(filter(None, (whom, said)))))
    if page == before:
        return
    state = f"acknowledged by {page.acked_by}" if page.state is PageState.ACKED else page.state.value
    why = f" ({page.resolved_why})" if page.state is PageState.RESOLVED and page.resolved_why else ""
    detail = f"page {page.id} {state}{why}" + (f": {said}" if said else "") + (f": {whom}" if whom else "")
    for number in _concerned(before, page, event):
        _note(desk, number, EventKind.PAGE_CHANGED, step.reason.value, actor or "triage", detail, now)


def _concerned(before: Page | None, page: Page, event: PageEvent) -> tuple[int, ...]:
    """Whether somebody has it concerns every case on the page; who is paged next, only the one it was opened for."""
    if before is None:
        return page.open_cases
    if event.case_number is not None and event.kind in (PageEventKind.CASE_ATTACHED, PageEventKind.RESOLVED):
        return (event.case_number,)
    if page.state is not before.state and PageState.BROADCAST not in (page.state, before.state):
        return before.open_cases
    if page.state in (PageState.ACKED, PageState.RESOLVED) and page.state is not before.state:
        return before.open_cases
    return () if page.case_number is None else (page.case_number,)


def _note(desk: Desk, number: int, kind: EventKind, reason: str, actor: str, detail: str, now: datetime) -> None:
    entry = JournalEntry(number, at=now, recorded_at=now, event=kind.value, reason=reason, actor=actor, detail=detail)
    journal.append(desk.store, entry)
