"""Rule actions: what a verdict asks for outside of the case: a copy to the team, a line in the team's chat, another folder on the server.

Called inside the write transaction of a message, after its case is as it will be; everything goes through the outbox, with a key that
makes a repeat harmless. Looks at the bounds again before anything is queued: config.toml may have changed since the rules were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.adapters.pagers.slack import escape
from triage.core.cases.case import Case
from triage.core.cases.events import EventKind
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.mail.compose import Draft, clean_value, compose
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import make_message_id
from triage.core.mail.subjects import with_token
from triage.core.rules.bounds import bounds_of
from triage.core.rules.verdict import Verdict
from triage.store import cases, folders, ledger, outbox
from triage.store.ledger import LedgerRow
from triage.workers import casework, incident_raise
from triage.workers.desk import Desk
from triage.workers.warning import warn_team

COPIES_AN_HOUR = 100
"""To one address. A storm of mails is read in the shared mailbox; nobody needs it twice."""
ATTACHED_UP_TO = 10 * 1024 * 1024
_SUBJECT_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """What the actions are about: a judged message and its case, if it has one."""

    row: LedgerRow
    message: InboundMessage
    case: Case | None

    @property
    def number(self) -> int | None:
        return self.case.number if self.case else None


def carry_out(desk: Desk, row: LedgerRow, message: InboundMessage, number: int | None, verdict: Verdict, now: datetime) -> None:
    """Inside a write transaction."""
    if not (verdict.forward or verdict.webhook or verdict.incident or verdict.folder):
        return
    stored = cases.get(desk.store, number) if number is not None else None
    subject = Subject(row, message, stored.case if stored else None)
    if verdict.forward:
        _forward(desk, subject, verdict.forward, _setter(verdict, "forward"), now)
    if verdict.webhook:
        _tell_chat(desk, subject, _setter(verdict, "webhook"), now)
    if verdict.incident and subject.number is not None:
        _raise_incident(desk, subject.number, _setter(verdict, "incident"), now)
    if verdict.folder:
        _move(desk, subject, verdict.folder, _setter(verdict, "folder"), now)


def failed(desk: Desk, outgoing: Outgoing, why: str, now: datetime) -> None:
    """Inside a write transaction: an action was given up. Said on its case, and to the team once a day for each place."""
    rule = str(outgoing.payload.get("rule", ""))
    target = str(outgoing.payload.get("target", ""))
    what = f"moved to {target}" if outgoing.channel is Channel.MOVE else "told in the chat"
    _say(desk, outgoing.case_number, f'not {what} (rule "{rule}"): {why}', now)
    warn_team(
        desk,
        f"action/{outgoing.channel.value}/{rule}/{target}/{now.date()}",
        f'the rule "{rule}" could not be carried out',
        f"A mail could not be {what}: {why}\n\nThe mail itself and its case are not affected. See `triage outbox --failed`.",
        now,
    )


def _setter(verdict: Verdict, action: str) -> str:
    return next(hit.rule for hit in reversed(verdict.hits) if action in hit.set)


def _forward(desk: Desk, subject: Subject, address: str, rule: str, now: datetime) -> None:
    if refusal := bounds_of(desk.config).refuse_forward(address):
        _say(desk, subject.number, f'no copy to {address} (rule "{rule}"): {refusal}', now)
        return
    if outbox.notices_since(desk.store, now - timedelta(hours=1), address=address) >= COPIES_AN_HOUR:
        _say(desk, subject.number, f'no copy to {address} (rule "{rule}"): it has had {COPIES_AN_HOUR} within an hour', now)
        warn_team(
            desk,
            f"copies/{address}/{now.date()}",
            f"no more copies to {address} for now",
            f'The rule "{rule}" has sent {COPIES_AN_HOUR} copies to {address} within an hour. Further ones are held back.',
            now,
        )
        return
    outgoing = _copy(desk, subject, address, rule, now)
    outbox_id = outbox.add(desk.store, outgoing, now)
    if outbox_id is not None:
        outbox.note_sent(desk.store, address, None, outbox_id, now, purpose=outgoing.purpose)
        if subject.number is not None:
            # A team member may answer the copy: that is a comment on the case.
            cases.add_thread(desk.store, subject.number, (outgoing.message_id,))


def _copy(desk: Desk, subject: Subject, address: str, rule: str, now: datetime) -> Outgoing:
    instance, message, case = desk.config.instance, subject.message, subject.case
    domain = instance.id_domain
    message_id = make_message_id(subject.number or 0, "copy", desk.entropy.token(8), domain, desk.keys[0])
    raw = ledger.raw(desk.store, subject.row.id)
    attached = raw if len(raw) <= ATTACHED_UP_TO else b""
    heading = clean_value(message.subject) or "(no subject)"
    draft = Draft(
        message_id=message_id,
        date=now,
        from_address=instance.address,
        from_name=desk.config.smtp.from_name,
        to=(address,),
        subject=with_token(heading, case.number) if case else heading,
        text=_copy_text(subject, rule, attached=bool(attached)),
        references=(message.message_id,),
        auto_submitted="auto-generated",
        extra_headers=(("X-Triage-Copy", rule),),
        original=attached,
    )
    return Outgoing(
        key=f"copy/{subject.row.id}/{address}",
        channel=Channel.MAIL,
        purpose="copy",
        case_number=subject.number,
        recipients=(address,),
        message_id=message_id,
        mail=compose(draft),
    )


def _copy_text(subject: Subject, rule: str, *, attached: bool) -> str:
    case, message = subject.case, subject.message
    where = f"It is on case #{case.number}, Severity {case.severity}." if case else "It is on no case."
    whole = "The mail is attached as it came." if attached else "The mail is too large to be attached; it is in the shared mailbox."
    lines = (
        f'The rule "{clean_value(rule)}" sends you a copy of this mail. {where}',
        "",
        f"From:    {clean_value(message.author.name)} <{message.author.address}>",
        f"Subject: {clean_value(message.subject)}",
        f"Arrived: {subject.row.internaldate:%Y-%m-%d %H:%M} UTC",
        "",
        f"{whole} An answer to this copy goes to the team only; to answer the partner, reply to the mail in the shared mailbox.",
    )
    return "\n".join(lines) + "\n"


def _tell_chat(desk: Desk, subject: Subject, rule: str, now: datetime) -> None:
    """The address of the chat is a secret: it stays in the rule file and is looked up by the rule's name when the line is sent."""
    outgoing = Outgoing(
        key=f"chat/{subject.row.id}",
        channel=Channel.WEBHOOK,
        purpose="chat",
        case_number=subject.number,
        payload={"rule": rule, "text": chat_line(subject.case, subject.message, rule)},
    )
    outbox.add(desk.store, outgoing, now)


def chat_line(case: Case | None, message: InboundMessage, rule: str) -> str:
    """One line, never the mail's text. What a partner wrote is neither markup nor a mention in any chat that reads `{"text": ...}`."""
    what = f"#{case.number} Severity {case.severity}, {case.status.value}" if case else "no case"
    heading = clean_value(message.subject)[:_SUBJECT_SHOWN].replace("@", "@\u200b")
    return escape(f'{what}: {message.author.address or "somebody"}: {heading} (rule "{rule}")', 2 * _SUBJECT_SHOWN)


def _raise_incident(desk: Desk, number: int, rule: str, now: datetime) -> None:
    """One that was asked for before is no news: every further mail of the case meets the same rule."""
    refusal = incident_raise.ask(desk, number, f'the rule "{rule}"', "rules", now)
    if refusal and not incident_raise.requests(desk, number):
        _say(desk, number, f'no incident (rule "{rule}"): {refusal}', now)


def _move(desk: Desk, subject: Subject, target: str, rule: str, now: datetime) -> None:
    watched = [folder.name for folder in folders.watched(desk.store)]
    if refusal := bounds_of(desk.config).refuse_folder(target, watched):
        _say(desk, subject.number, f'not moved to {target} (rule "{rule}"): it {refusal}', now)
        return
    row = subject.row
    outgoing = Outgoing(
        key=f"move/{row.id}",
        channel=Channel.MOVE,
        purpose="move",
        lane=Lane.COSMETIC,
        case_number=subject.number,
        payload={"rule": rule, "folder": row.folder, "uidvalidity": row.uidvalidity, "uid": row.uid, "target": target},
    )
    outbox.add(desk.store, outgoing, now)


def _say(desk: Desk, number: int | None, text: str, now: datetime) -> None:
    if number is not None:
        casework.note(desk, number, EventKind.NOTED, now, "recorded", actor="triage", detail=text)
