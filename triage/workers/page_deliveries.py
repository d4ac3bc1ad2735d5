"""What pages say and to whom: planned deliveries become rows of the outbox, each with the page as it is now and a link of its own.

Called by paging.py, inside the write transaction of the step that planned them. Never decides who is paged, never sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from triage.core.cases.case import Case
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.incidents.raising import FIELD
from triage.core.mail.message import FactKind
from triage.core.mail.own_ids import make_message_id
from triage.core.oncall.page import Action, Page, PlannedDelivery, delivery_key
from triage.core.oncall.page_json import delivery_to_json
from triage.core.oncall.payload import CaseLine, PageView, page_payload
from triage.core.oncall.people import Privacy
from triage.core.oncall.tokens import NONCE_BYTES, hash_of, token_of
from triage.store import cases, outbox, page_tokens
from triage.store.page_tokens import PageLink
from triage.workers import incidents
from triage.workers.desk import Desk
from triage.workers.known import known_of

_FACTS_SHOWN = (FactKind.ENDPOINT, FactKind.ENVIRONMENT, FactKind.TRACE_ID, FactKind.HTTP_STATUS)


def queue(desk: Desk, page: Page, deliveries: tuple[PlannedDelivery, ...], now: datetime) -> None:
    """Inside a write transaction. A delivery that was planned before is not queued twice."""
    if not deliveries:
        return
    view = replace(_view(desk, page), known=_known(desk, page, now))
    domain = desk.config.instance.id_domain
    for planned in deliveries:
        sealed, link = _link(desk, planned)
        message_id = make_message_id(page.case_number or 0, "page", desk.entropy.token(8), domain, desk.keys[0])
        shown = page_payload(replace(view, ack_link=link), planned)
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
            payload={
                "planned": delivery_to_json(planned),
                "page": {**shown, "message_id": message_id, "references": [message_id], "date": now.isoformat()},
                "seen": len(page.cases),
                "test": page.test,
                **sealed,
            },
            not_after=planned.not_after,
        )
        if outbox.add(desk.store, outgoing, now) is not None and sealed:
            page_tokens.add(
                desk.store,
                sealed["token_hash"],
                PageLink(page.id, planned.generation, planned.cycle, planned.level, planned.person, len(page.cases), planned.privacy),
            )


def summary_of(desk: Desk, page: Page, privacy: Privacy) -> str:
    """The page in one line, as a contact of this privacy may show it."""
    planned = PlannedDelivery("", "", Action.TRIGGER, page.generation, page.cycle, None, page.step, page.opened_at, privacy=privacy)
    return str(page_payload(_view(desk, page), planned)["summary"])


def _link(desk: Desk, planned: PlannedDelivery) -> tuple[Mapping[str, str], str]:
    """What the outbox keeps of this person's own link, and the link with the nonce in it: the sender puts the token in its place."""
    web = desk.config.web
    base = web.public_url.rstrip("/")
    if not base or web.listen == "off" or planned.action not in (Action.TRIGGER, Action.UPDATE):
        return {}, ""
    nonce = desk.entropy.token(NONCE_BYTES)
    return {"nonce": nonce, "token_hash": hash_of(token_of(nonce, desk.keys[0]))}, f"{base}/p/{nonce}"


def _view(desk: Desk, page: Page) -> PageView:
    """The first case that still needs somebody speaks for the page; the others are its lines. A storm has only lines."""
    numbers = page.open_cases or page.cases[:1]
    lead = None if page.is_storm or not numbers else cases.get(desk.store, numbers[0])
    others = tuple(_case_line(desk, number) for number in numbers[0 if page.is_storm else 1 :])
    view = PageView(
        instance=desk.config.instance.name,
        page_id=page.id,
        number=None if page.is_storm else page.case_number,
        severity=1,
        since=page.opened_at,
        why=page.why,
        others=others,
        acked_by=page.acked_by,
        acked_at=page.acked_at,
        resolved_why=page.resolved_why,
        test=page.test,
    )
    if page.test:
        return replace(view, subject="nothing is wrong, this only tests whether you can be reached")
    if page.about:
        return replace(view, subject=page.about)
    view = view if lead is None else _with_case(desk, view, lead.case)
    link = _incident_link(desk, numbers)
    return replace(view, facts={**view.facts, FIELD: link}) if link else view


def _known(desk: Desk, page: Page, now: datetime) -> str:
    """What the public status page says about the case that speaks for the page, or at all."""
    if page.test or page.about:
        return ""
    numbers = () if page.is_storm else page.open_cases or page.cases[:1]
    lead = cases.get(desk.store, numbers[0]) if numbers else None
    return incidents.told_to_oncall(desk, lead.case if lead is not None else None, now)


def _with_case(desk: Desk, view: PageView, case: Case) -> PageView:
    partner = desk.rules().partners.partner_of(case.requester)
    facts, missing = facts_of(desk, case)
    return replace(
        view,
        number=case.number,
        severity=case.severity,
        since=case.opened_at,
        subject=case.subject,
        partner=partner.name or partner.key,
        tier=partner.tier,
        partner_zone=ZoneInfo(partner.zone) if partner.is_named else None,
        facts=facts,
        missing=missing,
    )


def _incident_link(desk: Desk, numbers: Sequence[int]) -> str:
    """The address of the team's own incident: of the case that speaks for the page, or of the next that has one."""
    found = (stored.case.fields.get(FIELD, "") for number in numbers if (stored := cases.get(desk.store, number)) is not None)
    return next((link for link in found if link), "")


def _case_line(desk: Desk, number: int) -> CaseLine:
    stored = cases.get(desk.store, number)
    if stored is None:
        return CaseLine(number)
    partner = desk.rules().partners.partner_of(stored.case.requester)
    return CaseLine(number, partner.name or partner.key, stored.case.subject)


def facts_of(desk: Desk, case: Case) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the partner named, and what is missing, for people who are woken."""
    known = known_of(desk, case.number)
    found = {kind: tuple(dict.fromkeys(known.values(kind))) for kind in _FACTS_SHOWN}
    shown = {kind.value.replace("_", " "): ", ".join(values[:3]) for kind, values in found.items() if values}
    return shown, tuple(item.value.replace("_", " ") for item in known.missing)
