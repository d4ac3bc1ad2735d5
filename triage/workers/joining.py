"""Joining: cases that a mail follows because they go on with the one it names, because of what rules have read out of it, or because its
author called before.

None of these lets anybody in: the author must belong to the case that is joined, as with any claim (core/cases/follow_up.py checks it).
Called by partner_mail.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from triage.core.cases.case import Case, Status
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


def going_on(desk: Desk, mail: Mail, now: datetime) -> FollowUp:
    """For a mail that names a case: that one or, where it has been closed for too long, the newest of those that go on with it and that
    this mail may join. It may be too late for that one, too."""
    found, seen = mail.found, {mail.found.case_number}
    while is_too_late(desk, cases.get_existing(desk.store, found.case_number).case, mail.at):
        numbers = tuple(one for one in cases.continuations(desk.store, found.case_number or 0) if one not in seen)
        further = _may_join(desk, mail, Claims(tokens=numbers), now)
        if further is None:
            break
        found = replace(mail.found, case_number=further.case_number, reason=further.reason)
        seen.add(found.case_number)
    return found


def is_too_late(desk: Desk, case: Case, at: datetime) -> bool:
    """To open it again."""
    return case.status is Status.CLOSED and case.closed_at is not None and at - case.closed_at > desk.config.cases.reopen_within


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
    return _may_join(desk, mail, Claims(ticket_refs=(reference,)), now) if reference else None


def _may_join(desk: Desk, mail: Mail, claim: Claims, now: datetime) -> FollowUp | None:
    """As if the mail had said so itself."""
    claims = _claims(desk, mail)
    only = replace(claim, forward=claims.forward, outside_recipients=claims.outside_recipients)
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
