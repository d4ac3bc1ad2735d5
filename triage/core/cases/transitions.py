"""All status changes, as one table; `advance` looks a row up and carries it out. Nothing else in the program changes a status.

Called by workers/casework.py for mail, clock and team alike. It never decides whether a deadline is really due or a mail really is a
team reply: that is in the event's kind already. If something does not fit, change the table, not the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from triage.core.cases import moves
from triage.core.cases.case import Case, Status
from triage.core.cases.events import CasePolicy, Effect, Event, EventKind, Reason


class Do(Enum):
    """What a row does besides changing the status; each member names one small function of moves.py."""

    SEND_RECEIPT = "send receipt"
    NOTE_PARTNER = "note partner message"
    NOTE_TEAM = "note team reply"
    OPEN_WINDOW = "open reply window"
    STOP_WINDOW = "stop reply window"
    REMIND = "send reminder"
    ASK = "ask for what is missing"
    CLOSE = "close"
    FORGET_CLOSING_NOTICE = "count closing as untold"
    TELL_CLOSING = "tell of closing now"
    REOPEN = "re-open"
    PAGE_AGAIN = "page again"
    UNCLOSE = "open again"
    RAISE = "raise severity"
    SET_SEVERITY = "set severity"
    HOLD = "hold"
    END_HOLD = "end hold"
    SWITCH_AUTO_CLOSE = "switch auto-close"
    ASSIGN = "assign"
    TAG = "tag"
    UNTAG = "untag"
    CHOOSE_PARTNER = "choose partner"
    CHOOSE_AGREEMENT = "choose agreement"
    SET_FIELDS = "set fields"
    NOTE_TOLD = "note what was told"
    ACKNOWLEDGE = "acknowledge page"
    END_PAGE = "end page"
    TELL_TEAM = "tell team"
    LIVE_ON = "live on as another case"
    TAKE_IN = "take in another case"
    FORGET = "forget message"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Transition:
    """`to` is None where the status stays as it is."""

    to: Status | None
    reason: Reason
    do: tuple[Do, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one event: the case afterwards, what to do outside, and why."""

    case: Case
    effects: tuple[Effect, ...]
    reason: Reason


_NEW, _OPEN, _PENDING, _CLOSED = Status.NEW, Status.OPEN, Status.PENDING, Status.CLOSED
_OWED, _NOT_CLOSED, _NOT_PENDING = (_NEW, _OPEN), (_NEW, _OPEN, _PENDING), (_NEW, _OPEN, _CLOSED)
_E, _R = EventKind, Reason


def _in_every_status(kind: EventKind, transition: Transition) -> dict[tuple[Status, EventKind], Transition]:
    return {(status, kind): transition for status in Status}


def _in(statuses: tuple[Status, ...], kind: EventKind, transition: Transition) -> dict[tuple[Status, EventKind], Transition]:
    return {(status, kind): transition for status in statuses}


TRANSITIONS: Mapping[tuple[Status, EventKind], Transition] = {
    (_NEW, _E.PARTNER_WROTE): Transition(None, _R.PARTNER_ADDED, (Do.NOTE_PARTNER,)),
    (_OPEN, _E.PARTNER_WROTE): Transition(None, _R.PARTNER_ADDED, (Do.NOTE_PARTNER, Do.PAGE_AGAIN)),
    (_PENDING, _E.PARTNER_WROTE): Transition(_OPEN, _R.PARTNER_ANSWERED, (Do.NOTE_PARTNER, Do.STOP_WINDOW, Do.PAGE_AGAIN)),
    (_CLOSED, _E.PARTNER_WROTE): Transition(_OPEN, _R.PARTNER_REOPENED, (Do.NOTE_PARTNER, Do.REOPEN)),
    # Only a closed case can stay as it is: a thanks-only mail within the window is an answer like any other.
    **_in(_OWED, _E.PARTNER_THANKED, Transition(None, _R.PARTNER_ADDED, (Do.NOTE_PARTNER,))),
    (_PENDING, _E.PARTNER_THANKED): Transition(_OPEN, _R.PARTNER_ANSWERED, (Do.NOTE_PARTNER, Do.STOP_WINDOW, Do.PAGE_AGAIN)),
    (_CLOSED, _E.PARTNER_THANKED): Transition(None, _R.REOPEN_SUPPRESSED, (Do.NOTE_PARTNER,)),
    **_in(_OWED, _E.TEAM_REPLIED, Transition(_PENDING, _R.TEAM_REPLIED, (Do.NOTE_TEAM, Do.OPEN_WINDOW, Do.ACKNOWLEDGE))),
    (_PENDING, _E.TEAM_REPLIED): Transition(None, _R.TEAM_REPLIED_AGAIN, (Do.NOTE_TEAM, Do.OPEN_WINDOW, Do.ACKNOWLEDGE)),
    (_CLOSED, _E.TEAM_REPLIED): Transition(_PENDING, _R.TEAM_REPLIED_AFTER_CLOSE, (Do.NOTE_TEAM, Do.UNCLOSE, Do.OPEN_WINDOW)),
    (_NEW, _E.TEAM_REPLY_OVERTAKEN): Transition(_OPEN, _R.REPLY_OVERTAKEN, (Do.NOTE_TEAM, Do.ACKNOWLEDGE)),
    (_OPEN, _E.TEAM_REPLY_OVERTAKEN): Transition(None, _R.REPLY_OVERTAKEN, (Do.NOTE_TEAM, Do.ACKNOWLEDGE)),
    (_PENDING, _E.TEAM_REPLY_OVERTAKEN): Transition(None, _R.REPLY_OVERTAKEN, (Do.NOTE_TEAM, Do.ACKNOWLEDGE)),
    (_CLOSED, _E.TEAM_REPLY_OVERTAKEN): Transition(None, _R.REPLY_BEFORE_CLOSE, (Do.NOTE_TEAM,)),
    **_in_every_status(_E.TEAM_NOTED, Transition(None, _R.INTERNAL_COMMENT)),
    **_in_every_status(_E.TEAM_COMMENTED, Transition(None, _R.INTERNAL_COMMENT)),
    **_in_every_status(_E.AUTOMATIC_MAIL, Transition(None, _R.AUTOMATIC_RECORDED)),
    (_PENDING, _E.DELIVERY_FAILED): Transition(_OPEN, _R.REPLY_NOT_DELIVERED, (Do.STOP_WINDOW, Do.TELL_TEAM)),
    **_in(_NOT_PENDING, _E.DELIVERY_FAILED, Transition(None, _R.DELIVERY_FAILURE_TOLD, (Do.TELL_TEAM,))),
    (_PENDING, _E.REMINDER_DUE): Transition(None, _R.REMINDED, (Do.REMIND,)),
    **_in(_NOT_PENDING, _E.REMINDER_DUE, Transition(None, _R.NOT_WAITING)),
    (_PENDING, _E.WINDOW_ENDED): Transition(_CLOSED, _R.WINDOW_OVER, (Do.CLOSE, Do.END_PAGE)),
    **_in(_NOT_PENDING, _E.WINDOW_ENDED, Transition(None, _R.NOT_WAITING)),
    **_in_every_status(_E.HOLD_ENDED, Transition(None, _R.HOLD_OVER, (Do.END_HOLD,))),
    **_in_every_status(_E.SEVERITY_RAISED, Transition(None, _R.RAISED_BY_RULE, (Do.RAISE,))),
    **_in_every_status(_E.SEVERITY_SET, Transition(None, _R.SET_BY_TEAM, (Do.SET_SEVERITY,))),
    **_in(_NOT_CLOSED, _E.CLOSED_BY_TEAM, Transition(_CLOSED, _R.TEAM_CLOSED, (Do.CLOSE, Do.END_PAGE))),
    (_CLOSED, _E.CLOSED_BY_TEAM): Transition(None, _R.ALREADY_CLOSED),
    **_in(_NOT_CLOSED, _E.CLOSED_BY_PARTNER, Transition(_CLOSED, _R.PARTNER_CLOSED, (Do.NOTE_PARTNER, Do.CLOSE, Do.END_PAGE))),
    (_CLOSED, _E.CLOSED_BY_PARTNER): Transition(None, _R.ALREADY_CLOSED, (Do.NOTE_PARTNER,)),
    **_in(_OWED, _E.OPENED_BY_TEAM, Transition(None, _R.ALREADY_OPEN)),
    (_PENDING, _E.OPENED_BY_TEAM): Transition(_OPEN, _R.TEAM_OPENED, (Do.STOP_WINDOW,)),
    (_CLOSED, _E.OPENED_BY_TEAM): Transition(_OPEN, _R.TEAM_OPENED, (Do.UNCLOSE,)),
    **_in(_NOT_CLOSED, _E.HELD, Transition(None, _R.ON_HOLD, (Do.HOLD,))),
    (_CLOSED, _E.HELD): Transition(None, _R.CLOSED_CANNOT_HOLD),
    **_in_every_status(_E.AUTO_CLOSE_SWITCHED, Transition(None, _R.SET_BY_TEAM, (Do.SWITCH_AUTO_CLOSE,))),
    **_in_every_status(_E.ASSIGNED, Transition(None, _R.SET_BY_TEAM, (Do.ASSIGN,))),
    **_in_every_status(_E.TAGGED, Transition(None, _R.RECORDED, (Do.TAG,))),
    **_in_every_status(_E.UNTAGGED, Transition(None, _R.RECORDED, (Do.UNTAG,))),
    **_in_every_status(_E.PARTNER_CHOSEN, Transition(None, _R.SET_BY_TEAM, (Do.CHOOSE_PARTNER,))),
    **_in_every_status(_E.AGREEMENT_CHOSEN, Transition(None, _R.RECORDED, (Do.CHOOSE_AGREEMENT,))),
    **_in_every_status(_E.FIELDS_SET, Transition(None, _R.RECORDED, (Do.SET_FIELDS,))),
    **_in(_NOT_CLOSED, _E.ASKED, Transition(None, _R.ASKED, (Do.ASK,))),
    (_CLOSED, _E.ASKED): Transition(None, _R.CLOSED_CANNOT_ASK),
    **_in_every_status(_E.NOTED, Transition(None, _R.RECORDED)),
    **_in_every_status(_E.LINKED, Transition(None, _R.RECORDED)),
    **_in_every_status(_E.UNSEEN_TEAM_REPLY, Transition(None, _R.RECORDED)),
    **_in_every_status(_E.PROMISE_TOLD, Transition(None, _R.PROMISE_TOLD, (Do.NOTE_TOLD,))),
    **_in_every_status(_E.PAGE_CHANGED, Transition(None, _R.RECORDED)),
    **_in_every_status(_E.NOTICE_FAILED, Transition(None, _R.DELIVERY_FAILURE_TOLD, (Do.TELL_TEAM,))),
    **_in(_NOT_CLOSED, _E.CLOSING_UNTOLD, Transition(None, _R.CLOSING_UNTOLD, (Do.FORGET_CLOSING_NOTICE,))),
    (_CLOSED, _E.CLOSING_UNTOLD): Transition(None, _R.CLOSING_TOLD_NOW, (Do.TELL_CLOSING,)),
    # The status of a case that takes another one in follows from ordinary events: see core/cases/merge.py.
    **_in_every_status(_E.MERGED, Transition(_CLOSED, _R.MERGED, (Do.LIVE_ON, Do.END_PAGE))),
    **_in_every_status(_E.MERGED_IN, Transition(None, _R.MERGED_IN, (Do.TAKE_IN,))),
    **_in_every_status(_E.SPLIT_OFF, Transition(None, _R.SPLIT_OFF, (Do.FORGET,))),
    **_in_every_status(_E.SPLIT_FROM, Transition(None, _R.RECORDED)),
    **_in_every_status(_E.BACK_TO_NEW, Transition(_NEW, _R.SPLIT_UNDONE, (Do.STOP_WINDOW, Do.UNCLOSE))),
    **_in_every_status(_E.BACK_TO_OPEN, Transition(_OPEN, _R.SPLIT_UNDONE, (Do.STOP_WINDOW, Do.UNCLOSE))),
    **_in_every_status(_E.BACK_TO_PENDING, Transition(_PENDING, _R.SPLIT_UNDONE, (Do.UNCLOSE, Do.RESTORE))),
    **_in_every_status(_E.BACK_TO_CLOSED, Transition(_CLOSED, _R.SPLIT_UNDONE, (Do.RESTORE, Do.END_PAGE))),
}

OPENINGS: Mapping[EventKind, Transition] = {
    _E.PARTNER_WROTE: Transition(_NEW, _R.OPENED_BY_PARTNER, (Do.NOTE_PARTNER, Do.SEND_RECEIPT)),
    _E.TEAM_REPLIED: Transition(_PENDING, _R.OPENED_BY_TEAM_MAIL, (Do.NOTE_TEAM, Do.OPEN_WINDOW)),
    _E.TEAM_NOTED: Transition(_NEW, _R.OPENED_BY_NOTE),
    _E.SPLIT_FROM: Transition(_NEW, _R.OPENED_BY_SPLIT, (Do.NOTE_PARTNER,)),
}
"""How a case begins: by a partner's new thread, by a team mail to an outside recipient that follows no case, by a team member's
note about a call, by a partner's message that the team splits off another case (of which the partner is told nothing)."""


def advance(case: Case, event: Event, policy: CasePolicy, now: datetime) -> Step:
    """The case after `event`. `event.at` decides windows; `now` decides only what is recorded as done now."""
    return _carry_out(case, event, TRANSITIONS[case.status, event.kind], policy, now)


def begin(case: Case, event: Event, policy: CasePolicy, now: datetime) -> Step:
    """The first step of a case that `event` opens; `case` carries number, partner, requester, subject and severity."""
    return _carry_out(case, event, OPENINGS[event.kind], policy, now)


def _carry_out(case: Case, event: Event, row: Transition, policy: CasePolicy, now: datetime) -> Step:
    effects: list[Effect] = []
    for action in row.do:
        case, more = ACTIONS[action](case, event, policy, now)
        effects.extend(more)
    if row.to is not None:
        case = replace(case, status=row.to)
    reason = _finer_reason(event, effects, row)
    return Step(case, tuple(effects), reason)


def _finer_reason(event: Event, effects: list[Effect], row: Transition) -> Reason:
    if event.kind is EventKind.SEVERITY_RAISED and not effects:
        return Reason.ALREADY_AS_SEVERE
    if event.kind is EventKind.HELD and row.to is None and event.until is None and row.reason is Reason.ON_HOLD:
        return Reason.HOLD_OVER
    return row.reason


Action = Callable[[Case, Event, CasePolicy, datetime], moves.Moved]

ACTIONS: Mapping[Do, Action] = {
    Do.SEND_RECEIPT: moves.send_receipt,
    Do.NOTE_PARTNER: moves.note_partner,
    Do.NOTE_TEAM: moves.note_team,
    Do.OPEN_WINDOW: moves.open_window,
    Do.STOP_WINDOW: moves.stop_window,
    Do.REMIND: moves.remind,
    Do.ASK: moves.ask,
    Do.CLOSE: moves.close,
    Do.FORGET_CLOSING_NOTICE: moves.forget_closing_notice,
    Do.TELL_CLOSING: moves.tell_closing,
    Do.REOPEN: moves.reopen,
    Do.PAGE_AGAIN: moves.page_again,
    Do.UNCLOSE: moves.unclose,
    Do.RAISE: moves.raise_severity,
    Do.SET_SEVERITY: moves.set_severity,
    Do.HOLD: moves.hold,
    Do.END_HOLD: moves.end_hold,
    Do.SWITCH_AUTO_CLOSE: moves.switch_auto_close,
    Do.ASSIGN: moves.assign,
    Do.TAG: moves.tag,
    Do.UNTAG: moves.untag,
    Do.CHOOSE_PARTNER: moves.choose_partner,
    Do.CHOOSE_AGREEMENT: moves.choose_agreement,
    Do.SET_FIELDS: moves.set_fields,
    Do.NOTE_TOLD: moves.note_told,
    Do.ACKNOWLEDGE: moves.acknowledge,
    Do.END_PAGE: moves.end_page,
    Do.TELL_TEAM: moves.tell_team,
    Do.LIVE_ON: moves.live_on,
    Do.TAKE_IN: moves.take_in,
    Do.FORGET: moves.forget,
    Do.RESTORE: moves.restore,
}
