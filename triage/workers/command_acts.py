"""Command acts: what each command does to a case, and the sentence that tells it. One function for each, in `ACTS`.

All commands of a mail are carried out in order, inside the caller's attempt: one that cannot be done raises PermanentFailure, in words,
and then none is. The events are those of the command line. Never decides who may command. Called by commands.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from triage.core.cases.case import Case
from triage.core.cases.commands import COMMANDS, Command, CommandKind
from triage.core.cases.events import EffectKind, Event, EventKind, Reason
from triage.core.cases.journal import Cause
from triage.core.cases.transitions import Step
from triage.core.failures import PermanentFailure
from triage.core.mail.message import InboundMessage, Missing
from triage.core.oncall.page import PageEvent, PageEventKind, PageReason
from triage.core.toml.document import nearest
from triage.core.wording.spans import moment
from triage.store import cases, ledger, pages
from triage.store.ledger import LedgerRow
from triage.workers import casework, paging
from triage.workers.asking import ask_partner
from triage.workers.case_acts import known_partner
from triage.workers.case_story import story_lines
from triage.workers.desk import Desk
from triage.workers.merging import merge_cases
from triage.workers.splitting import split_message

_LONGEST_HOLD = timedelta(days=3650)


@dataclass(slots=True)
class Order:
    """A mail of commands while it is carried out. `number` is the case; after a `merge` the one that is left."""

    desk: Desk
    row: LedgerRow
    message: InboundMessage
    number: int
    now: datetime

    @property
    def writer(self) -> str:
        return self.message.author.address

    @property
    def case(self) -> Case:
        return cases.get_existing(self.desk.store, self.number).case


@dataclass(frozen=True, slots=True)
class Done:
    """`sentences`: one for each command; `more`: what `show` and `help` answer."""

    sentences: tuple[str, ...]
    more: tuple[str, ...]
    number: int


def carry_out(order: Order, commands: Sequence[Command]) -> Done:
    """Inside a write transaction and an attempt. Raises PermanentFailure, in words, when one cannot be done."""
    sentences = tuple(ACTS[command.kind](order, command) for command in commands if command.kind not in _TELL)
    more = tuple(line for command in commands if command.kind in _TELL for line in _TELL[command.kind](order))
    return Done(sentences, more, order.number)


def help_lines() -> tuple[str, ...]:
    """Every command with what it does, for the mail that answers `help`."""
    return tuple(line for row in COMMANDS for line in (row.usage, f"    {row.doc.replace('`', '')}"))


def _apply(order: Order, kind: EventKind, detail: str = "", **fields: Any) -> Step:
    event = replace(Event(kind, order.row.internaldate, actor=order.writer), **fields)
    return casework.apply_to(order.desk, order.number, event, order.now, Cause(order.row.id, detail=detail))


def _severity(order: Order, command: Command) -> str:
    before = order.case.severity
    step = _apply(order, EventKind.SEVERITY_SET, severity=command.number)
    paged = any(effect.kind is EffectKind.PAGE for effect in step.effects)
    if before == step.case.severity:
        return f"The severity was {before} already."
    return f"The severity is {step.case.severity} now; it was {before}.{' On-call is paged.' if paged else ''}"


def _close(order: Order, _command: Command) -> str:
    wrote_at = order.case.partner_wrote_at
    if wrote_at is not None and wrote_at > order.row.internaldate:
        raise PermanentFailure(f"the partner has written since you sent this, at {moment(wrote_at, order.now)} UTC: have a look first")
    step = _apply(order, EventKind.CLOSED_BY_TEAM)
    if step.reason is Reason.ALREADY_CLOSED:
        return "The case was closed already."
    told = any(effect.kind is EffectKind.NOTIFY for effect in step.effects)
    return "The case is closed; the partner is told." if told else "The case is closed; the partner was told within the last day already."


def _reopen(order: Order, _command: Command) -> str:
    step = _apply(order, EventKind.OPENED_BY_TEAM)
    if step.reason is Reason.ALREADY_OPEN:
        return "The case waits for us already."
    return "The case is open and waits for us; the partner is told nothing."


def _hold(order: Order, command: Command) -> str:
    if command.end is None:
        if order.case.hold_until is None:
            return "The case was not on hold."
        _apply(order, EventKind.HOLD_ENDED)
        return "The hold is over."
    until = order.row.internaldate + command.end if isinstance(command.end, timedelta) else command.end
    if not order.now < until < order.now + _LONGEST_HOLD:
        raise PermanentFailure(f"a hold until {moment(until, order.now)} UTC is over already, or for longer than ten years")
    if _apply(order, EventKind.HELD, until=until).reason is Reason.CLOSED_CANNOT_HOLD:
        raise PermanentFailure(Reason.CLOSED_CANNOT_HOLD.value)
    return f"The case is on hold: it is not closed before {moment(until, order.now)} UTC."


def _assign(order: Order, command: Command) -> str:
    whom = "" if command.text == "nobody" else _person(order, command.text)
    _apply(order, EventKind.ASSIGNED, f"to {whom or 'nobody'}", value=whom)
    return f"The case is assigned to {whom or 'nobody'}."


def _person(order: Order, name: str) -> str:
    """A person's name in rules/oncall.toml, or an address of the team. Raises PermanentFailure for anybody else."""
    if name == "me":
        return _own_name(order)
    people = {person.name.casefold(): person for person in order.desk.rules().oncall.people.values() if person.human}
    if name in people:
        return people[name].name
    if "@" in name:
        if order.desk.is_ours(name):
            return name
        raise PermanentFailure(f"{name} is no address of the team")
    hint = nearest(name, people) or f"there is {', '.join(sorted(people)) or 'nobody'}, or an address of the team"
    raise PermanentFailure(f"rules/oncall.toml knows no “{name}”; {hint}")


def _own_name(order: Order) -> str:
    people = order.desk.rules().oncall.people.values()
    return next((person.name for person in people if person.human and order.writer in person.addresses), order.writer)


def _no_auto_close(order: Order, command: Command) -> str:
    _apply(order, EventKind.AUTO_CLOSE_SWITCHED, f"no-auto-close {'on' if command.switch else 'off'}", switch=command.switch)
    return "The clock does not close this case." if command.switch else "The clock may close this case again."


def _note(order: Order, command: Command) -> str:
    _apply(order, EventKind.NOTED, command.text, value=command.text)
    return "Your note is in the timeline."


def _tag(order: Order, command: Command) -> str:
    _apply(order, EventKind.TAGGED, command.text, value=command.text)
    return f"The case has the tag {command.text}."


def _untag(order: Order, command: Command) -> str:
    if command.text not in order.case.tags:
        return f"The case did not have the tag {command.text}."
    _apply(order, EventKind.UNTAGGED, command.text, value=command.text)
    return f"The case has the tag {command.text} no more."


def _partner(order: Order, command: Command) -> str:
    key, before = known_partner(order.desk, command.text), order.case.partner
    _apply(order, EventKind.PARTNER_CHOSEN, f"{key}; it was {before}", value=key)
    return f"The case is {key}'s now; it was {before}'s."


def _merge(order: Order, command: Command) -> str:
    assert command.number is not None  # noqa: S101 (the parser gives one)
    old = order.number
    left = merge_cases(order.desk, old, command.number, order.writer, order.now)
    order.number = left.number
    return f"#{old} lives on as #{left.number}."


def _split(order: Order, command: Command) -> str:
    message_id = command.number
    if message_id is None:
        answered = order.message.in_reply_to
        message_id = ledger.on_case_by_message_id(order.desk.store, answered, order.number)
        if message_id is None:
            raise PermanentFailure("your mail answers no message of this case: say which one, by its number in `show`")
    new = split_message(order.desk, order.number, message_id, order.writer, order.now)
    return f"Message {message_id} has a case of its own: #{new.number}. The partner is told nothing."


def _ask(order: Order, command: Command) -> str:
    items = tuple(item for item in Missing if item.value in command.text.split())
    if refusal := ask_partner(order.desk, order.number, items, order.writer, order.now):
        raise PermanentFailure(refusal)
    return "The partner is asked for it."


def _ack(order: Order, command: Command) -> str:
    stored = pages.open_of_case(order.desk.store, order.number)
    if stored is None:
        return "Nobody is being paged for this case."
    until = order.now + command.end if isinstance(command.end, timedelta) else None
    seen = paging.heard_of(order.desk, stored.page, order.number)
    name = _own_name(order)
    reason = paging.advance(order.desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=name, until=until, seen=seen), order.now)
    if reason is PageReason.ALREADY_ACKNOWLEDGED:
        return f"{stored.page.acked_by} has the page already."
    return f"The page is yours, {name}: nobody else is called."


ACTS: Mapping[CommandKind, Callable[[Order, Command], str]] = {
    CommandKind.SEVERITY: _severity,
    CommandKind.CLOSE: _close,
    CommandKind.REOPEN: _reopen,
    CommandKind.HOLD: _hold,
    CommandKind.ASSIGN: _assign,
    CommandKind.NO_AUTO_CLOSE: _no_auto_close,
    CommandKind.NOTE: _note,
    CommandKind.TAG: _tag,
    CommandKind.UNTAG: _untag,
    CommandKind.PARTNER: _partner,
    CommandKind.MERGE: _merge,
    CommandKind.SPLIT: _split,
    CommandKind.ASK: _ask,
    CommandKind.ACK: _ack,
}
_TELL: Mapping[CommandKind, Callable[[Order], tuple[str, ...]]] = {
    CommandKind.SHOW: lambda order: story_lines(order.desk, order.case, order.now),
    CommandKind.HELP: lambda _order: help_lines(),
}
"""What only tells is told when everything else is done."""
