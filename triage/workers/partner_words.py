"""The partners' two words at work: `resolved` closes the case of a participant, `status` is answered with the cases its author has open.

Decides who may say them. A word never weighs more than the floors: a mail that raises the severity is judged like any other, a case of
which nobody has taken the page stays open, and a mail whose server says that its author is forged closes nothing. Called by
partner_mail.py, inside the write transaction.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case, Status
from triage.core.cases.events import NoticeKind
from triage.core.cases.follow_up import MatchReason
from triage.core.cases.notice_dictionary import words_of
from triage.core.cases.notice_variants import variant
from triage.core.cases.notice_words import in_words
from triage.core.cases.notices import NoticeValues, render
from triage.core.cases.partner_words import PartnerWord, read_word
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.failures import PermanentFailure
from triage.core.mail.authentication import Proof, ProofReason
from triage.core.mail.compose import Draft, clean_value, compose
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import make_message_id
from triage.core.oncall.page import PageState
from triage.core.rules.verdict import Verdict
from triage.store import cases, outbox, pages
from triage.store.cases import StoredCase
from triage.store.ledger import LedgerRow
from triage.workers import mailroom, manners
from triage.workers.desk import Desk

_FORGED = frozenset({ProofReason.DMARC_FAILED, ProofReason.SUSPECT, ProofReason.SEVERAL_AUTHORS, ProofReason.NAME_SHOWS_OTHER_ADDRESS})
_MOST_LISTED = 20
_LONGEST_SUBJECT = 60


def closes(desk: Desk, message: InboundMessage, proof: Proof, case: Case, reason: MatchReason, at: datetime) -> tuple[bool, str]:
    """Whether a follow-up's `resolved` closes its case now; if it does not, why, for the timeline."""
    if read_word(message) is not PartnerWord.RESOLVED or message.automatic.evidence:
        return False, ""
    if reason is not MatchReason.PARTICIPANT:
        return False, "“resolved”, by somebody who is not a participant: the case stays open"
    if proof.reason in _FORGED:
        return False, f"“resolved”, but {proof.reason.value}: the case stays open"
    if case.partner_wrote_at is not None and at < case.partner_wrote_at:
        return False, "“resolved”, but the partner has written since: the case stays open"
    stored = pages.open_of_case(desk.store, case.number)
    if stored is not None and stored.page.state is not PageState.ACKED:
        return False, "“resolved”, but nobody has taken the page yet: the case stays open until somebody has looked"
    return True, "“resolved”"


def answers_status(desk: Desk, row: LedgerRow, message: InboundMessage, reason: MatchReason, verdict: Verdict, now: datetime) -> bool:
    """Inside a write transaction: whether this was a `status`, and no request, and its author may be told. The answer is queued.

    Somebody without an open case may mean anything by it: then it is a request like any other.
    """
    author = message.author.address
    rises = verdict.severity is not None and verdict.severity < desk.config.cases.default_severity
    if rises or verdict.page or reason is not MatchReason.NO_CLAIM or read_word(message) is not PartnerWord.STATUS:
        return False
    if not message.may_answer.allowed or message.automatic.evidence or desk.is_ours(author) or len(message.authors) > 1:
        return False
    found = cases.open_of_participant(desk.store, author, _MOST_LISTED)
    if not found:
        return False
    if not manners.objection(desk, found[0].case, author, message, now):
        _answer(desk, row, message, found, now)
    return True


def _answer(desk: Desk, row: LedgerRow, message: InboundMessage, found: list[StoredCase], now: datetime) -> None:
    kind, author = NoticeKind.STATUS.value, message.author.address
    instance, notices = desk.config.instance, desk.rules().notices
    name, language = variant(notices, kind, desk.rules().partners.partner_of(author).language or message.language)
    words = words_of(language)
    values = NoticeValues(
        case="",
        severity=min(stored.case.severity for stored in found),
        subject=message.subject,
        instance=instance.name,
        address=instance.address,
        reply_window=in_words(desk.case_policy.reply_window, words),
        reopen_within=in_words(desk.config.cases.reopen_within, words),
        with_us=tuple(_line(stored.case, author) for stored in found if stored.case.status is not Status.PENDING),
        with_you=tuple(_line(stored.case, author) for stored in found if stored.case.status is Status.PENDING),
    )
    try:
        text = render(name, notices.get(name, ""), values)
    except PermanentFailure as failure:
        mailroom.untold(desk, name, failure, now)
        return
    message_id = make_message_id(0, kind, desk.entropy.token(8), instance.id_domain, desk.keys[0])
    draft = Draft(
        message_id=message_id,
        date=now,
        from_address=instance.address,
        from_name=desk.config.smtp.from_name,
        to=(message.author.address,),
        subject="Re: status",
        text=text,
        in_reply_to=message.message_id,
        references=(*message.references, message.message_id) if message.message_id else (),
        reply_to=instance.address,
        auto_submitted="auto-replied",
        language=language,
        extra_headers=(("X-Triage-Notice", kind),),
    )
    to = (message.author.address,)
    outgoing = Outgoing(f"status/{row.id}", Channel.MAIL, kind, Lane.NORMAL, recipients=to, message_id=message_id, mail=compose(draft))
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is not None:
        outbox.note_sent(desk.store, message.author.address, None, outbox_id, now, purpose=kind)


def _line(case: Case, author: str) -> str:
    """The subject only of what they have opened themselves: it is another person's words otherwise."""
    subject = clean_value(case.subject) if case.requester == author else ""
    if len(subject) > _LONGEST_SUBJECT:
        subject = subject[: _LONGEST_SUBJECT - 1].rstrip() + "…"
    return f"#{case.number}: {subject}" if subject else f"#{case.number}"
