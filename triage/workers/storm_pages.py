"""Where a Severity 1 case that asks for a page belongs: on a page of its own, on one that is open, or on a storm's.

Reads the store and asks core/oncall/storms; writes nothing. Called by paging.py, inside the write transaction that opens the page.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case
from triage.core.oncall.budgets import author_over_budget
from triage.core.oncall.page import Page, PageEvent, PageEventKind, PageState, PageStep, PlannedDelivery
from triage.core.oncall.policy import EscalationPolicy, OnCall
from triage.core.oncall.storms import OpenPage, StormDecision, UrgentCase, place_case
from triage.core.oncall.transitions import advance_page
from triage.store import cases, pages
from triage.workers import incidents
from triage.workers.desk import Desk

MOST_RECENT = 300
"""So many of the latest askings for a page are looked at. Of a flood the earlier ones count no more: then there is a page they are on."""


def place(desk: Desk, case: Case, policy: EscalationPolicy, now: datetime) -> StormDecision:
    """Pages of another policy go to other people, so they take no part."""
    oncall = desk.rules().oncall
    period = oncall.budgets.per_author.period
    over = author_over_budget(pages.opened_for(desk.store, case.requester, now - period), oncall.budgets, now)
    stored_pages = pages.all_open(desk.store) if over else pages.open_for_more(desk.store)
    open_pages = [
        OpenPage(page.id, page.is_storm, page.state is PageState.ACKED, page.opened_at, page.open_cases)
        for page in (stored.page for stored in stored_pages)
        if page.cases and not page.test and page.policy.name == policy.name and _takes_more(desk, page, oncall, now)
    ]
    recent: list[UrgentCase] = []
    incident = ""
    if not any(page.storm for page in open_pages):  # a storm takes every case, whatever came before; then it may be one of thousands
        recent, incident = _recent(desk, case, policy, now), incidents.finder(desk, now)(case.number)
    urgent = UrgentCase(case.number, case.partner, case.requester, now, incident)
    return place_case(urgent, recent, open_pages, oncall.storms, author_over_budget=over)


def _recent(desk: Desk, case: Case, policy: EscalationPolicy, now: datetime) -> list[UrgentCase]:
    oncall = desk.rules().oncall
    since = now - max(oncall.storms.within, oncall.budgets.per_author.period)
    paged = pages.paged_since(desk.store, policy.name, since, MOST_RECENT)
    incident = incidents.finder(desk, now)
    return [UrgentCase(one.number, one.partner, one.requester, one.at, incident(one.number)) for one in paged if one.number != case.number]


def is_newcomer(desk: Desk, case: Case, page: Page) -> bool:
    """Whether the page has no case of this partner that still needs somebody. A storm is about many anyway, and has steps of its own."""
    if page.is_storm:
        return False
    others = (cases.get(desk.store, number) for number in page.open_cases)
    return all(stored is None or stored.case.partner != case.partner for stored in others)


def _takes_more(desk: Desk, page: Page, oncall: OnCall, now: datetime) -> bool:
    """A storm that somebody has, and that no case has joined for a while, is over as a storm: what comes now pages at once."""
    if not page.is_storm or page.state is not PageState.ACKED:
        return True
    return pages.has_grown_since(desk.store, page.id, now - oncall.storms.within)


def caught_up(step: PageStep, absorbed: list[Page], oncall: OnCall, now: datetime) -> PageStep:
    """A storm goes on where the pages it takes over had got to: nobody who was being paged is passed over, no level waits anew."""
    reached = max((page.level if page.state is PageState.PAGING else len(page.policy.levels) for page in absorbed), default=0)
    page, deliveries = step.page, list(step.deliveries)
    while page.state is PageState.PAGING and page.level < reached:
        higher = advance_page(page, PageEvent(PageEventKind.ESCALATE), oncall, now)
        page = higher.page
        deliveries.extend(higher.deliveries)
    once: dict[tuple[str, str], PlannedDelivery] = {}
    for one in deliveries:
        once.setdefault((one.person, one.contact), one)
    return PageStep(page, tuple(once.values()), step.reason)
