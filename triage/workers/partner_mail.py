"""A partner's message: which case it opens, joins or re-opens, what the rules say, and what follows from that.

Called by judging.py, inside the write transaction. The floors that no rule can lift are here: a follow-up is never ignored, severity is
only raised, the answer of a partner always re-opens unless a rule says it is a mere thanks and the severity does not rise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind, NoticeKind
from triage.core.cases.follow_up import FollowUp, MatchReason, thread_root
from triage.core.cases.journal import Cause, NearMiss
from triage.core.cases.partners import Partner, ticket_refs
from triage.core.mail.authentication import Proof
from triage.core.mail.message import InboundMessage
from triage.core.mail.subjects import is_reply, new_words, normalise
from triage.core.outcomes import Outcome
from triage.core.rules.evaluate import evaluate
from triage.core.rules.situation import RuleEvent, Situation
from triage.core.rules.verdict import Verdict
from triage.store import cases, journal, ledger
from triage.store.cases import StoredCase
from triage.store.ledger import LedgerRow
from triage.workers import casework, incidents, joining, promises, rule_actions
from triage.workers.desk import Desk
from triage.workers.known import known_of
from triage.workers.late_copies import refers
from triage.workers.notice_drafts import Occasion
from triage.workers.partner_words import answers_status, closes

MISSES_KEPT, MISS_SHOWN = 50, 200
"""With each decision: how many near misses, and how many characters of the condition that failed."""

Judged = tuple[Outcome, str, int | None, Verdict]


@dataclass(frozen=True, slots=True)
class PartnerMail:
    row: LedgerRow
    message: InboundMessage
    partner: Partner
    proof: Proof
    found: FollowUp

    @property
    def at(self) -> datetime:
        return self.row.internaldate


class Asked(Protocol):
    """What rules are asked about."""

    @property
    def message(self) -> InboundMessage: ...
    @property
    def partner(self) -> Partner: ...
    @property
    def proof(self) -> Proof: ...


def judge_partner_mail(desk: Desk, mail: PartnerMail, now: datetime) -> Judged:
    """Inside a write transaction."""
    stored = None
    if mail.found.joined:
        mail = replace(mail, found=joining.going_on(desk, mail, now))
        stored = cases.get_existing(desk.store, mail.found.case_number)
        if not joining.is_too_late(desk, stored.case, mail.at):
            return _follow_up(desk, mail, stored, now)
    verdict = evaluate(desk.rules().ruleset, situation_of(desk, mail, None, now))
    if stored is None and answers_status(desk, mail.row, mail.message, mail.found.reason, verdict, now):
        return Outcome.COMMAND, "“status”: answered with the cases its author has open", None, verdict
    if stored is None and (named := joining.case_named_by_rules(desk, mail, verdict, now)) is not None:
        return _follow_up(desk, replace(mail, found=named), cases.get_existing(desk.store, named.case_number), now)
    return open_case(desk, mail, verdict, stored.case if stored else None, now)


def remember_thread(desk: Desk, number: int, message: InboundMessage, partner: Partner) -> None:
    """Inside a write transaction: every id in this message leads to the case, those of mails we never saw too.

    An id that leads to another case goes on leading there alone, unless that case is closed and the author belongs to it: a stranger who
    refers to it, or a forward of it, must not draw that case's mail to a case of its own.
    """
    author, key = message.author.address, partner.key
    keys = [one for one in thread_keys(message, partner) if not _is_elsewhere(desk, number, one, author, key)]
    cases.add_thread(desk.store, number, keys)
    cases.add_subject(desk.store, number, message.subject[:1000], normalise(message.subject))


def thread_keys(message: InboundMessage, partner: Partner) -> tuple[str, ...]:
    """Everything in a message by which its thread may be found again."""
    keys = [cases.ticket_key(partner.key, one) for one in ticket_refs(partner.ticket_patterns, message.subject)]
    if root := thread_root(message.thread_index):
        keys.append(cases.thread_index_key(root))
    return (message.message_id, *message.in_reply_to, *message.references, *keys)


def _is_elsewhere(desk: Desk, number: int, key: str, author: str, partner: str) -> bool:
    found = [cases.get_final(desk.store, one) for one in cases.by_message_ids(desk.store, [key]).get(key, ())]
    known = {stored.case.number: stored.case for stored in found if stored is not None}
    return number not in known and any(not _may_be_continued(desk, case, author, partner) for case in known.values())


def _may_be_continued(desk: Desk, case: Case, author: str, partner: str) -> bool:
    """In another case, by this author."""
    belongs = (partner and partner == case.partner) or author in cases.participants(desk.store, case.number)
    return case.status is Status.CLOSED and bool(belongs)


def open_case(desk: Desk, mail: PartnerMail, verdict: Verdict, follows: Case | None, now: datetime) -> Judged:
    """A new case, unless a rule ignores the mail. `follows`: the one that was closed too long ago to be re-opened."""
    if verdict.ignore:
        rule_actions.carry_out(desk, mail.row, mail.message, None, verdict, now)
        return Outcome.IGNORED, f"rule: {_rules(verdict)[-1]}", None, verdict
    return _begin(desk, mail, follows, EventKind.PARTNER_WROTE, verdict, now)


def begin_split(desk: Desk, mail: PartnerMail, now: datetime) -> int:
    """Inside a write transaction: a case of its own for a message that leaves another; judged by the rules as a new thread, but never
    ignored, and without a notice."""
    verdict = evaluate(desk.rules().ruleset, situation_of(desk, mail, None, now))
    number = _begin(desk, mail, None, EventKind.SPLIT_FROM, verdict, now)[2]
    assert number is not None  # noqa: S101 (_begin has opened it)
    return number


def _begin(desk: Desk, mail: PartnerMail, follows: Case | None, kind: EventKind, verdict: Verdict, now: datetime) -> Judged:
    number = desk.next_number()
    message = mail.message
    seed = Case(
        number=number,
        status=Status.NEW,
        severity=verdict.severity or desk.config.cases.default_severity,
        partner=mail.partner.key or message.author.address,
        requester=message.author.address,
        subject=message.subject[:500],
        opened_at=mail.at,
        language=mail.partner.language or message.language,
        follows=follows.number if follows else None,
        tags=tuple(sorted(verdict.tags)),
        assigned_to=verdict.assign or "",
        no_auto_close=verdict.no_auto_close,
        hold_until=now + verdict.hold if verdict.hold else None,
        agreement=verdict.agreement or "",
        fields=dict(verdict.set),
    )
    event = Event(kind, mail.at, actor=message.author.address)
    ledger.join(desk.store, mail.row.id, number)
    casework.open_case(desk, seed, event, now, cause_of(desk, mail, verdict, decided=True), _occasion(mail, verdict))
    cases.add_participants(desk.store, number, people(desk, message))
    _note_unseen_team_reply(desk, mail, number, now)
    remember_thread(desk, number, message, mail.partner)
    joining.remember_ticket(desk, number, mail.partner, verdict)
    if follows is not None:
        link = Event(EventKind.LINKED, mail.at, actor=message.author.address, value=str(number))
        casework.apply_to(desk, follows.number, link, now, Cause(mail.row.id, detail=f"continued in #{number}"))
    _note_related(desk, mail, number, now)
    raise_severity(desk, mail, number, verdict, now)
    rule_actions.carry_out(desk, mail.row, message, number, verdict, now)
    return Outcome.CASE, mail.found.reason.value, number, verdict


def _follow_up(desk: Desk, mail: PartnerMail, stored: StoredCase, now: datetime) -> Judged:
    case = stored.case
    verdict = evaluate(desk.rules().ruleset, situation_of(desk, mail, case, now))
    rises = verdict.severity is not None and (verdict.severity < case.severity or isinstance(verdict.page, str))
    over, word = (False, "") if rises else closes(desk, mail.message, mail.proof, case, mail.found.reason, mail.at)
    kind = EventKind.PARTNER_WROTE if verdict.reopen or rises else EventKind.PARTNER_THANKED
    kind = EventKind.CLOSED_BY_PARTNER if over else kind
    event = Event(kind, mail.at, actor=mail.message.author.address)
    ledger.join(desk.store, mail.row.id, case.number)
    cause = cause_of(desk, mail, verdict, decided=True, detail=word)
    step = casework.apply(desk, stored, event, now, cause, _occasion(mail, verdict))
    _note_unseen_team_reply(desk, mail, case.number, now)
    cases.add_participants(desk.store, case.number, [mail.message.author.address])
    remember_thread(desk, case.number, mail.message, mail.partner)
    joining.remember_ticket(desk, case.number, mail.partner, verdict)
    shape(desk, mail, case.number, verdict, now)
    told = any(effect.notice is NoticeKind.REOPENED for effect in step.effects)
    occasion = None if told or verdict.severity is None else _occasion_of_rise(desk, mail, case.number, verdict)
    raise_severity(desk, mail, case.number, verdict, now, occasion)
    rule_actions.carry_out(desk, mail.row, mail.message, case.number, verdict, now)
    return Outcome.FOLLOW_UP, step.reason.value, case.number, verdict


def _earlier_subjects(desk: Desk, message: InboundMessage, number: int) -> Sequence[str]:
    """Subjects that this mail may have its words from: not that of an answer to it which has come before it, and has them from here."""
    subjects = cases.subjects(desk.store, number)
    if number not in cases.by_message_ids(desk.store, [message.message_id]).get(message.message_id, ()):
        return subjects
    own, raised = normalise(message.subject), journal.raised_by(desk.store, number)
    for row in ledger.of_case(desk.store, number):
        if row.message_id != message.message_id and normalise(row.subject) == own and _has_brought(desk, row, message, raised):
            return subjects
    return [one for one in subjects if normalise(one) != own]


def _has_brought(desk: Desk, row: LedgerRow, message: InboundMessage, raised: frozenset[int]) -> bool:
    """Whether this earlier mail of the case has said the words of the message's subject, so that they are no news in it. The team's own
    have only where the message is a reply and may be one to them; what answers the message has them from there."""
    if desk.is_ours(row.author):
        return is_reply(message.subject) and not refers(desk, row.id, message.message_id)
    return row.id in raised or not is_reply(row.subject)


def situation_of(desk: Desk, mail: Asked, case: Case | None, now: datetime) -> Situation:
    """Everything rules may look at. `case` is None for what opens, or would open, a new one."""
    hours = desk.rules().hours
    earlier = _earlier_subjects(desk, mail.message, case.number) if case else ()
    event = RuleEvent.NEW if case is None else RuleEvent.REOPEN if case.status is Status.CLOSED else RuleEvent.FOLLOW_UP
    others = cases.open_of_partner(desk.store, mail.partner.key)
    return Situation(
        message=mail.message,
        now=now,
        event=event,
        subject_new=new_words(mail.message.subject, earlier) if case else mail.message.subject,
        partner=mail.partner.key if mail.partner.is_named else "",
        partner_name=mail.partner.name if mail.partner.is_named else "",
        partner_tier=mail.partner.tier,
        severity=case.severity if case else desk.config.cases.default_severity,
        status=case.status.value if case else Status.NEW.value,
        tags=frozenset(case.tags) if case else frozenset(),
        proven=mail.proof.proven,
        known_incident=incidents.incident_of_mail(desk, mail.message, now),
        business_hours=hours.is_open(now),
        local_time=hours.local(now),
        open_cases=others - (1 if case and case.status is not Status.CLOSED else 0),
        response_due_in=promises.response_due_in(desk, case, mail.partner, now),
        case_age=now - case.opened_at if case else None,
    )


def raise_severity(desk: Desk, mail: PartnerMail, number: int, verdict: Verdict, now: datetime, occasion: Occasion | None = None) -> None:
    """Severity and page as the rules say. A severity of 1 pages unless a rule says on purpose that it does not.

    With `occasion` the partner is told when the case becomes Severity 1; without, another notice says so already, or nobody is told.
    """
    if verdict.severity is None:
        return
    page = verdict.page if isinstance(verdict.page, str) else ""
    if verdict.severity == 1 and verdict.page is None:
        page = desk.case_policy.default_page
    event = Event(
        EventKind.SEVERITY_RAISED,
        mail.at,
        actor="rules",
        severity=verdict.severity,
        page=page,
        value=f"rule: {', '.join(_rules(verdict))}",
        switch=occasion is not None,
    )
    casework.apply_to(desk, number, event, now, cause_of(desk, mail, verdict), occasion)


def shape(desk: Desk, mail: PartnerMail, number: int, verdict: Verdict, now: datetime) -> None:
    """What rules set besides the severity, on a case that exists already."""
    events = []
    if verdict.tags:
        events.append(Event(EventKind.TAGGED, mail.at, actor="rules", value=" ".join(verdict.tags)))
    if verdict.assign:
        events.append(Event(EventKind.ASSIGNED, mail.at, actor="rules", value=verdict.assign))
    if verdict.hold:
        events.append(Event(EventKind.HELD, mail.at, actor="rules", until=now + verdict.hold))
    if verdict.no_auto_close:
        events.append(Event(EventKind.AUTO_CLOSE_SWITCHED, mail.at, actor="rules", switch=True))
    if verdict.agreement:
        events.append(Event(EventKind.AGREEMENT_CHOSEN, mail.at, actor="rules", value=verdict.agreement))
    if verdict.set:
        events.append(Event(EventKind.FIELDS_SET, mail.at, actor="rules", fields=verdict.set))
    for event in events:
        casework.apply_to(desk, number, event, now, cause_of(desk, mail, verdict))


def _note_related(desk: Desk, mail: PartnerMail, number: int, now: datetime) -> None:
    """For the team only: what this may have to do with other cases, and why it did not join them."""
    if not mail.found.possibly_related and mail.found.reason is MatchReason.NO_CLAIM:
        return
    related = ", ".join(f"#{one}" for one in mail.found.possibly_related)
    detail = mail.found.reason.value + (f"; possibly related to {related}" if related else "")
    casework.apply_to(desk, number, Event(EventKind.NOTED, mail.at, actor="triage"), now, Cause(mail.row.id, detail=detail))


def _note_unseen_team_reply(desk: Desk, mail: PartnerMail, number: int, now: datetime) -> None:
    """The partner answers a mail of ours that was never seen: said on the case, so that somebody can look for it."""
    ours = desk.config.instance.team_domains | {desk.config.instance.id_domain}
    answered = [one for one in mail.message.in_reply_to if one.rstrip(">").rpartition("@")[2].lower() in ours]
    if answered and not any(cases.by_message_ids(desk.store, [one]) for one in answered[:1]):
        event = Event(EventKind.UNSEEN_TEAM_REPLY, mail.at, actor="triage", value=answered[0])
        casework.apply_to(desk, number, event, now, Cause(mail.row.id, detail=f"answers {answered[0]}, which was never seen"))


def people(desk: Desk, message: InboundMessage) -> list[str]:
    """Participants of a new case: who wrote, and whom the writer told, ours not counted."""
    own = desk.config.instance.own_addresses
    return [message.author.address, *(each.address for each in message.recipients if each.address and each.address not in own)]


def _occasion(mail: PartnerMail, verdict: Verdict) -> Occasion:
    missing = mail.message.missing
    if verdict.ask is not None:
        missing = tuple(item for item in missing if item in verdict.ask)
    alerted = verdict.severity == 1 and verdict.page is not False
    return Occasion(message=mail.message, missing=missing, receipt=verdict.receipt, alerted=alerted)


def _occasion_of_rise(desk: Desk, mail: PartnerMail, number: int, verdict: Verdict) -> Occasion:
    """The engineer needs what all the mails of the case lack, not what this one does not say again."""
    missing = known_of(desk, number).missing
    wanted = missing if verdict.ask is None else tuple(item for item in missing if item in verdict.ask)
    return replace(_occasion(mail, verdict), missing=wanted)


def cause_of(desk: Desk, mail: PartnerMail, verdict: Verdict, *, decided: bool = False, detail: str = "") -> Cause:
    """`decided`: the entry that stands for the message itself, which keeps the rules that nearly held, too."""
    near = [miss for miss in verdict.misses if miss.held] if decided else []
    misses = tuple(NearMiss(miss.rule, miss.failed[:MISS_SHOWN]) for miss in near[:MISSES_KEPT])
    return Cause(mail.row.id, _rules(verdict), desk.rules().hash, detail, misses)


def _rules(verdict: Verdict) -> tuple[str, ...]:
    return tuple(hit.rule for hit in verdict.hits)
