"""Paging carries out what happens to a page: the step, the row, the outbox rows of its deliveries, the word in the case's journal.

The only writer of pages. Called inside a write transaction by casework (a case needs one, or needs none any more), timekeeper (a level
is over), dispatcher (a contact failed) and the command line (`triage ack`). Never sends.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from triage.core.cases.case import Case
from triage.core.cases.events import EventKind
from triage.core.cases.journal import JournalEntry
from triage.core.cases.notices import MISSING_WORDS
from triage.core.deliveries import Channel, Delivery, Lane, Outgoing
from triage.core.mail.message import FactKind, Missing
from triage.core.mail.own_ids import make_message_id
from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageReason, PageState, PlannedDelivery, delivery_key
from triage.core.oncall.page_json import delivery_from_json, delivery_to_json
from triage.core.oncall.payload import PageView, page_payload
from triage.core.oncall.policy import EscalationPolicy, OnCall
from triage.core.oncall.transitions import advance_page
from triage.core.oncall.transitions import open_page as first_step
from triage.store import cases, journal, ledger, outbox, pages
from triage.store.pages import StoredPage
from triage.workers import mailroom
from triage.workers.desk import Desk

_FACTS_SHOWN = (FactKind.ENDPOINT, FactKind.ENVIRONMENT, FactKind.TRACE_ID, FactKind.HTTP_STATUS)


def open_page(desk: Desk, case: Case, policy: str, why: str, now: datetime, waiting_since: datetime | None) -> None:
    """Page for a case, unless there is an open page for it already: then that one hears that it is asked for once more.

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
    step = first_step(
        pages.next_id(desk.store),
        case.number,
        policy_named(oncall, policy),
        oncall,
        now,
        generation=pages.generations(desk.store, case.number) + 1,
        why=why,
        waiting_since=waiting_since,
    )
    pages.insert(desk.store, step.page)
    _record(desk, step.page, step.reason, "", step.deliveries, now)
    _queue(desk, step.page, step.deliveries, now)


def _tell_that_nobody_is_paged(desk: Desk, case: Case, now: datetime) -> None:
    """Without rules/oncall.toml there is nobody to page; the team's mailbox is what is left."""
    text = f"Case #{case.number} is at Severity 1, and rules/oncall.toml names nobody to page.\n\nSee it with: triage case {case.number}"
    mailroom.warn_team(desk, f"nobody/{case.number}/{now.isoformat()}", "Severity 1 and nobody to page", text, now, case_number=case.number)


def clock_jumped(desk: Desk, now: datetime) -> None:
    """Inside a write transaction: the wall clock was set, and no open page may wait longer than it was meant to."""
    for stored in pages.all_open(desk.store):
        advance(desk, stored, PageEvent(PageEventKind.CLOCK_JUMPED), now)


def policy_named(oncall: OnCall, name: str) -> EscalationPolicy:
    """The policy of that name; one that a reload has taken away is no reason for silence, so then the first there is."""
    return oncall.policies.get(name) or next(iter(oncall.policies.values()))


def advance(desk: Desk, stored: StoredPage, event: PageEvent, now: datetime) -> PageReason:
    """One event on one page. Raises PageChanged when the page was changed since it was read."""
    step = advance_page(stored.page, event, desk.rules().oncall, now)
    if step.page != stored.page:
        pages.update(desk.store, step.page, stored.version)
        _record(desk, step.page, step.reason, event.by, step.deliveries, now)
    _queue(desk, step.page, step.deliveries, now)
    return step.reason


def work_seen(desk: Desk, case: Case, by: str, now: datetime) -> None:
    """A team reply on the case: the acknowledge of a page that nobody has acknowledged."""
    stored = pages.open_of_case(desk.store, case.number)
    if stored is not None:
        advance(desk, stored, PageEvent(PageEventKind.WORK_SEEN, by=by, case_number=case.number), now)


def end_page(desk: Desk, case: Case, why: str, now: datetime) -> None:
    stored = pages.open_of_case(desk.store, case.number)
    if stored is not None:
        advance(desk, stored, PageEvent(PageEventKind.RESOLVED, case_number=case.number, why=why), now)


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


def _queue(desk: Desk, page: Page, deliveries: tuple[PlannedDelivery, ...], now: datetime) -> None:
    for planned in deliveries:
        nonce = desk.entropy.token(8)
        domain = desk.config.instance.address.rpartition("@")[2]
        message_id = make_message_id(page.case_number or 0, "page", nonce, domain, desk.keys[0])
        payload = page_payload(_view(desk, page), planned)
        outgoing = Outgoing(
            key=delivery_key(page.id, planned),
            channel=Channel.PAGE,
            purpose=f"page {planned.action.value}",
            lane=Lane.PAGE,
            case_number=page.case_number,
            page_id=page.id,
            generation=planned.generation,
            recipients=(planned.person, planned.contact),
            message_id=message_id,
            payload={"planned": delivery_to_json(planned), "page": {**payload, "message_id": message_id, "date": now.isoformat()}},
            not_after=planned.not_after,
        )
        outbox.add(desk.store, outgoing, now)


def _view(desk: Desk, page: Page) -> PageView:
    stored = cases.get(desk.store, page.case_number) if page.case_number is not None else None
    if stored is None:
        return PageView(desk.config.instance.name, page.id, page.case_number, 1, page.opened_at, why=page.why, test=page.test)
    case = stored.case
    partner = desk.rules().partners.partner_of(case.requester)
    facts, missing = _facts_of(desk, case)
    return PageView(
        instance=desk.config.instance.name,
        page_id=page.id,
        number=case.number,
        severity=case.severity,
        since=case.opened_at,
        subject=case.subject,
        partner=partner.name or partner.key,
        tier=partner.tier,
        partner_zone=ZoneInfo(partner.zone) if partner.is_named else None,
        facts=facts,
        missing=missing,
        why=page.why,
        acked_by=page.acked_by,
        acked_at=page.acked_at,
        resolved_why=page.resolved_why,
        test=page.test,
    )


def _facts_of(desk: Desk, case: Case) -> tuple[dict[str, str], tuple[str, ...]]:
    """Facts add up over the messages of a case; what is still missing is what the latest look says."""
    found: dict[str, list[str]] = {}
    missing: list[str] = []
    for row in ledger.of_case(desk.store, case.number):
        missing = row.missing
        for fact in row.facts:
            values = found.setdefault(str(fact["kind"]), [])
            if str(fact["value"]) not in values:
                values.append(str(fact["value"]))
    shown = {kind.value.replace("_", " "): ", ".join(found[kind.value][:3]) for kind in _FACTS_SHOWN if kind.value in found}
    return shown, tuple(MISSING_WORDS[Missing(item)].partition(":")[0] for item in missing)


def _record(desk: Desk, page: Page, reason: PageReason, by: str, deliveries: tuple[PlannedDelivery, ...], now: datetime) -> None:
    """What people read in `triage case N`: who was paged, who has it."""
    if page.case_number is None:
        return
    whom = ", ".join(dict.fromkeys(f"{one.person} by {one.contact}" for one in deliveries))
    state = f"acknowledged by {page.acked_by}" if page.state is PageState.ACKED else page.state.value
    entry = JournalEntry(
        page.case_number,
        at=now,
        recorded_at=now,
        event=EventKind.PAGE_CHANGED.value,
        reason=reason.value,
        actor=by or "triage",
        detail=f"page {page.id} {state}" + (f": {whom}" if whom else ""),
    )
    journal.append(desk.store, entry)
