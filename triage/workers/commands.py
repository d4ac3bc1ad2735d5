"""Commands by mail: who may give them, to which case they belong, and what becomes of them.

The floors: one author who is proven and of the team; nobody outside in any recipient field; no machine; no mail that may be an old one
sent again; the case named without doubt. All commands of a mail are carried out, or none (an attempt within the transaction). Whatever
becomes of them is on the case's timeline, with the writer as the one who did it, and is answered. Called by judging.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.cases.commands import Command, CommandKind, Reading, read_commands
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.failures import PermanentFailure
from triage.core.mail import recipients
from triage.core.mail.message import InboundMessage
from triage.core.mail.subjects import case_tokens
from triage.core.outcomes import Outcome
from triage.core.wording.spans import moment
from triage.store import cases
from triage.store.folders import Role
from triage.store.ledger import LedgerRow
from triage.workers import casework
from triage.workers.command_acts import Order, carry_out, help_lines
from triage.workers.command_answers import tell_done, tell_refused
from triage.workers.desk import Desk
from triage.workers.warning import warn_team

NEWEST = timedelta(hours=24)
"""How far a mail's own date may be from its arrival: one that is older has been lying about, or is sent again by somebody else."""

_ONCE = ("from", "to", "subject", "date", "message-id", "in-reply-to", "references")
"""At most once in a header (RFC 5322 section 3.6). A second one may be a stranger's, put above what the sender's server has signed."""

Carried = tuple[Outcome, str, int | None]


@dataclass(frozen=True, slots=True)
class CommandMail:
    """A proven mail of the team whose first lines ask for something. `number`: the case it follows."""

    row: LedgerRow
    message: InboundMessage
    reading: Reading
    number: int | None


def read(desk: Desk, role: Role, message: InboundMessage) -> Reading:
    """What a mail of the team asks for. Nothing when a machine wrote it, or when it was not written to the shared mailbox."""
    if message.automatic.is_automatic or len(message.authors) > 1 or not desk.is_ours(message.author.address):
        return Reading()
    if role is Role.SENT and not any(desk.is_shared_mailbox(each.address) for each in message.recipients):
        return Reading()
    return read_commands(message.new_text)


def is_more_than_ack(reading: Reading) -> bool:
    """Whether an answer to a page says more than the words of a page answer can."""
    return bool(reading.commands) and (len(reading.commands) > 1 or reading.commands[0].kind is not CommandKind.ACK)


def outside(desk: Desk, message: InboundMessage) -> tuple[str, ...]:
    """Everybody who is not ours, in every field that says who got the mail."""
    return tuple(address for address in recipients.everybody(message) if not desk.is_ours(address))


def judge_commands(desk: Desk, mail: CommandMail, now: datetime) -> Carried:
    """Inside a write transaction: carries out what the mail asks for, or refuses; answers either way."""
    try:
        if unclear := recipients.doubt(mail.message):
            raise PermanentFailure(f"{unclear}, so a partner may read along: write to {desk.config.instance.address} alone")
        if people := outside(desk, mail.message):
            raise PermanentFailure(f"the mail also went to {', '.join(people[:3])}: commands go to {desk.config.instance.address} alone")
        _check_mail(mail)
        if mail.reading.fault:
            raise PermanentFailure(mail.reading.fault)
        if all(command.kind is CommandKind.HELP for command in mail.reading.commands):
            tell_done(desk, mail.row, mail.message, mail.number, (), help_lines(), now)
            return Outcome.COMMAND, "commands: help", mail.number
        number = _case_of(desk, mail)
        with desk.store.attempt():
            return _carry_out(desk, mail, number, now)
    except PermanentFailure as refusal:
        return refuse(desk, mail, f"{refusal.message}{f' ({refusal.hint})' if refusal.hint else ''}", now)


def refuse(desk: Desk, mail: CommandMail, why: str, now: datetime) -> Carried:
    """Inside a write transaction: nothing of the mail is done; the case and the writer are told why."""
    reason = f"commands refused: {why}"
    if mail.number is not None:
        _comment(desk, mail, mail.number, reason, now)
    tell_refused(desk, mail.row, mail.message, mail.number, why, mail.reading.line, now)
    return Outcome.COMMAND, reason, mail.number


def tell_that_partners_read_along(desk: Desk, mail: CommandMail, now: datetime) -> None:
    """Inside a write transaction: the mail was judged as the reply it is; its writer hears at once that no command in it was run.

    A reply may begin with "Note that ..." or "Closed", so only lines that can be nothing else count.
    """
    if all(command.kind is CommandKind.NOTE for command in mail.reading.commands):
        return
    people = ", ".join(outside(desk, mail.message)[:3])
    why = f"the mail also went to {people}, who can read it: it counts as a reply, and no command in it was run"
    tell_refused(desk, mail.row, mail.message, mail.number, why, mail.reading.commands[0].line, now)


def warn_of_unproven(desk: Desk, message: InboundMessage, number: int | None, why: str, now: datetime) -> None:
    """Inside a write transaction: operators hear of it at most once a day; the address, which may be forged, hears nothing."""
    about = f" about case #{number}" if number is not None else ""
    warn_team(
        desk,
        f"unproven-command/{now.date()}",
        "commands in a mail that proves nothing",
        f"A mail says it is from {message.author.address} and gives commands{about}. It was recorded, nothing was done, and nobody was"
        f" answered: {why}.\n\nIf the mail is genuine, your mail server says so in an Authentication-Results header: name that server in"
        " [instance] trusted_authserv of config.toml. Further mails of this kind are not told today.",
        now,
        case_number=number,
    )


def _check_mail(mail: CommandMail) -> None:
    names = [name for name, _ in mail.message.headers]
    if twice := next((name for name in _ONCE if names.count(name) > 1), ""):
        raise PermanentFailure(f"its header says {twice.title()} twice, so that nobody can tell what you have written")
    written, arrived = mail.message.date, mail.row.internaldate
    if written is None or abs(arrived - written) > NEWEST:
        when = f"is of {moment(written, arrived)} UTC" if written is not None else "says no date"
        raise PermanentFailure(f"the mail {when} and arrived at {moment(arrived, arrived)} UTC; send the commands again")


def _case_of(desk: Desk, mail: CommandMail) -> int:
    """The one case that thread and subject name. Raises PermanentFailure when they name none, or two."""
    tokens = case_tokens(mail.message.subject)
    named = {stored.case.number for one in tokens if (stored := cases.get_final(desk.store, one)) is not None}
    if mail.number is None or (tokens and not named):
        if tokens:
            raise PermanentFailure(f"there is no case #{tokens[0]}")
        raise PermanentFailure("it names no case: answer a mail of the case, or put its number into the subject, such as [#1042]")
    if strange := {one for one in named if mail.number not in _goes_on_as(desk, one)}:
        others = ", ".join(f"#{one}" for one in sorted(strange))
        raise PermanentFailure(f"it answers a mail of #{mail.number}, and its subject names {others}: write a new mail for one of them")
    return mail.number


def _goes_on_as(desk: Desk, number: int) -> set[int]:
    """This case and those that go on with it: whoever wrote before they were begun knows its number alone."""
    found, to_follow = {number}, [number]
    while to_follow:
        new = set(cases.continuations(desk.store, to_follow.pop())) - found
        found |= new
        to_follow += new
    return found


def _carry_out(desk: Desk, mail: CommandMail, number: int, now: datetime) -> Carried:
    said = f"commands: {'; '.join(_short(command) for command in mail.reading.commands)}"
    _comment(desk, mail, number, said, now)
    done = carry_out(Order(desk, mail.row, mail.message, number, now), mail.reading.commands)
    renamed = tuple(f"#{one} lives on as #{number}." for one in case_tokens(mail.message.subject) if one != number)
    tell_done(desk, mail.row, mail.message, done.number, renamed + done.sentences, done.more, now)
    return Outcome.COMMAND, said, done.number


def _comment(desk: Desk, mail: CommandMail, number: int, detail: str, now: datetime) -> None:
    event = Event(EventKind.TEAM_COMMENTED, mail.row.internaldate, actor=mail.message.author.address)
    casework.apply_to(desk, number, event, now, Cause(mail.row.id, detail=detail))
    cases.add_thread(desk.store, number, [mail.message.message_id])


def _short(command: Command) -> str:
    return command.line if len(command.line) <= 60 else f"{command.line[:59]}…"
