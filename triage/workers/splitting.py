"""Splitting: one message leaves its case and begins one of its own. Done by the team, when a thread has lied about what belongs together.

Moves the message, the ids and people that only it brought, and lets the events of core/cases/merge.py happen to the case it leaves; the
journals of both say so. Never sends a notice. Called by the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases import merge
from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.cases.follow_up import FollowUp, MatchReason
from triage.core.cases.journal import Cause
from triage.core.cases.partners import Partner
from triage.core.failures import PermanentFailure
from triage.core.mail.authentication import prove
from triage.core.mail.identity import header_of
from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import parse
from triage.core.mail.subjects import normalise
from triage.core.outcomes import Outcome
from triage.store import cases, journal, ledger, outbox
from triage.store.ledger import LedgerRow
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion
from triage.workers.partner_mail import PartnerMail, begin_split, people, thread_keys

_OF_PEOPLE = frozenset({Outcome.CASE, Outcome.FOLLOW_UP, Outcome.TEAM_REPLY})
_CAN_LEAVE = _OF_PEOPLE | {Outcome.AUTOMATIC}


@dataclass(frozen=True, slots=True)
class _Leaving:
    """The message that leaves, and what stays behind: `rest` of the messages and the `kept` ids of the case's threads."""

    case: Case
    row: LedgerRow
    copies: frozenset[int]
    message: InboundMessage
    outside: tuple[str, ...]
    """Whom a team reply went to; empty for a partner's message."""
    partner: Partner
    rest: tuple[LedgerRow, ...]
    others: tuple[InboundMessage, ...]
    kept: frozenset[str]


def split_message(desk: Desk, number: int, ledger_id: int, actor: str, now: datetime, *, why: str = "") -> Case:
    """Inside a write transaction: one message leaves its case and begins one of its own, which is returned.

    Its id, and the ids that only it brought, lead there from now on; the people whom only it named go with it. What it did to the status
    of the case it leaves is undone, unless something else has decided that since. A team reply takes a new reply window with it.
    Raises PermanentFailure, in words, when there is no such message on the case or it cannot begin a case.
    """
    leaving = _look(desk, number, ledger_id)
    _take_out(desk, leaving)
    new = _begin_by_team(desk, leaving, now) if leaving.outside else _begin_by_partner(desk, leaving, now)
    _lead_to(desk, leaving, new)
    ledger.move(desk.store, leaving.copies, new)
    _note(desk, leaving, new, actor, now, f": {why}" if why else "")
    stored = cases.get(desk.store, new)
    assert stored is not None  # noqa: S101 (it was begun a moment ago)
    return stored.case


def _look(desk: Desk, number: int, ledger_id: int) -> _Leaving:
    stored = cases.get_final(desk.store, number)
    if stored is None:
        raise PermanentFailure(f"there is no case #{number}")
    case = stored.case
    row = _row_that_can_leave(desk, case, ledger_id)
    message = parse(ledger.raw(desk.store, ledger_id), desk.config.limits)
    outside = _outside(desk, message) if desk.is_ours(message.author.address) else ()
    if not outside and desk.is_ours(message.author.address):
        raise PermanentFailure(f"message {ledger_id} went to nobody outside", hint="an internal comment cannot begin a case")
    partner = desk.rules().partners.partner_of(outside[0] if outside else message.author.address)
    copies = ledger.copies(desk.store, ledger_id)
    rest = tuple(one for one in ledger.of_case(desk.store, case.number) if one.id not in copies)
    if not any(one.outcome in _OF_PEOPLE for one in rest):
        raise PermanentFailure(f"message {ledger_id} is all there is of #{case.number}", hint="a case cannot be left empty")
    others = tuple(parse(header_of(raw), desk.config.limits) for one in rest if (raw := ledger.raw(desk.store, one.id)))
    kept = {key for other in others for key in thread_keys(other, partner)} | {one.message_id for one in rest}
    kept |= {sent.delivery.outgoing.message_id for sent in outbox.of_case(desk.store, case.number)}
    return _Leaving(case, row, copies, message, outside, partner, rest, others, frozenset(kept - {message.message_id}))


def _row_that_can_leave(desk: Desk, case: Case, ledger_id: int) -> LedgerRow:
    try:
        row = ledger.row(desk.store, ledger_id)
    except KeyError:
        raise PermanentFailure(f"there is no message {ledger_id}") from None
    if row.case_number != case.number:
        raise PermanentFailure(f"message {ledger_id} is not on #{case.number}", hint=f"triage case {case.number} --json lists its messages")
    if row.outcome not in _CAN_LEAVE:
        outcome = row.outcome.value if row.outcome else "undecided"
        raise PermanentFailure(f"message {ledger_id} is {outcome}: only what a partner or the team wrote can begin a case")
    if not ledger.raw(desk.store, ledger_id):
        raise PermanentFailure(f"the bytes of message {ledger_id} are not kept any more")
    return row


def _outside(desk: Desk, message: InboundMessage) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.address for each in message.recipients if each.address and not desk.is_ours(each.address)))


def _take_out(desk: Desk, leaving: _Leaving) -> None:
    """What only this message brought to the case does not stay: ids, people, its subject (whose words would not be new any more)."""
    number, message = leaving.case.number, leaving.message
    cases.drop_thread(desk.store, number, set(thread_keys(message, leaving.partner)) - leaving.kept)
    named = {who for other in leaving.others for who in people(desk, other)} | {one.author for one in leaving.rest}
    cases.drop_participants(desk.store, number, set(people(desk, message)) - named - {leaving.case.requester})
    if message.subject[:1000] not in {one.subject for one in leaving.rest}:
        cases.drop_subject(desk.store, number, message.subject[:1000])


def _lead_to(desk: Desk, leaving: _Leaving, new: int) -> None:
    """The message's own id leads to its own case before anything else does; what the other case knows too stays with that."""
    keys = set(thread_keys(leaving.message, leaving.partner))
    cases.drop_thread(desk.store, new, keys & leaving.kept)
    cases.add_thread(desk.store, new, keys - leaving.kept)
    if leaving.message.message_id:
        cases.add_thread(desk.store, new, (cases.split_key(leaving.message.message_id),))


def _begin_by_partner(desk: Desk, leaving: _Leaving, now: datetime) -> int:
    instance = desk.config.instance
    proof = prove(leaving.message, instance.trusted_authserv, instance.team_domains)
    found = FollowUp(None, None, MatchReason.NO_CLAIM)
    return begin_split(desk, PartnerMail(leaving.row, leaving.message, leaving.partner, proof, found), now)


def _begin_by_team(desk: Desk, leaving: _Leaving, now: datetime) -> int:
    """Nobody has waited for the partner on this case before, so the whole window is theirs from now on."""
    message, requester = leaving.message, leaving.outside[0]
    seed = Case(
        number=desk.next_number(),
        status=Status.PENDING,
        severity=desk.config.cases.default_severity,
        partner=leaving.partner.key,
        requester=requester,
        subject=message.subject[:500],
        opened_at=leaving.row.internaldate,
        language=leaving.partner.language or message.language,
    )
    event = Event(EventKind.TEAM_REPLIED, now, actor=message.author.address)
    casework.open_case(desk, seed, event, now, Cause(leaving.row.id), Occasion())
    cases.add_participants(desk.store, seed.number, leaving.outside)
    cases.add_subject(desk.store, seed.number, message.subject[:1000], normalise(message.subject))
    return seed.number


def _note(desk: Desk, leaving: _Leaving, new: int, actor: str, now: datetime, because: str) -> None:
    """Both cases say where the message went, and the one that it left is as if it had not come."""
    number, row = leaving.case.number, leaving.row
    undone = merge.undo(leaving.case, journal.of_case(desk.store, number), leaving.copies, actor, now)
    wrote = [one for one in leaving.rest if one.outcome in _OF_PEOPLE]
    event = Event(
        EventKind.SPLIT_OFF,
        now,
        actor=actor,
        other=new,
        partner_wrote_at=_latest([one for one in wrote if not desk.is_ours(one.author)]),
        team_replied_at=_latest([one for one in wrote if desk.is_ours(one.author)]),
    )
    cause = Cause(row.id, detail=f"message {row.id} by {row.author} goes on as #{new}{because}")
    casework.apply_to(desk, number, event, now, cause)
    if undone is not None:
        casework.apply_to(desk, number, undone, now, cause)
    origin = Event(EventKind.LINKED, now, actor=actor, value=str(number))
    casework.apply_to(desk, new, origin, now, Cause(row.id, detail=f"split off #{number}{because}"))


def _latest(rows: Sequence[LedgerRow]) -> datetime | None:
    return max((one.internaldate for one in rows), default=None)
