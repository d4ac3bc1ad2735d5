"""The mailroom turns a decision to write into the finished bytes of a mail and puts them into the outbox, in the same transaction.

Notices go to partners, as far as `manners` has no objection. Never sends anything itself, never decides that a notice is due. Called by
casework.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.events import Effect, NoticeKind
from triage.core.cases.notices import MISSING_WORDS, NoticeValues, at_both, in_words, render
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft, compose
from triage.core.mail.message import InboundMessage, Missing
from triage.core.mail.own_ids import make_message_id, plus_address
from triage.core.mail.subjects import with_token
from triage.store import cases, ledger, outbox
from triage.workers import manners
from triage.workers.desk import Desk
from triage.workers.warning import warn_team

_REPLIES = frozenset({NoticeKind.RECEIPT, NoticeKind.SEVERITY_1, NoticeKind.REOPENED, NoticeKind.LINKED})
"""Answers to a message (auto-replied); the others are driven by the clock or the team (auto-generated, RFC 3834 section 2)."""

SAID_ALREADY = "said already"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What made a notice necessary: the message it answers, if any, and what that lacked."""

    message: InboundMessage | None = None
    missing: tuple[Missing, ...] = ()
    known_incident: str = ""
    receipt: str | bool | None = None
    """What a rule says about the receipt: another template, or False for none."""


def send_notice(desk: Desk, case: Case, effect: Effect, occasion: Occasion, now: datetime) -> str:
    """Inside a write transaction: compose and queue. Returns "" or why no notice is sent (for the journal)."""
    assert effect.notice is not None  # noqa: S101 (the effects of transitions.py carry one)
    kind = _kind(case, effect.notice)
    template = kind.value
    if effect.notice is NoticeKind.RECEIPT and occasion.receipt is not None:
        if occasion.receipt is False:
            return "a rule says so"
        template = str(occasion.receipt)
    recipient = _recipient(case, kind, occasion)
    if objection := manners.objection(desk, case, recipient, occasion.message, now):
        return objection
    try:
        text = render(template, desk.rules().notices[template], _values(desk, case, effect, occasion))
    except (PermanentFailure, KeyError) as failure:
        return _untold(desk, template, failure, now)
    key = f"notice/{case.number}/{kind.value}/{effect.generation}"
    message_id = make_message_id(case.number, kind.value, desk.entropy.token(8), _domain(desk), desk.keys[0])
    anchor = occasion.message.message_id if occasion.message else _last_message_id(desk, case)
    raw = compose(
        Draft(
            message_id=message_id,
            date=now,
            from_address=desk.config.instance.address,
            from_name=desk.config.smtp.from_name,
            to=(recipient,),
            subject=with_token(case.subject, case.number),
            text=text,
            in_reply_to=anchor,
            references=(*(occasion.message.references if occasion.message else ()), anchor) if anchor else (),
            reply_to=_reply_to(desk, case),
            auto_submitted="auto-replied" if kind in _REPLIES else "auto-generated",
            extra_headers=(("X-Triage-Case", str(case.number)), ("X-Triage-Notice", kind.value)),
            language=case.language,
        )
    )
    outgoing = Outgoing(
        key=key,
        channel=Channel.MAIL,
        purpose=kind.value,
        lane=Lane.URGENT if case.severity == 1 else Lane.NORMAL,
        case_number=case.number,
        generation=effect.generation,
        recipients=(recipient,),
        message_id=message_id,
        mail=raw,
    )
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is None:
        return SAID_ALREADY
    outbox.note_sent(desk.store, recipient, case.number, outbox_id, now, purpose=kind.value)
    cases.add_thread(desk.store, case.number, (message_id,))
    return ""


def _kind(case: Case, kind: NoticeKind) -> NoticeKind:
    """The first notice of a case says what kind of beginning it is."""
    if kind is not NoticeKind.RECEIPT:
        return kind
    if case.severity == 1:
        return NoticeKind.SEVERITY_1
    return NoticeKind.LINKED if case.follows is not None else NoticeKind.RECEIPT


def _untold(desk: Desk, template: str, failure: Exception, now: datetime) -> str:
    """A template that does not render costs its notice, never the case or the page; operators hear of it once a day."""
    problem = failure.message if isinstance(failure, PermanentFailure) else f"there is no notice {template}"
    text = f"{problem}\n\nThe notice is not sent; cases and pages go on. Mend rules/notices/{template}.txt: it counts from the next save."
    warn_team(desk, f"template/{template}/{now.date()}", f"the notice {template} cannot be written", text, now)
    return problem


def _recipient(case: Case, kind: NoticeKind, occasion: Occasion) -> str:
    """Who wrote gets the answer; what the clock says goes to the requester."""
    if kind in _REPLIES and occasion.message is not None:
        return occasion.message.author.address
    return case.requester


def _values(desk: Desk, case: Case, effect: Effect, occasion: Occasion) -> NoticeValues:
    policy = desk.case_policy
    zone = desk.rules().partners.partner_of(case.requester).zone
    return NoticeValues(
        case=f"#{case.number}",
        severity=case.severity,
        subject=case.subject,
        instance=desk.config.instance.name,
        address=desk.config.instance.address,
        reply_window=in_words(policy.reply_window),
        reopen_within=in_words(desk.config.cases.reopen_within),
        closes_at=at_both(case.reply_window_ends_at, zone) if case.reply_window_ends_at else "",
        missing=tuple(MISSING_WORDS[item] for item in occasion.missing),
        closed_by={"window-ended": "window", "closed-by-team": "team"}.get(effect.value, ""),
        previous=f"#{case.follows}" if case.follows else "",
        known_incident=occasion.known_incident,
        taken_at=at_both(datetime.fromisoformat(effect.value), zone) if effect.notice is NoticeKind.TAKEN else "",
    )


def _last_message_id(desk: Desk, case: Case) -> str:
    rows = [row for row in ledger.of_case(desk.store, case.number) if row.message_id]
    return rows[-1].message_id if rows else ""


def _reply_to(desk: Desk, case: Case) -> str:
    """With plus-addresses the answer names its case even when a client drops References and rewrites the subject."""
    address = desk.config.instance.address
    return plus_address(address, case.number, desk.keys[0]) if desk.config.instance.plus_addresses else address


def _domain(desk: Desk) -> str:
    return desk.config.instance.id_domain
