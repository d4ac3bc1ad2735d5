"""All status changes, as one table; `advance` looks a row up and carries it out. Nothing else in the program changes a status.

Called by workers/casework.py for mail, clock and team alike. It never decides whether a deadline is really due or a mail really is a
team reply: that is in the event's kind already. If something does not fit, change the table, not the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from triage.core.cases.case import Case, Status, with_telling
from triage.core.cases.events import CasePolicy, Effect, EffectKind, Event, EventKind, NoticeKind, Reason


class Do(Enum):
    """What a row does besides changing the status; each member names one small function in ACTIONS."""

    SEND_RECEIPT = "send receipt"
    NOTE_PARTNER = "note partner message"
    NOTE_TEAM = "note team reply"
    OPEN_WINDOW = "open reply window"
    STOP_WINDOW = "stop reply window"
    REMIND = "send reminder"
    ASK = "ask for what is missing"
    CLOSE = "close"
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


Action = Callable[[Case, Event, CasePolicy, datetime], tuple[Case, tuple[Effect, ...]]]


def _send_receipt(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return case, (Effect(EffectKind.NOTIFY, NoticeKind.RECEIPT),)


def _note_partner(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, partner_wrote_at=_later(case.partner_wrote_at, event.at)), ()


def _note_team(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, team_replied_at=_later(case.team_replied_at, event.at), assessed=True), ()


def _open_window(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """The last team reply counts, by the server's clock: one that is older than the window's does not pull its end back."""
    start = _later(case.team_replied_at, event.at)
    remind_at = None if policy.remind_after is None else start + policy.remind_after
    return replace(case, window=case.window + 1, reply_window_ends_at=start + policy.reply_window, remind_at=remind_at), ()


def _stop_window(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, reply_window_ends_at=None, remind_at=None), ()


def _remind(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, remind_at=None), (Effect(EffectKind.NOTIFY, NoticeKind.REMINDER, generation=case.window),)


def _ask(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """Each word of the team asks once; it is no team reply, so no reply window opens."""
    return case, (Effect(EffectKind.NOTIFY, NoticeKind.MISSING, generation=int(event.at.timestamp()), value=event.value),)


def _close(case: Case, event: Event, policy: CasePolicy, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    recently = case.closed_notice_at is not None and now - case.closed_notice_at < policy.second_close_notice_after
    closed = replace(
        case,
        closed_at=now,
        closings=case.closings + 1,
        reply_window_ends_at=None,
        remind_at=None,
        hold_until=None,
        closed_notice_at=case.closed_notice_at if recently else now,
    )
    if recently:
        return closed, ()
    return closed, (Effect(EffectKind.NOTIFY, NoticeKind.CLOSED, generation=closed.closings, value=event.kind.value),)


def _reopen(case: Case, _event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    opened = replace(case, closed_at=None, reopenings=case.reopenings + 1)
    effects: tuple[Effect, ...] = ()
    if opened.reopenings <= policy.reopen_notices:
        effects += (Effect(EffectKind.NOTIFY, NoticeKind.REOPENED, generation=opened.reopenings),)
    else:
        effects += (Effect(EffectKind.TELL_TEAM, generation=opened.reopenings, value="re-opened more often than notices are sent"),)
    if opened.severity == 1:
        effects += (Effect(EffectKind.PAGE, value=policy.default_page),)
    return opened, effects


def _page_again(case: Case, _event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """A Severity 1 case that was closed lost its page; when the team has opened it again without one, the partner's word brings it back.
    Where a page is open, whoever has it included, this changes nothing."""
    if case.severity == 1 and case.closings:
        return case, (Effect(EffectKind.PAGE, value=policy.default_page),)
    return case, ()


def _unclose(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, closed_at=None), ()


def _raise(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """By a rule: never lowers. A page is asked for whenever the rule asks for one; that there is one already is the page's matter."""
    severity = case.severity if event.severity is None else min(case.severity, event.severity)
    told = (Effect(EffectKind.NOTIFY, NoticeKind.SEVERITY_1),) if event.switch and severity == 1 < case.severity else ()
    return replace(case, severity=severity), (Effect(EffectKind.PAGE, value=event.page or policy.default_page), *told) if event.page else ()


def _set_severity(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    assert event.severity is not None  # noqa: S101 (the CLI and the command parser give one)
    assessed = replace(case, severity=event.severity, assessed=True)
    if event.severity == 1 and case.severity != 1 and case.status is not Status.CLOSED:
        return assessed, (Effect(EffectKind.PAGE, value=event.page or policy.default_page),)
    if event.severity != 1:
        return assessed, (Effect(EffectKind.END_PAGE, value="severity lowered"),)
    return assessed, ()


def _hold(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, hold_until=event.until), ()


def _end_hold(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """A window that ran out under a hold is not closed the second the hold ends: the partner gets the reminder's time first."""
    free = replace(case, hold_until=None)
    if case.reply_window_ends_at is None:
        return free, ()
    grace_ends_at = event.at + policy.grace
    if case.reply_window_ends_at >= grace_ends_at:
        return free, ()
    return replace(free, reply_window_ends_at=grace_ends_at, remind_at=case.remind_at and event.at), ()


def _switch_auto_close(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, no_auto_close=event.switch), ()


def _assign(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, assigned_to=event.value), ()


def _tag(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, tags=tuple(sorted({*case.tags, *event.value.split()}))), ()


def _untag(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, tags=tuple(sorted({*case.tags} - {*event.value.split()}))), ()


def _choose_partner(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, partner=event.value), ()


def _choose_agreement(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, agreement=event.value), ()


def _set_fields(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, fields={**case.fields, **event.fields}), ()


def _note_told(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, promises_told=with_telling(case.promises_told, event.value)), ()


def _acknowledge(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return case, (Effect(EffectKind.ACKNOWLEDGE_PAGE, value=event.actor),)


def _end_page(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return case, (Effect(EffectKind.END_PAGE, value=event.kind.value),)


def _tell_team(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return case, (Effect(EffectKind.TELL_TEAM, value=event.value),)


def _live_on(case: Case, event: Event, _policy: CasePolicy, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """No notice: for the partner nothing is closed. The closing counts, so that a notice of an earlier one is not wanted any more."""
    over = replace(case, reply_window_ends_at=None, remind_at=None, hold_until=None)
    return replace(over, merged_into=event.other, closed_at=case.closed_at or now, closings=case.closings + 1), ()


def _take_in(case: Case, event: Event, policy: CasePolicy, now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    raised, effects = _raise(case, event, policy, now)
    wrote = [at for at in (case.partner_wrote_at, event.partner_wrote_at) if at is not None]
    replied = [at for at in (case.team_replied_at, event.team_replied_at) if at is not None]
    return replace(raised, partner_wrote_at=max(wrote, default=None), team_replied_at=max(replied, default=None)), effects


def _forget(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    return replace(case, partner_wrote_at=event.partner_wrote_at, team_replied_at=event.team_replied_at), ()


def _restore(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> tuple[Case, tuple[Effect, ...]]:
    """An earlier window goes on, or an earlier closing holds again. The partner gets the reminder's time before a restored window ends."""
    if event.kind is EventKind.BACK_TO_CLOSED:
        return replace(case, closed_at=event.until or event.at, reply_window_ends_at=None, remind_at=None, hold_until=None), ()
    ends_at = max(event.until or event.at, event.at + policy.grace)
    remind_at = None if policy.remind_after is None else max(event.at, ends_at - policy.grace)
    return replace(case, window=case.window + 1, reply_window_ends_at=ends_at, remind_at=remind_at), ()


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


ACTIONS: Mapping[Do, Action] = {
    Do.SEND_RECEIPT: _send_receipt,
    Do.NOTE_PARTNER: _note_partner,
    Do.NOTE_TEAM: _note_team,
    Do.OPEN_WINDOW: _open_window,
    Do.STOP_WINDOW: _stop_window,
    Do.REMIND: _remind,
    Do.ASK: _ask,
    Do.CLOSE: _close,
    Do.REOPEN: _reopen,
    Do.PAGE_AGAIN: _page_again,
    Do.UNCLOSE: _unclose,
    Do.RAISE: _raise,
    Do.SET_SEVERITY: _set_severity,
    Do.HOLD: _hold,
    Do.END_HOLD: _end_hold,
    Do.SWITCH_AUTO_CLOSE: _switch_auto_close,
    Do.ASSIGN: _assign,
    Do.TAG: _tag,
    Do.UNTAG: _untag,
    Do.CHOOSE_PARTNER: _choose_partner,
    Do.CHOOSE_AGREEMENT: _choose_agreement,
    Do.SET_FIELDS: _set_fields,
    Do.NOTE_TOLD: _note_told,
    Do.ACKNOWLEDGE: _acknowledge,
    Do.END_PAGE: _end_page,
    Do.TELL_TEAM: _tell_team,
    Do.LIVE_ON: _live_on,
    Do.TAKE_IN: _take_in,
    Do.FORGET: _forget,
    Do.RESTORE: _restore,
}
