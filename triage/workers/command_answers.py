"""Command answers: the mail that tells a team member what became of their commands, or why nothing was done.

Goes to the writer; to the team's address when the writer is the shared mailbox itself or may not be answered. Never to a partner, never
twice for one mail, never over the budget. Called by commands.py, inside the write transaction.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.case_words import state_lines
from triage.core.cases.events import CommandAnswer
from triage.core.cases.notice_dictionary import ENGLISH
from triage.core.cases.notice_words import in_words
from triage.core.cases.notices import NoticeValues, render
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft, compose
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import make_message_id
from triage.core.mail.subjects import with_token
from triage.store import cases, outbox, pages
from triage.store.ledger import LedgerRow
from triage.workers import mailroom, manners
from triage.workers.desk import Desk
from triage.workers.page_words import state_words


def tell_done(
    desk: Desk, row: LedgerRow, message: InboundMessage, number: int | None, done: tuple[str, ...], more: tuple[str, ...], now: datetime
) -> None:
    """Inside a write transaction. `number`: the case as it is called now, if the commands were about one."""
    _tell(desk, row, message, CommandAnswer.DONE, _case(desk, number), now, done=done, more=more)


def tell_refused(desk: Desk, row: LedgerRow, message: InboundMessage, number: int | None, refused: str, line: str, now: datetime) -> None:
    """Inside a write transaction."""
    _tell(desk, row, message, CommandAnswer.REFUSED, _case(desk, number), now, refused=_sentence(refused), line=line)


def _case(desk: Desk, number: int | None) -> Case | None:
    stored = cases.get_final(desk.store, number) if number is not None else None
    return stored.case if stored is not None else None


def _tell(
    desk: Desk,
    row: LedgerRow,
    message: InboundMessage,
    kind: CommandAnswer,
    case: Case | None,
    now: datetime,
    *,
    done: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    refused: str = "",
    line: str = "",
) -> None:
    recipient = _recipient(desk, message, now)
    if not recipient:
        return
    values = NoticeValues(
        case=f"#{case.number}" if case else "",
        severity=case.severity if case else desk.config.cases.default_severity,
        subject=case.subject if case else message.subject,
        instance=desk.config.instance.name,
        address=desk.config.instance.address,
        reply_window=in_words(desk.case_policy.reply_window, ENGLISH),
        reopen_within=in_words(desk.config.cases.reopen_within, ENGLISH),
        done=done,
        more=more,
        refused=refused,
        line=line,
        state=state_lines(case, _page(desk, case), now) if case else (),
    )
    try:
        text = render(kind.value, desk.rules().notices.get(kind.value, ""), values)
    except PermanentFailure as failure:
        mailroom.untold(desk, kind.value, failure, now)
        return
    outgoing = _outgoing(desk, row, message, kind, case, recipient, text, now)
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is not None:
        outbox.note_sent(desk.store, recipient, None, outbox_id, now, purpose=kind.value)


def _outgoing(
    desk: Desk, row: LedgerRow, message: InboundMessage, kind: CommandAnswer, case: Case | None, to: str, text: str, now: datetime
) -> Outgoing:
    """The row names no case: what a colleague is answered is no notice of it, and a failure of it does not concern the partner."""
    number = case.number if case else 0
    message_id = make_message_id(number, kind.value, desk.entropy.token(8), desk.config.instance.id_domain, desk.keys[0])
    draft = Draft(
        message_id=message_id,
        date=now,
        from_address=desk.config.instance.address,
        from_name=desk.config.smtp.from_name,
        to=(to,),
        subject=with_token(case.subject, number) if case else _re(message.subject),
        text=text,
        in_reply_to=message.message_id,
        references=(*message.references, message.message_id) if message.message_id else (),
        reply_to=desk.config.instance.address,
        auto_submitted="auto-replied",
        extra_headers=(("X-Triage-Notice", kind.value), *((("X-Triage-Case", str(number)),) if case else ())),
    )
    mail = compose(draft)
    return Outgoing(f"command/{row.id}", Channel.MAIL, kind.value, Lane.URGENT, recipients=(to,), message_id=message_id, mail=mail)


def _recipient(desk: Desk, message: InboundMessage, now: datetime) -> str:
    """ "" when nobody may be told: then the case's timeline says it alone."""
    if manners.may_confirm(desk, message, now):
        return message.author.address
    team = desk.config.instance.team_address
    unanswerable = desk.is_shared_mailbox(message.author.address) or not message.may_answer.allowed
    told = outbox.notices_since(desk.store, now - manners.DAY, address=team) if team else 0
    return team if unanswerable and told < manners.CONFIRMATIONS_A_DAY else ""


def _page(desk: Desk, case: Case) -> str:
    stored = pages.open_of_case(desk.store, case.number)
    return state_words(stored.page) if stored is not None else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"
