"""Which case a message follows, if any. Everything in a mail that names a case is a claim; the participant check decides.

The order is that of docs/mail.md, point 31: our own signed id or plus-address, any known id in In-Reply-To or References (ids of mails
we never saw are known too, once a member of their thread is), a case token in the subject, the partner's own ticket number. A claim
joins only when the author belongs to the case's partner, is named on the case, or is a proven team member; otherwise the case is only
"possibly related", which the team sees and nobody else. Thread-Index and equal subjects never do more than that.

Never looks anything up by itself: the caller passes a `Lookup`. Never decides about re-opening. Called by workers/intake.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from triage.core.cases.case import Status
from triage.core.cases.partners import Partner, ticket_refs
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import OwnClaim, read_claims, read_message_id, without_plus
from triage.core.mail.subjects import case_tokens, is_forward, normalise

MAX_IDS = 200
RECENT = timedelta(days=14)
"""How long after its last activity a case with the same subject is still proposed."""

_MAX_RELATED = 10
_MAX_CARDS = 100
_THREAD_ROOT_BYTES = 22


class MatchedBy(Enum):
    """What named the case. Plus-addresses count as own ids: both carry our code."""

    OWN_ID = "own-id"
    IN_REPLY_TO = "in-reply-to"
    REFERENCES = "references"
    SUBJECT_TOKEN = "subject-token"  # noqa: S105 - not a secret
    TICKET = "ticket"
    THREAD_INDEX = "thread-index"
    SUBJECT = "subject"
    CALL = "call"


class MatchReason(Enum):
    """Why a message joined a case or did not."""

    TEAM_MEMBER = "a proven team member names the case"
    PARTICIPANT = "the author is a participant of the case"
    SAME_PARTNER = "the author belongs to the case's partner"
    REPORT_ON_OWN_MAIL = "a delivery report on our own mail"
    REPORT_ON_KNOWN_MAIL = "a delivery report on a mail of the case"
    CALLED = "the author had called, and this is their first mail"
    NO_CLAIM = "nothing in the message names a case"
    UNKNOWN_CASE = "the case it names does not exist"
    OUTSIDER = "the author does not belong to the case it names"
    SEVERAL_AUTHORS = "one of its authors does not belong to the case it names"
    FORWARDED = "a forward to somebody new"
    RESEMBLES = "only resembles a case of the same partner"


_JOINS = frozenset(
    {
        MatchReason.TEAM_MEMBER,
        MatchReason.PARTICIPANT,
        MatchReason.SAME_PARTNER,
        MatchReason.REPORT_ON_OWN_MAIL,
        MatchReason.REPORT_ON_KNOWN_MAIL,
    }
)


@dataclass(frozen=True, slots=True)
class CaseCard:
    """What matching needs to know of a case. `number` is the one left after merges; `participants` are lower-case addresses."""

    number: int
    partner_key: str
    participants: frozenset[str]
    status: Status
    last_activity: datetime
    closed_at: datetime | None = None
    subject_normalised: str = ""


class Lookup(Protocol):
    """The store's answers. Every number may be of a merged case: `case_card` follows the redirects."""

    def cases_by_message_ids(self, ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]: ...

    def split_off(self, ids: Sequence[str]) -> bool: ...

    def case_card(self, number: int) -> CaseCard | None: ...

    def cases_by_ticket(self, partner_key: str, reference: str) -> tuple[int, ...]: ...

    def recent_by_subject(self, partner_key: str, normalised: str) -> tuple[int, ...]: ...

    def by_thread_index(self, root: str) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything in one message that names or resembles a case. `ids` are in the order in which they count."""

    own: tuple[OwnClaim, ...] = ()
    ids: tuple[str, ...] = ()
    tokens: tuple[int, ...] = ()
    ticket_refs: tuple[str, ...] = ()
    thread_root: str = ""
    normalised_subject: str = ""
    forward: bool = False
    outside_recipients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The answer. `by` is what named the case that was joined, or the first one that was not."""

    case_number: int | None
    by: MatchedBy | None
    reason: MatchReason
    possibly_related: tuple[int, ...] = ()

    @property
    def joined(self) -> bool:
        return self.case_number is not None


def collect(
    message: InboundMessage,
    partner: Partner,
    *,
    keys: Sequence[bytes],
    domains: Collection[str],
    own_addresses: Collection[str],
) -> Claims:
    """The claims of one message. `partner` is its author's (for ticket numbers), `domains` are the ones our Message-IDs carry."""
    own = frozenset(each.lower() for each in own_addresses)
    others = {each.address for each in message.recipients if each.address}
    return Claims(
        own=read_claims(message, keys, domains, own),
        ids=_ids(message),
        tokens=case_tokens(message.subject),
        ticket_refs=ticket_refs(partner.ticket_patterns, message.subject),
        thread_root=thread_root(message.thread_index),
        normalised_subject=normalise(message.subject),
        forward=is_forward(message.subject),
        outside_recipients=frozenset(each for each in others if each not in own and without_plus(each) not in own),
    )


def match(message: InboundMessage, claims: Claims, lookup: Lookup, *, partner: Partner, is_team: bool, now: datetime) -> FollowUp:
    """The case this message joins, or why it joins none and what it may be related to. `is_team` must be proven."""
    refused: list[tuple[MatchedBy, MatchReason]] = []
    related: list[int] = []
    for by, card in _claimed_cards(message, claims, lookup, partner):
        if card is None:
            refused.append((by, MatchReason.UNKNOWN_CASE))
            continue
        reason = _check(message, claims, card, partner, is_team)
        if reason in _JOINS:
            return FollowUp(card.number, by, reason, _first(related, without=card.number))
        refused.append((by, reason))
        related.append(card.number)
    resembling = list(_resembling(claims, lookup, partner, is_team, now))
    related += [number for _, number in resembling]
    if refused:
        return FollowUp(None, refused[0][0], refused[0][1], _first(related))
    if resembling:
        return FollowUp(None, resembling[0][0], MatchReason.RESEMBLES, _first(related))
    return FollowUp(None, None, MatchReason.NO_CLAIM)


def match_report(message: InboundMessage, claims: Claims, lookup: Lookup, *, keys: Sequence[bytes], domains: Collection[str]) -> FollowUp:
    """The case a delivery report belongs to. Its author is a machine, so what it returns stands in for the participant check.

    Only somebody who got a mail knows its Message-ID, and a report that joins sends nothing to anybody. A report that merely answers a
    known mail must name a participant as its recipient.
    """
    report = message.delivery_report
    original = report.original_message_id if report is not None else ""
    for number in _own_numbers(original, claims, keys, domains):
        card = lookup.case_card(number)
        if card is not None:
            return FollowUp(card.number, MatchedBy.OWN_ID, MatchReason.REPORT_ON_OWN_MAIL)
    for _, card in _cards_of_ids((original,) if original else (), lookup):
        return FollowUp(card.number, MatchedBy.REFERENCES, MatchReason.REPORT_ON_KNOWN_MAIL)
    recipients = frozenset(each.lower() for each in report.recipients) if report is not None else frozenset()
    related = []
    for _, card in _cards_of_ids(claims.ids, lookup):
        if recipients & card.participants:
            return FollowUp(card.number, MatchedBy.REFERENCES, MatchReason.REPORT_ON_KNOWN_MAIL)
        related.append(card.number)
    if related:
        return FollowUp(None, MatchedBy.REFERENCES, MatchReason.OUTSIDER, _first(related))
    return FollowUp(None, None, MatchReason.NO_CLAIM)


def _own_numbers(original: str, claims: Claims, keys: Sequence[bytes], domains: Collection[str]) -> list[int]:
    own = read_message_id(original, keys, domains)
    first = [own.case_number] if own is not None and own.case_number else []
    return first + [each.case_number for each in claims.own]


def thread_root(thread_index: str) -> str:
    """The part of a Thread-Index that all messages of an Outlook thread share ([MS-OXOMSG] 2.2.1.3), as hex; empty when there is none."""
    try:
        decoded = base64.b64decode("".join(thread_index[:4096].split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded[:_THREAD_ROOT_BYTES].hex() if len(decoded) >= _THREAD_ROOT_BYTES else ""


def _ids(message: InboundMessage) -> tuple[str, ...]:
    """What it answers, then its ancestors newest first, then itself: somebody may have answered it before it arrived.

    Of a longer list the oldest ancestor is kept, which is where the thread began.
    """
    answered = list(message.in_reply_to[:MAX_IDS])
    ancestors = list(reversed(message.references))
    own = [message.message_id] if message.message_id else []
    room = MAX_IDS - len(own) - 1
    every = list(dict.fromkeys(answered + ancestors))
    kept = every if len(every) <= room + 1 else [*every[:room], every[-1]]
    return tuple(dict.fromkeys(kept + own))


def _claimed_cards(
    message: InboundMessage, claims: Claims, lookup: Lookup, partner: Partner
) -> Iterator[tuple[MatchedBy, CaseCard | None]]:
    """In the order in which claims count; lazily, since the first good one ends the search.

    Our own ids carry the number of the case that they were written for. Once the team has split a message off that case, what descends from
    it has such an id among its ancestors, so there the thread decides: the newest known id first.
    """
    if lookup.split_off(claims.ids):
        yield from _claimed_by_thread(message, claims, lookup)
    for own in claims.own:
        yield MatchedBy.OWN_ID, lookup.case_card(own.case_number)
    yield from _claimed_by_thread(message, claims, lookup)
    for number in claims.tokens:
        yield MatchedBy.SUBJECT_TOKEN, lookup.case_card(number)
    for reference in claims.ticket_refs:
        for card in _cards(lookup.cases_by_ticket(partner.key, reference), lookup):
            yield MatchedBy.TICKET, card


def _claimed_by_thread(message: InboundMessage, claims: Claims, lookup: Lookup) -> Iterator[tuple[MatchedBy, CaseCard | None]]:
    answered = frozenset(message.in_reply_to)
    for message_id, card in _cards_of_ids(claims.ids, lookup):
        yield MatchedBy.IN_REPLY_TO if message_id in answered else MatchedBy.REFERENCES, card


def _cards_of_ids(ids: Sequence[str], lookup: Lookup) -> Iterator[tuple[str, CaseCard]]:
    known = lookup.cases_by_message_ids(ids) if ids else {}
    for message_id in ids:
        for card in _cards(known.get(message_id, ()), lookup):
            yield message_id, card


def _cards(numbers: Sequence[int], lookup: Lookup) -> list[CaseCard]:
    """Of several cases that know one id, the one still open and most recently active comes first."""
    cards = [card for card in map(lookup.case_card, numbers[:_MAX_CARDS]) if card is not None]
    return sorted(cards, key=lambda card: (card.status is not Status.CLOSED, card.last_activity, card.number), reverse=True)


def _check(message: InboundMessage, claims: Claims, card: CaseCard, partner: Partner, is_team: bool) -> MatchReason:
    if claims.forward and claims.outside_recipients - card.participants:
        return MatchReason.FORWARDED
    if is_team:
        return MatchReason.TEAM_MEMBER
    author = message.author.address
    if author and author in card.participants:
        reason = MatchReason.PARTICIPANT
    elif partner.key and partner.key == card.partner_key:
        reason = MatchReason.SAME_PARTNER
    else:
        return MatchReason.OUTSIDER
    # A second author is a way to borrow the first one's place in the case.
    strangers = [each for each in message.authors if each.address not in card.participants and each.domain != message.author.domain]
    return MatchReason.SEVERAL_AUTHORS if strangers else reason


def _resembling(claims: Claims, lookup: Lookup, partner: Partner, is_team: bool, now: datetime) -> Iterator[tuple[MatchedBy, int]]:
    """Cases of the same partner (any case, for the team) that share the Outlook thread, or recently had the same subject."""
    threads = lookup.by_thread_index(claims.thread_root) if claims.thread_root else ()
    for card in _cards(threads, lookup):
        if is_team or (partner.key and card.partner_key == partner.key):
            yield MatchedBy.THREAD_INDEX, card.number
    if not claims.normalised_subject or not partner.key:
        return
    for card in _cards(lookup.recent_by_subject(partner.key, claims.normalised_subject), lookup):
        if card.partner_key == partner.key and now - card.last_activity <= RECENT:
            yield MatchedBy.SUBJECT, card.number


def _first(numbers: Sequence[int], without: int | None = None) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number in numbers if number != without))[:_MAX_RELATED]
