"""What the rows of the table do: one small function per `Do`, `(case, event, policy, now) -> (case, effects)`.

Called by `transitions` only. None of them changes a status or decides whether it applies: that is the row's part.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from triage.core.cases.case import Case, Status, with_telling
from triage.core.cases.events import CasePolicy, Effect, EffectKind, Event, EventKind, NoticeKind

Moved = tuple[Case, tuple[Effect, ...]]


def send_receipt(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return case, (Effect(EffectKind.NOTIFY, NoticeKind.RECEIPT),)


def note_partner(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, partner_wrote_at=_later(case.partner_wrote_at, event.at)), ()


def note_team(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, team_replied_at=_later(case.team_replied_at, event.at), assessed=True), ()


def open_window(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    """The last team reply counts, by the server's clock: one that is older than the window's does not pull its end back."""
    start = _later(case.team_replied_at, event.at)
    remind_at = None if policy.remind_after is None else start + policy.remind_after
    return replace(case, window=case.window + 1, reply_window_ends_at=start + policy.reply_window, remind_at=remind_at), ()


def stop_window(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, reply_window_ends_at=None, remind_at=None), ()


def remind(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, remind_at=None), (Effect(EffectKind.NOTIFY, NoticeKind.REMINDER, generation=case.window),)


def ask(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    """Each word of the team asks once; it is no team reply, so no reply window opens."""
    return case, (Effect(EffectKind.NOTIFY, NoticeKind.MISSING, generation=int(event.at.timestamp()), value=event.value),)


def close(case: Case, event: Event, policy: CasePolicy, now: datetime) -> Moved:
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


def forget_closing_notice(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    """A closing of which the partner has not heard is no reason to say nothing of the next one."""
    return replace(case, closed_notice_at=None), ()


def tell_closing(case: Case, event: Event, _policy: CasePolicy, now: datetime) -> Moved:
    """The next one has come already; `event.value`: what has closed the case then."""
    return replace(case, closed_notice_at=now), (Effect(EffectKind.NOTIFY, NoticeKind.CLOSED, generation=case.closings, value=event.value),)


def reopen(case: Case, _event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    opened = replace(case, closed_at=None, reopenings=case.reopenings + 1)
    effects: tuple[Effect, ...] = ()
    if opened.reopenings <= policy.reopen_notices:
        effects += (Effect(EffectKind.NOTIFY, NoticeKind.REOPENED, generation=opened.reopenings),)
    else:
        effects += (Effect(EffectKind.TELL_TEAM, generation=opened.reopenings, value="re-opened more often than notices are sent"),)
    if opened.severity == 1:
        effects += (Effect(EffectKind.PAGE, value=policy.default_page),)
    return opened, effects


def page_again(case: Case, _event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    """A Severity 1 case that was closed lost its page; when the team has opened it again without one, the partner's word brings it back.
    Where a page is open, whoever has it included, this changes nothing."""
    if case.severity == 1 and case.closings:
        return case, (Effect(EffectKind.PAGE, value=policy.default_page),)
    return case, ()


def unclose(case: Case, _event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, closed_at=None), ()


def raise_severity(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    """By a rule: never lowers. A page is asked for whenever the rule asks for one; that there is one already is the page's matter."""
    severity = case.severity if event.severity is None else min(case.severity, event.severity)
    told = (Effect(EffectKind.NOTIFY, NoticeKind.SEVERITY_1),) if event.switch and severity == 1 < case.severity else ()
    return replace(case, severity=severity), (Effect(EffectKind.PAGE, value=event.page or policy.default_page), *told) if event.page else ()


def set_severity(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    assert event.severity is not None  # noqa: S101 (the CLI and the command parser give one)
    assessed = replace(case, severity=event.severity, assessed=True)
    if event.severity == 1 and case.severity != 1 and case.status is not Status.CLOSED:
        return assessed, (Effect(EffectKind.PAGE, value=event.page or policy.default_page),)
    if event.severity != 1:
        return assessed, (Effect(EffectKind.END_PAGE, value="severity lowered"),)
    return assessed, ()


def hold(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, hold_until=event.until), ()


def end_hold(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    """A window that ran out under a hold is not closed the second the hold ends: the partner gets the reminder's time first."""
    free = replace(case, hold_until=None)
    if case.reply_window_ends_at is None:
        return free, ()
    grace_ends_at = event.at + policy.grace
    if case.reply_window_ends_at >= grace_ends_at:
        return free, ()
    return replace(free, reply_window_ends_at=grace_ends_at, remind_at=case.remind_at and event.at), ()


def switch_auto_close(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, no_auto_close=event.switch), ()


def assign(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, assigned_to=event.value), ()


def tag(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, tags=tuple(sorted({*case.tags, *event.value.split()}))), ()


def untag(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, tags=tuple(sorted({*case.tags} - {*event.value.split()}))), ()


def choose_partner(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, partner=event.value), ()


def choose_agreement(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, agreement=event.value), ()


def set_fields(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, fields={**case.fields, **event.fields}), ()


def note_told(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, promises_told=with_telling(case.promises_told, event.value)), ()


def acknowledge(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return case, (Effect(EffectKind.ACKNOWLEDGE_PAGE, value=event.actor),)


def end_page(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return case, (Effect(EffectKind.END_PAGE, value=event.kind.value),)


def tell_team(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return case, (Effect(EffectKind.TELL_TEAM, value=event.value),)


def live_on(case: Case, event: Event, _policy: CasePolicy, now: datetime) -> Moved:
    """No notice: for the partner nothing is closed. The closing counts, so that a notice of an earlier one is not wanted any more."""
    over = replace(case, reply_window_ends_at=None, remind_at=None, hold_until=None)
    return replace(over, merged_into=event.other, closed_at=case.closed_at or now, closings=case.closings + 1), ()


def take_in(case: Case, event: Event, policy: CasePolicy, now: datetime) -> Moved:
    raised, effects = raise_severity(case, event, policy, now)
    wrote = [at for at in (case.partner_wrote_at, event.partner_wrote_at) if at is not None]
    replied = [at for at in (case.team_replied_at, event.team_replied_at) if at is not None]
    return replace(raised, partner_wrote_at=max(wrote, default=None), team_replied_at=max(replied, default=None)), effects


def forget(case: Case, event: Event, _policy: CasePolicy, _now: datetime) -> Moved:
    return replace(case, partner_wrote_at=event.partner_wrote_at, team_replied_at=event.team_replied_at), ()


def restore(case: Case, event: Event, policy: CasePolicy, _now: datetime) -> Moved:
    """An earlier window goes on, or an earlier closing holds again. The partner gets the reminder's time before a restored window ends."""
    if event.kind is EventKind.BACK_TO_CLOSED:
        return replace(case, closed_at=event.until or event.at, reply_window_ends_at=None, remind_at=None, hold_until=None), ()
    ends_at = max(event.until or event.at, event.at + policy.grace)
    remind_at = None if policy.remind_after is None else max(event.at, ends_at - policy.grace)
    return replace(case, window=case.window + 1, reply_window_ends_at=ends_at, remind_at=remind_at), ()


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
