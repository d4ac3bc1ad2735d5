"""Judging: what one parsed message is and does. `judge` decides and writes, inside the write transaction of intake.py.

The order is the safety: own mail first, then the loop probe, the same mail seen twice, delivery reports, automatic mail, the team's mail,
and only what is left is a partner's. Each branch ends in exactly one outcome. `triage explain` runs the same code on a store in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from triage.core.cases.case import Case, Status, reply_event
from triage.core.cases.events import Event, EventKind, NoticeKind
from triage.core.cases.follow_up import Claims, FollowUp, collect, match, match_report
from triage.core.cases.journal import Cause
from triage.core.cases.partners import MACHINE_TAG, NOBODY, Partner, as_the_partner_means
from triage.core.mail.authentication import Proof, ProofReason, prove
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import OwnId
from triage.core.outcomes import Outcome
from triage.core.rules.evaluate import evaluate
from triage.core.rules.verdict import Verdict
from triage.store import cases, ledger
from triage.store.folders import Role
from triage.store.ledger import LedgerRow
from triage.workers import casework, commands, own_copies, paging
from triage.workers.automatic_mail import judge_automatic_mail
from triage.workers.commands import CommandMail
from triage.workers.desk import Desk
from triage.workers.late_copies import written_until
from triage.workers.lookup import StoreLookup
from triage.workers.notice_drafts import Occasion
from triage.workers.page_answers import Verdict as PageAnswered
from triage.workers.page_answers import judge_answer
from triage.workers.partner_mail import PartnerMail, judge_partner_mail, remember_thread, situation_of
from triage.workers.phone_note import judge_note
from triage.workers.probes import judge_probe


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one message ended, with everything that `explain` shows. `case_number` is the case it is recorded on."""

    outcome: Outcome
    reason: str
    case_number: int | None = None
    follow_up: FollowUp | None = None
    proof: Proof | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message under judgement: where it was found, what it says, who is behind it."""

    row: LedgerRow
    role: Role
    message: InboundMessage
    identity: str
    partner: Partner
    proof: Proof

    @property
    def at(self) -> datetime:
        return self.row.internaldate


def judge(desk: Desk, row: LedgerRow, role: Role, message: InboundMessage, identity: str, now: datetime) -> Judgement:
    """Inside a write transaction: everything this message causes, and its outcome."""
    author = message.author.address
    partner = desk.rules().partners.partner_of(author) if author and not desk.is_shared_mailbox(author) else NOBODY
    message = as_the_partner_means(message, partner)
    arrived = Arrived(row, role, message, identity, partner, _proof(desk, role, message))
    if _is_own(desk, arrived):
        return _own(desk, arrived, now)
    if (probed := judge_probe(desk, row, role, message, now)) is not None:
        return Judgement(probed.outcome, probed.reason)
    twin = ledger.twin(desk.store, identity, row.id)
    if twin is not None and _repeats(arrived, twin):
        return Judgement(Outcome.DUPLICATE, f"the same mail as ledger row {twin.id}", twin.case_number)
    if message.delivery_report is not None and role is not Role.SENT:
        return _report(desk, arrived, now)
    if (answer := _answer(desk, arrived, now)) is not None:
        return Judgement(answer.outcome, answer.reason, answer.case_number, None, arrived.proof)
    if message.automatic.is_automatic and role is not Role.SENT:
        return _automatic(desk, arrived, now)
    if role is Role.SENT or desk.is_ours(author):
        return _team(desk, arrived, now)
    return _partner(desk, arrived, now)


def _proof(desk: Desk, role: Role, message: InboundMessage) -> Proof:
    if role is Role.SENT:
        return Proof(True, message.author.domain, ProofReason.IN_SENT_FOLDER)
    return prove(message, desk.config.instance.trusted_authserv, desk.config.instance.team_domains)


def _is_own(desk: Desk, arrived: Arrived) -> bool:
    """Our own notice or page: our id and our address. A relay that rewrites ids leaves the address and Auto-Submitted."""
    message = arrived.message
    if not desk.is_shared_mailbox(message.author.address):
        return False
    if own_copies.read_own_id(desk, message.message_id) is not None:
        return True
    return arrived.role is Role.SENT and message.automatic.is_automatic


def _repeats(arrived: Arrived, twin: LedgerRow) -> bool:
    """A copy in Sent proves what a copy in the intake folder only said, so it is judged even if that one was."""
    if arrived.role is not Role.SENT:
        return True
    return twin.folder == arrived.row.folder or twin.outcome in {Outcome.TEAM_REPLY, Outcome.COMMAND, Outcome.IMPORTED}


def _own(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    number = own_copies.seen_again(desk, arrived.message.message_id, now, in_sent=arrived.role is Role.SENT)
    return Judgement(Outcome.OWN, own_copies.REASON, number)


def _follow(desk: Desk, arrived: Arrived, *, is_team: bool, now: datetime) -> FollowUp:
    claims = _claims(desk, arrived)
    return match(arrived.message, claims, StoreLookup(desk.store), partner=arrived.partner, is_team=is_team, now=now)


def _claims(desk: Desk, arrived: Arrived) -> Claims:
    instance = desk.config.instance
    return collect(arrived.message, arrived.partner, keys=desk.keys, domains=_id_domains(desk), own_addresses=instance.own_addresses)


def _id_domains(desk: Desk) -> set[str]:
    return {desk.config.instance.id_domain}


def _report(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    """A failed delivery report stops the reply window of its case, or makes the pager try the next contact."""
    report = arrived.message.delivery_report
    assert report is not None  # noqa: S101 (judge has looked)
    domains = _id_domains(desk)
    claims = _claims(desk, arrived)
    found = match_report(arrived.message, claims, StoreLookup(desk.store), keys=desk.keys, domains=domains)
    text = f"{report.action} {report.status} for {', '.join(report.recipients[:5]) or 'an unnamed recipient'}".strip()
    own = own_copies.read_own_id(desk, report.original_message_id)
    if own is not None and own.kind == "page" and report.action == "failed":
        paging.contact_failed(desk, report.original_message_id, text, now)
    failed = report.action == "failed" and _was_for_partner(desk, own, report.recipients)
    if failed and own is None:
        ledger.note_returned(desk.store, arrived.row.id, report.original_message_id)
    if found.case_number is None:
        return Judgement(Outcome.DELIVERY_REPORT, f"{text}; {found.reason.value}", None, found, arrived.proof)
    kind = EventKind.DELIVERY_FAILED if failed else EventKind.AUTOMATIC_MAIL
    event = Event(kind, arrived.at, actor=arrived.message.author.address, value=text)
    casework.apply_to(desk, found.case_number, event, now, Cause(arrived.row.id, detail=text))
    return Judgement(Outcome.DELIVERY_REPORT, text, found.case_number, found, arrived.proof)


def _returned_already(desk: Desk, arrived: Arrived, number: int, now: datetime) -> None:
    """A server that refuses a recipient at once is quicker than the copy in Sent: the report was judged before the reply it is about."""
    for report in ledger.returned(desk.store, arrived.message.message_id):
        text = report.reason.partition(";")[0]
        event = Event(EventKind.DELIVERY_FAILED, max(report.internaldate, arrived.at), actor=report.author, value=text)
        casework.apply_to(desk, number, event, now, Cause(report.id, detail=text))
        ledger.join(desk.store, report.id, number)


def _was_for_partner(desk: Desk, own: OwnId | None, recipients: tuple[str, ...]) -> bool:
    """Whether the mail that came back had been for the partner. Pages, copies and warnings had not: a warning that comes back must not be
    warned of, and no window waits for it. Where a relay has changed the id, the recipients tell."""
    if own is not None:
        return own.kind in {kind.value for kind in NoticeKind}
    inside = {desk.config.instance.team_address}
    return not recipients or not all(address in inside or desk.is_ours(address) for address in recipients)


def _answer(desk: Desk, arrived: Arrived, now: datetime) -> PageAnswered | None:
    """An answer to a page; but for commands of the team, which say more than page answers can ("sev 2", "ack" and "close")."""
    proven = arrived.proof.proven
    if arrived.role is Role.SENT or (proven and commands.is_more_than_ack(commands.read(desk, arrived.role, arrived.message))):
        return None
    return judge_answer(desk, arrived.row, arrived.message, now, proven=proven)


def _automatic(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    """Recorded on its case, and nothing else (promise 5) but for what the floors of rules leave open."""
    found = _follow(desk, arrived, is_team=False, now=now)
    outcome, reason, number, verdict = judge_automatic_mail(desk, _as_partner_mail(desk, arrived, found), now)
    return Judgement(outcome, reason, number, found, arrived.proof, verdict)


def _team(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    """The team's mail, if that is proven; what only says so changes nothing on a case (promise 8)."""
    if not arrived.proof.proven:
        return _unproven(desk, arrived, now)
    found = _follow(desk, arrived, is_team=True, now=now)
    outside = _outside(desk, arrived.message)
    asked = commands.read(desk, arrived.role, arrived.message)
    mail = CommandMail(arrived.row, arrived.message, asked, found.case_number)
    if outside:
        judgement = _team_writes_out(desk, arrived, outside, found, now)
        if asked.commands:
            commands.tell_that_partners_read_along(desk, replace(mail, number=judgement.case_number), now)
        return judgement
    if found.case_number is None and (noted := judge_note(desk, _as_partner_mail(desk, arrived, found), now)):
        outcome, reason, number, verdict = noted
        return Judgement(outcome, reason, number, found, arrived.proof, verdict)
    if asked.asks:
        outcome, reason, number = commands.judge_commands(desk, mail, now)
        return Judgement(outcome, reason, number, found, arrived.proof)
    if found.case_number is None:
        return Judgement(Outcome.IGNORED, "internal mail of the team that follows no case", None, found, arrived.proof)
    return _team_on_case(desk, arrived, (), found, now)


def _team_writes_out(desk: Desk, arrived: Arrived, outside: tuple[str, ...], found: FollowUp, now: datetime) -> Judgement:
    """A mail of the team to somebody outside: on a case, or the beginning of one."""
    if found.case_number is None:
        return _team_first(desk, arrived, outside, found, now)
    return _team_on_case(desk, arrived, outside, found, now)


def _team_on_case(desk: Desk, arrived: Arrived, outside: tuple[str, ...], found: FollowUp, now: datetime) -> Judgement:
    stored = cases.get_existing(desk.store, found.case_number)
    reached = _reached(desk, stored.case, outside)
    cause = Cause(arrived.row.id, detail="" if reached or not outside else "written to others than the partner")
    at = written_until(desk, stored.case.number, arrived.message.message_id, arrived.at)
    kind = reply_event(stored.case, at) if reached else EventKind.TEAM_COMMENTED
    step = casework.apply(desk, stored, Event(kind, at, actor=arrived.message.author.address), now, cause)
    remember_thread(desk, stored.case.number, arrived.message, arrived.partner)
    if reached:
        cases.add_participants(desk.store, stored.case.number, outside)
        _returned_already(desk, arrived, stored.case.number, now)
    outcome = Outcome.TEAM_REPLY if reached else Outcome.TEAM_COMMENT
    return Judgement(outcome, step.reason.value, stored.case.number, found, arrived.proof)


def _team_first(desk: Desk, arrived: Arrived, outside: tuple[str, ...], found: FollowUp, now: datetime) -> Judgement:
    """The team writes first: the case begins in `pending`."""
    number = desk.next_number()
    partner = desk.rules().partners.partner_of(outside[0])
    seed = Case(
        number=number,
        status=Status.PENDING,
        severity=desk.config.cases.default_severity,
        partner=partner.key,
        requester=outside[0],
        subject=arrived.message.subject,
        opened_at=arrived.at,
        language=partner.language or arrived.message.language,
    )
    event = Event(EventKind.TEAM_REPLIED, arrived.at, actor=arrived.message.author.address)
    case = casework.open_case(desk, seed, event, now, Cause(arrived.row.id), Occasion())
    cases.add_participants(desk.store, number, outside)
    remember_thread(desk, number, arrived.message, partner)
    _returned_already(desk, arrived, number, now)
    return Judgement(Outcome.CASE, "the team wrote to a partner first", case.number, found, arrived.proof)


def _unproven(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    """Says it is from the team and cannot prove it. On a case it is shown and changes nothing; a new thread is anybody's new thread."""
    found = _follow(desk, arrived, is_team=False, now=now)
    named = found.case_number or next(iter(found.possibly_related), None)
    commanding = bool(commands.read(desk, arrived.role, arrived.message).commands) and not _outside(desk, arrived.message)
    if commanding:
        commands.warn_of_unproven(desk, arrived.message, named, arrived.proof.reason.value, now)
    if named is None and commanding and not _raises(desk, arrived, found, now):
        return Judgement(Outcome.COMMAND, f"commands refused: unproven, {arrived.proof.reason.value}", None, found, arrived.proof)
    if named is None:
        return _partner(desk, arrived, now)
    detail = f"unproven team mail from {arrived.message.author.address}: {arrived.proof.reason.value}"
    event = Event(EventKind.NOTED, arrived.at, actor=arrived.message.author.address)
    casework.apply_to(desk, named, event, now, Cause(arrived.row.id, detail=detail))
    # Its own id only: the partner may answer it, and then the participant check stands before the join all the same.
    cases.add_thread(desk.store, named, [arrived.message.message_id])
    return Judgement(Outcome.TEAM_COMMENT, detail, named, found, arrived.proof)


def _raises(desk: Desk, arrived: Arrived, found: FollowUp, now: datetime) -> bool:
    """Whether the rules would make more of a new thread than an ordinary case: nobody's "urgent" is lost for looking like a command."""
    verdict = evaluate(desk.rules().ruleset, situation_of(desk, _as_partner_mail(desk, arrived, found), None, now))
    return verdict.severity is not None or bool(verdict.page)


def _partner(desk: Desk, arrived: Arrived, now: datetime) -> Judgement:
    found = _follow(desk, arrived, is_team=False, now=now)
    outcome, reason, number, verdict = judge_partner_mail(desk, _as_partner_mail(desk, arrived, found), now)
    if outcome is Outcome.CASE and number is not None and arrived.message.automatic.evidence:
        casework.apply_to(desk, number, Event(EventKind.TAGGED, arrived.at, actor="triage", value=MACHINE_TAG), now, Cause(arrived.row.id))
    return Judgement(outcome, reason, number, found, arrived.proof, verdict)


def _as_partner_mail(desk: Desk, arrived: Arrived, found: FollowUp) -> PartnerMail:
    partner = arrived.partner if arrived.partner.key else desk.rules().partners.partner_of(arrived.message.author.address)
    return PartnerMail(arrived.row, arrived.message, partner, arrived.proof, found)


def _outside(desk: Desk, message: InboundMessage) -> tuple[str, ...]:
    """Recipients that are neither ours nor the team's."""
    return tuple(dict.fromkeys(each.address for each in message.recipients if each.address and not desk.is_ours(each.address)))


def _reached(desk: Desk, case: Case, outside: tuple[str, ...]) -> bool:
    """Whether a team mail went to somebody of this case: only that is a reply to the partner."""
    book = desk.rules().partners
    participants = cases.participants(desk.store, case.number)
    return any(address in participants or book.partner_of(address).key == case.partner for address in outside)
