"""Joining: cases that a mail follows because of what rules have read out of it, or because its author called before.

What a rule reads is a claim like any other: the author must belong to the case's partner (core/cases/follow_up.py checks it). Called by
partner_mail.py for mails that name no case themselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from triage.core.cases.case import Status
from triage.core.cases.follow_up import Claims, FollowUp, MatchedBy, MatchReason, collect, match
from triage.core.cases.partners import Partner
from triage.core.mail.message import InboundMessage
from triage.core.rules.verdict import Verdict
from triage.store import cases
from triage.workers.desk import Desk
from triage.workers.lookup import StoreLookup

TICKET = "partner_ticket"
"""The field that rules set to the partner's own ticket number."""
CALLED_WITHIN = timedelta(hours=24)
"""How long after a call the caller's first mail joins the case of the call."""


class Mail(Protocol):
    @property
    def message(self) -> InboundMessage: ...
    @property
    def partner(self) -> Partner: ...
    @property
    def found(self) -> FollowUp: ...
    @property
    def at(self) -> datetime: ...


def case_named_by_rules(desk: Desk, mail: Mail, verdict: Verdict, now: datetime) -> FollowUp | None:
    """The case of the same ticket number, or of the author's phone call; None for neither."""
    found = _by_ticket(desk, mail, verdict, now) or _by_call(desk, mail)
    return None if found is None else replace(found, possibly_related=mail.found.possibly_related)


def remember_ticket(desk: Desk, number: int, partner: Partner, verdict: Verdict) -> None:
    """Inside a write transaction: later mails of this partner with the ticket number that a rule has read lead here."""
    if reference := _reference(verdict):
        cases.add_thread(desk.store, number, (cases.ticket_key(partner.key, reference),))


def _reference(verdict: Verdict) -> str:
    """As `ticket_refs` writes them."""
    return " ".join(verdict.set.get(TICKET, "").upper().split())


def _by_ticket(desk: Desk, mail: Mail, verdict: Verdict, now: datetime) -> FollowUp | None:
    reference = _reference(verdict)
    if not reference:
        return None
    claims = _claims(desk, mail)
    only = Claims(ticket_refs=(reference,), forward=claims.forward, outside_recipients=claims.outside_recipients)
    found = match(mail.message, only, StoreLookup(desk.store), partner=mail.partner, is_team=False, now=now)
    return found if found.joined else None


def _by_call(desk: Desk, mail: Mail) -> FollowUp | None:
    """Only the first mail of who called, and only while the case of the call has nothing from them yet."""
    author = mail.message.author.address
    key = cases.phone_key(author)
    for number in reversed(cases.by_message_ids(desk.store, [key]).get(key, ()) if author else ()):
        stored = cases.get_final(desk.store, number)
        if stored is None or stored.case.status is Status.CLOSED or stored.case.partner_wrote_at is not None:
            continue
        if timedelta(0) <= mail.at - stored.case.opened_at <= CALLED_WITHIN:
            return FollowUp(stored.case.number, MatchedBy.CALL, MatchReason.CALLED)
    return None


def _claims(desk: Desk, mail: Mail) -> Claims:
    instance = desk.config.instance
    domain = instance.id_domain
    return collect(mail.message, mail.partner, keys=desk.keys, domains={domain}, own_addresses=instance.own_addresses)
