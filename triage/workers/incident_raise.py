"""Incident raise: a rule or a person asks for the team's own incident about a case; what came of it is kept on the case.

Once per case: it goes through the outbox under a key of the case, and only after an attempt was given up may a person ask again. Called by
rule_actions and the command line (`ask`), and by the dispatcher (`settled`), inside their write transactions. Never sends.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.deliveries import Channel, DeliveryState, Lane, Outgoing, Settlement
from triage.core.incidents.raising import FIELD, PURPOSE, Request, incident_event, link_in
from triage.store import cases, outbox
from triage.store.outbox import OutboxRow
from triage.workers import casework, incidents, paging
from triage.workers.desk import Desk
from triage.workers.page_deliveries import facts_of
from triage.workers.warning import warn_team


def ask(desk: Desk, number: int, why: str, by: str, now: datetime) -> str:
    """ "" when an incident is on its way now, otherwise why not. Raises KeyError when there is no such case."""
    stored = cases.get_final(desk.store, number)
    if stored is None:
        raise KeyError(number)
    case = stored.case
    if not desk.config.incidents.url():
        return "config.toml names no [incidents] url"
    if FIELD in case.fields:
        return f"its incident is {case.fields[FIELD]}"
    asked = requests(desk, case.number)
    if any(row.state is not DeliveryState.FAILED for row in asked):
        return "its incident has been asked for already"
    partner = desk.rules().partners.partner_of(case.requester)
    facts, missing = facts_of(desk, case)
    known = incidents.told_to_oncall(desk, case, now)
    outgoing = Outgoing(
        key=f"{PURPOSE}/{case.number}" + (f"/{len(asked) + 1}" if asked else ""),
        channel=Channel.WEBHOOK,
        purpose=PURPOSE,
        lane=Lane.URGENT,
        case_number=case.number,
        payload=incident_event(desk.config.instance.name, case, partner, Request(why, by, known, facts, missing), now),
    )
    outbox.add(desk.store, outgoing, now)
    casework.note(desk, case.number, EventKind.NOTED, now, "recorded", actor=by, detail=f"an incident was asked for: {why}")
    return ""


def requests(desk: Desk, number: int) -> list[OutboxRow]:
    """What was asked for this case and for those that were merged into it, oldest first."""
    return [row for row in outbox.of_keys(desk.store, f"{PURPOSE}/") if _lives_on_as(desk, row.delivery.outgoing.case_number, number)]


def _lives_on_as(desk: Desk, asked_for: int | None, number: int) -> bool:
    if asked_for is None or asked_for == number:
        return asked_for is not None
    stored = cases.get_final(desk.store, asked_for)
    return stored is not None and stored.case.number == number


def settled(desk: Desk, outgoing: Outgoing, settlement: Settlement, answer: str, now: datetime) -> None:
    """Inside a write transaction: an attempt is over. The link is a field of the case from now on; a failure is told to the team."""
    number = outgoing.case_number or 0
    if settlement.state is DeliveryState.FAILED:
        _note(desk, number, f"no incident was opened: {settlement.detail}", now)
        subject = "an incident could not be opened"
        text = f"The incident for case #{number} was not opened: {settlement.detail}\n\nAsk again with: triage case {number} incident"
        warn_team(desk, outgoing.key, subject, text, now, case_number=number)
    elif settlement.state is DeliveryState.DELIVERED and (link := link_in(answer)):
        _keep(desk, number, link, now)
    elif settlement.state is DeliveryState.DELIVERED:
        _note(desk, number, "incident asked for and accepted; the answer names no https address", now)


def _keep(desk: Desk, number: int, link: str, now: datetime) -> None:
    """On the case that is left, when it was merged meanwhile, unless that one has an incident of its own."""
    stored = cases.get_final(desk.store, number)
    if stored is None or stored.case.fields.get(FIELD):
        _note(desk, number, f"incident opened: {link}", now)
        return
    event = Event(EventKind.FIELDS_SET, now, actor="triage", fields={FIELD: link})
    casework.apply(desk, stored, event, now, Cause(detail=f"incident opened: {link}"))
    paging.tell_incident(desk, stored.case.number, now)


def _note(desk: Desk, number: int, text: str, now: datetime) -> None:
    casework.note(desk, number, EventKind.NOTED, now, "recorded", actor="triage", detail=text)
