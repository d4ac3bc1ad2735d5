"""A notice as a draft: which text, in which language, with which values, to whom.

Decides nothing about whether it is sent. Called by mailroom.py, which queues what is written here, and by `triage notices preview`, which
shows it: what is previewed is what goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.calendars import Calendar, next_opening
from triage.core.cases.case import Case
from triage.core.cases.events import Effect, NoticeKind
from triage.core.cases.notice_dictionary import words_of
from triage.core.cases.notice_variants import variant
from triage.core.cases.notice_words import Words, at_both, in_words
from triage.core.cases.notices import NoticeValues, render
from triage.core.cases.partners import Partner
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft
from triage.core.mail.message import InboundMessage, Missing
from triage.core.mail.own_ids import make_message_id, plus_address
from triage.core.mail.subjects import with_token
from triage.store import ledger
from triage.workers import incidents
from triage.workers.desk import Desk

REPLIES = frozenset(
    {NoticeKind.RECEIPT, NoticeKind.RECEIPT_QUESTION, NoticeKind.SEVERITY_1, NoticeKind.REOPENED, NoticeKind.LINKED},
)
"""Answers to a message (auto-replied); the others are driven by the clock or the team (auto-generated, RFC 3834 section 2)."""

_CLOSED_BY = {"window-ended": "window", "closed-by-team": "team", "closed-by-partner": "partner"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What made a notice necessary: the message it answers, if any, and what that lacked."""

    message: InboundMessage | None = None
    missing: tuple[Missing, ...] = ()
    receipt: str | bool | None = None
    """What a rule says about the receipt: another template, or False for none."""
    alerted: bool = False
    """On-call is being paged because of it."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written: the kind as it turned out, the text in rules/notices/ and its language."""

    kind: NoticeKind
    template: str
    language: str


def writing(desk: Desk, case: Case, kind: NoticeKind, occasion: Occasion) -> Writing:
    """What is written on this occasion: a receipt turns out to be one of several, or is what a rule says."""
    turned_out = _kind(case, kind, occasion)
    named = kind is NoticeKind.RECEIPT and isinstance(occasion.receipt, str)
    return choose(desk, case, turned_out, str(occasion.receipt) if named else turned_out.value, occasion)


def choose(desk: Desk, case: Case, kind: NoticeKind, notice: str, occasion: Occasion, language: str = "") -> Writing:
    """The text of a notice in the partner's language; else the case's, else the mail's. `language`: in this one instead."""
    wanted = language or _partner(desk, case).language or case.language or (occasion.message.language if occasion.message else "")
    return Writing(kind, *variant(desk.rules().notices, notice, wanted))


def write(desk: Desk, case: Case, effect: Effect, chosen: Writing, occasion: Occasion, now: datetime) -> Draft:
    """The whole mail. Raises PermanentFailure when there is no such text or it does not render."""
    source = desk.rules().notices.get(chosen.template)
    if source is None:
        raise PermanentFailure(f"there is no notice {chosen.template}", hint=f"write rules/notices/{chosen.template}.txt")
    return envelope(
        desk, case, chosen, occasion, render(chosen.template, source, values_of(desk, case, effect, chosen, occasion, now)), now
    )


def envelope(desk: Desk, case: Case, chosen: Writing, occasion: Occasion, text: str, now: datetime) -> Draft:
    kind = chosen.kind
    anchor = occasion.message.message_id if occasion.message else _last_message_id(desk, case)
    instance = desk.config.instance
    return Draft(
        message_id=make_message_id(case.number, kind.value, desk.entropy.token(8), instance.id_domain, desk.keys[0]),
        date=now,
        from_address=instance.address,
        from_name=desk.config.smtp.from_name,
        to=(recipient_of(case, kind, occasion),),
        subject=with_token(case.subject, case.number),
        text=text,
        in_reply_to=anchor,
        references=(*(occasion.message.references if occasion.message else ()), anchor) if anchor else (),
        reply_to=_reply_to(desk, case),
        auto_submitted="auto-replied" if _answers(kind, occasion) else "auto-generated",
        extra_headers=(("X-Triage-Case", str(case.number)), ("X-Triage-Notice", kind.value)),
        language=chosen.language,
    )


def recipient_of(case: Case, kind: NoticeKind, occasion: Occasion) -> str:
    """Who wrote gets the answer, and whoever said `resolved` the thanks for it; what the clock or the team says goes to the requester."""
    if occasion.message is not None and _answers(kind, occasion):
        return occasion.message.author.address
    return case.requester


def _answers(kind: NoticeKind, occasion: Occasion) -> bool:
    """A case that is closed because of a mail was closed by the partner's own word."""
    return kind in REPLIES or (kind is NoticeKind.CLOSED and occasion.message is not None)


def values_of(desk: Desk, case: Case, effect: Effect, chosen: Writing, occasion: Occasion, now: datetime) -> NoticeValues:
    words = words_of(chosen.language)
    zone = _partner(desk, case).zone
    instance = desk.config.instance
    return NoticeValues(
        case=f"#{case.number}",
        severity=case.severity,
        subject=case.subject,
        instance=instance.name,
        address=instance.address,
        reply_window=in_words(desk.case_policy.reply_window, words),
        reopen_within=in_words(desk.config.cases.reopen_within, words),
        closes_at=at_both(case.reply_window_ends_at, zone, words) if case.reply_window_ends_at else "",
        missing=tuple(words.missing[item] for item in _asked(effect, occasion)),
        closed_by=_CLOSED_BY.get(effect.value, ""),
        previous=f"#{case.follows}" if case.follows else "",
        known_incident=incidents.told_to_partner(desk, occasion.message, now, words) if occasion.message else "",
        status_page=desk.config.statuspage.url,
        alerted=occasion.alerted or (chosen.kind is NoticeKind.REOPENED and case.severity == 1),
        taken_at=at_both(datetime.fromisoformat(effect.value), zone, words) if chosen.kind is NoticeKind.TAKEN else "",
        back_at=_back_at(desk.rules().hours, zone, words, now),
    )


def _asked(effect: Effect, occasion: Occasion) -> tuple[Missing, ...]:
    """What the team asks for is in the effect, in the order of the partner documentation."""
    if effect.notice is not NoticeKind.MISSING:
        return occasion.missing
    return tuple(item for item in Missing if item.value in effect.value.split())


def _kind(case: Case, kind: NoticeKind, occasion: Occasion) -> NoticeKind:
    """The first notice of a case says what kind of beginning it is."""
    if kind is not NoticeKind.RECEIPT:
        return kind
    if case.severity == 1:
        return NoticeKind.SEVERITY_1
    if case.follows is not None:
        return NoticeKind.LINKED
    return NoticeKind.RECEIPT_QUESTION if occasion.message is not None and occasion.message.is_question else NoticeKind.RECEIPT


def _back_at(hours: Calendar, zone: str, words: Words, now: datetime) -> str:
    if hours.is_open(now):
        return ""
    opening = next_opening(hours, now)
    return at_both(opening, zone, words) if opening is not None else ""


def _partner(desk: Desk, case: Case) -> Partner:
    return desk.rules().partners.partner_of(case.requester)


def _last_message_id(desk: Desk, case: Case) -> str:
    rows = [row for row in ledger.of_case(desk.store, case.number) if row.message_id]
    return rows[-1].message_id if rows else ""


def _reply_to(desk: Desk, case: Case) -> str:
    """With plus-addresses the answer names its case even when a client drops References and rewrites the subject."""
    address = desk.config.instance.address
    return plus_address(address, case.number, desk.keys[0]) if desk.config.instance.plus_addresses else address
