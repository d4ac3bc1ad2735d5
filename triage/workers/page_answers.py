"""Answers to page mails: `ack`, `eta 20`, `no`, `escalate`; an out-of-office; a delivery report; a comment; a stranger's word.

A mail counts as an answer when it answers a Message-ID of ours that a page went out with, and its author is the person that page was
sent to or a proven team member. An outsider's answer to a forwarded page mail is written down and changes nothing on the page; it is then
judged like any other mail, so that nothing is lost. An answer to a page that the store does not know any more is told so: its author thinks
that they have it, and is no partner. Called by judging.py, inside the write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.mail.compose import Draft, compose
from triage.core.mail.message import InboundMessage, Origin
from triage.core.mail.own_ids import make_message_id, without_plus
from triage.core.mail.subjects import case_tokens
from triage.core.oncall.answers import read_answer
from triage.core.oncall.page import Page, PageEvent, PageEventKind
from triage.core.oncall.page_json import delivery_from_json
from triage.core.oncall.people import Person
from triage.core.outcomes import Outcome
from triage.store import cases, outbox, pages
from triage.store.ledger import LedgerRow
from triage.store.page_tokens import PageLink
from triage.workers import casework, manners, paging
from triage.workers.desk import Desk
from triage.workers.own_copies import read_own_id
from triage.workers.page_acts import act
from triage.workers.page_words import UNKNOWN_PAGE, answer_text

_MAX_IDS = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the mail ended, for the ledger."""

    outcome: Outcome
    reason: str
    case_number: int | None


def judge_answer(desk: Desk, row: LedgerRow, message: InboundMessage, now: datetime, *, proven: bool) -> Verdict | None:
    """Inside a write transaction. None: this is no answer to a page, or nobody's who may give one; judge it as any other mail."""
    if message.automatic.is_automatic:
        return _automatic(desk, row, message, now)
    if _goes_outside(desk, message):
        return None
    answered = _answered(desk, message)
    stored = pages.get(desk.store, answered.page_id) if answered is not None else None
    if answered is None or stored is None:
        return _to_an_unknown_page(desk, row, message, now, proven=proven)
    by = _author(desk, message, answered.person, proven=proven)
    if not by:
        _refuse(desk, row, stored.page, message, now)
        return None
    said = read_answer(message.new_text)
    reason = act(desk, stored, answered, said, by, now)
    page = pages.get(desk.store, answered.page_id) or stored
    number = _case_of(stored.page)
    words = f"answer to a page: {said.answer.value}" + (f"; {reason.value}" if reason else "")
    if number is not None:
        event = Event(EventKind.TEAM_COMMENTED, row.internaldate, actor=message.author.address)
        casework.apply_to(desk, number, event, now, Cause(row.id, detail=words))
    _confirm(desk, row, message, answer_text(page.page, said, reason, by, now), number, now)
    return Verdict(Outcome.TEAM_COMMENT, words, number)


def _to_an_unknown_page(desk: Desk, row: LedgerRow, message: InboundMessage, now: datetime, *, proven: bool) -> Verdict | None:
    """A page mail of ours that an older copy of the store, or a rebuilt one, knows nothing of. Its id still tells the case."""
    own = [read_own_id(desk, one) for one in message.in_reply_to[:_MAX_IDS]]
    numbers = [one.case_number for one in own if one is not None and one.kind == "page"]
    people = desk.rules().oncall.people.values()
    if not numbers or not (proven or any(_author(desk, message, person.name, proven=False) for person in people)):
        return None
    case = cases.get_final(desk.store, numbers[0])
    number = case.case.number if case is not None else None
    words = "answer to a page that is not known any more"
    if number is not None:
        event = Event(EventKind.TEAM_COMMENTED, row.internaldate, actor=message.author.address)
        casework.apply_to(desk, number, event, now, Cause(row.id, detail=words))
    _confirm(desk, row, message, UNKNOWN_PAGE, number, now)
    return Verdict(Outcome.TEAM_COMMENT, words, number)


def _automatic(desk: Desk, row: LedgerRow, message: InboundMessage, now: datetime) -> Verdict | None:
    """A paged person who is out of office cannot: the next level now. A read receipt says nothing."""
    if message.automatic.origin is not Origin.AUTO_REPLIED:
        return None
    found = _absent(desk, message)
    if found is None:
        return None
    person, stored = found
    reason = paging.advance(desk, stored, PageEvent(PageEventKind.CANNOT, by=person, person=person), now)
    words = f"{person} is out of office: {reason.value}"
    number = _case_of(stored.page)
    if number is not None:
        event = Event(EventKind.AUTOMATIC_MAIL, row.internaldate, actor=message.author.address)
        casework.apply_to(desk, number, event, now, Cause(row.id, detail=words))
    return Verdict(Outcome.AUTOMATIC, words, number)


def _absent(desk: Desk, message: InboundMessage) -> tuple[str, pages.StoredPage] | None:
    """Whose absence it is and which page it is about: by what it answers or, as some servers leave that out, by the case in its subject."""
    answered = _answered(desk, message)
    if answered is not None:
        stored = pages.get(desk.store, answered.page_id)
        person = desk.rules().oncall.people.get(answered.person)
        return (person.name, stored) if stored is not None and person is not None and _is_absent(person, message) else None
    people = [person for person in desk.rules().oncall.people.values() if _is_absent(person, message)]
    for number in case_tokens(message.subject):
        stored = pages.open_of_case(desk.store, number)
        for person in people:
            if stored is not None and any(name == person.name for name, _ in stored.page.disturbed):
                return person.name, stored
    return None


def _is_absent(person: Person, message: InboundMessage) -> bool:
    """A mailbox or a chat room is never absent, whatever its server answers."""
    return person.human and message.author.address in person.addresses


def _answered(desk: Desk, message: InboundMessage) -> PageLink | None:
    """The page mail that is answered: to whom it went, as part of what, and how many cases it listed."""
    for one in (*message.in_reply_to[:_MAX_IDS], *reversed(message.references[-_MAX_IDS:])):
        sent = outbox.by_message_id(desk.store, one) if _is_page_mail(desk, one) else None
        if sent is not None and sent.delivery.outgoing.page_id is not None:
            outgoing = sent.delivery.outgoing
            planned = delivery_from_json(outgoing.payload["planned"])
            seen = outgoing.payload.get("seen")
            return PageLink(outgoing.page_id or 0, planned.generation, planned.cycle, planned.level, planned.person, seen)
    return None


def _is_page_mail(desk: Desk, message_id: str) -> bool:
    own = read_own_id(desk, message_id)
    return own is not None and own.kind == "page"


def _author(desk: Desk, message: InboundMessage, paged: str, *, proven: bool) -> str:
    """Under which name the answer counts: the paged person's, or a proven team member's; "" when it does not count."""
    address = message.author.address
    if not address or len(message.authors) > 1:
        return ""
    people = desk.rules().oncall.people
    person = people.get(paged)
    if person is not None and address in _addresses(person):
        return person.name
    if not proven:
        return ""
    return next((each.name for each in people.values() if each.human and address in each.addresses), address)


def _addresses(person: Person) -> frozenset[str]:
    """Those the person answers from, and those their page mails go to."""
    found = set(person.addresses)
    for contact in person.contacts:
        to = contact.settings.get("to", ()) if contact.kind == "email" else ()
        found |= {str(one).lower() for one in (to if isinstance(to, list | tuple) else (to,))}
    return frozenset(found)


def _goes_outside(desk: Desk, message: InboundMessage) -> bool:
    """An answer with a partner among its recipients is a mail to the partner."""
    instance = desk.config.instance
    own = {address for person in desk.rules().oncall.people.values() for address in _addresses(person)} | instance.own_addresses
    return any(
        each.address and each.address not in own and without_plus(each.address) not in own and each.domain not in instance.team_domains
        for each in message.recipients
    )


def _refuse(desk: Desk, row: LedgerRow, page: Page, message: InboundMessage, now: datetime) -> None:
    number = _case_of(page)
    detail = f"{message.author.address} answered a page mail that was not sent to them: refused, nothing changed on page {page.id}"
    if number is not None:
        casework.apply_to(desk, number, Event(EventKind.NOTED, row.internaldate, actor="triage"), now, Cause(row.id, detail=detail))


def _case_of(page: Page) -> int | None:
    numbers = page.open_cases or page.cases
    return page.case_number if page.case_number is not None else (numbers[0] if numbers else None)


def _confirm(desk: Desk, row: LedgerRow, message: InboundMessage, text: str, number: int | None, now: datetime) -> None:
    """One short mail back, within the budget of mails to one address, never to where nobody may be answered."""
    if not manners.may_confirm(desk, message, now):
        return
    address = message.author.address
    domain = desk.config.instance.id_domain
    case = cases.get_final(desk.store, number) if number is not None else None
    message_id = make_message_id(number or 0, "page-answer", desk.entropy.token(8), domain, desk.keys[0])
    draft = Draft(
        message_id=message_id,
        date=now,
        from_address=desk.config.instance.address,
        from_name=desk.config.smtp.from_name,
        to=(address,),
        subject=message.subject if message.subject.lower().startswith("re:") else f"Re: {message.subject}",
        text=text,
        in_reply_to=message.message_id,
        references=(*message.references, message.message_id) if message.message_id else (),
        reply_to=desk.config.instance.address,
        auto_submitted="auto-replied",
        extra_headers=(("X-Triage-Notice", "page-answer"), *((("X-Triage-Case", str(case.case.number)),) if case else ())),
    )
    outgoing = Outgoing(
        key=f"page-answer/{row.id}",
        channel=Channel.MAIL,
        purpose="page-answer",
        lane=Lane.URGENT,
        recipients=(address,),
        message_id=message_id,
        mail=compose(draft),
    )
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is not None:
        outbox.note_sent(desk.store, address, None, outbox_id, now, purpose=outgoing.purpose)
