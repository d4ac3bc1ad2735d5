"""The table of core/cases/transitions.py: every state and every event has a row, and the rows keep the promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.case import Case, Status, due_event, next_deadline
from triage.core.cases.events import CasePolicy, EffectKind, Event, EventKind, NoticeKind, Reason
from triage.core.cases.journal import Cause, entry_for, fold
from triage.core.cases.transitions import ACTIONS, OPENINGS, TRANSITIONS, Do, advance, begin

T0 = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
POLICY = CasePolicy()


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def seed(**changes: object) -> Case:
    case = Case(
        number=1042, status=Status.NEW, severity=3, partner="acme.example", requester="ops@acme.example", subject="payouts", opened_at=T0
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def event(kind: EventKind, at: datetime = T0, **fields: object) -> Event:
    if kind is EventKind.SEVERITY_SET:
        fields.setdefault("severity", 2)
    return Event(kind, at, **fields)  # type: ignore[arg-type]


def pending_since(at: datetime) -> Case:
    return advance(seed(), event(EventKind.TEAM_REPLIED, at), POLICY, at).case


def closed_at(at: datetime) -> Case:
    return advance(pending_since(at - hours(72)), event(EventKind.WINDOW_ENDED, at), POLICY, at).case


@pytest.mark.parametrize(("status", "kind"), list(product(Status, EventKind)), ids=lambda x: x.value)
def test_every_state_and_event_has_a_row_with_a_reason(status: Status, kind: EventKind) -> None:
    before = seed(status=status)
    step = advance(before, event(kind, until=T0 + hours(1)), POLICY, T0)
    row = TRANSITIONS[status, kind]
    assert step.case.status is (row.to or status)
    assert isinstance(step.reason, Reason)
    assert step.case.number == before.number


def test_every_action_of_the_table_exists() -> None:
    assert set(ACTIONS) == set(Do)


@pytest.mark.parametrize("kind", list(OPENINGS))
def test_an_opening_starts_a_case(kind: EventKind) -> None:
    assert begin(seed(), event(kind), POLICY, T0).case.status in {Status.NEW, Status.PENDING}


def test_team_reply_opens_a_window_of_72_hours_from_the_servers_time() -> None:
    case = pending_since(T0)
    assert (case.status, case.reply_window_ends_at, case.remind_at) == (Status.PENDING, T0 + hours(72), T0 + hours(48))


def test_partners_answer_cancels_the_window() -> None:
    step = advance(pending_since(T0), event(EventKind.PARTNER_WROTE, T0 + hours(71)), POLICY, T0 + hours(71))
    assert step.case.status is Status.OPEN
    assert next_deadline(step.case) is None


def test_the_last_team_reply_counts() -> None:
    case = advance(pending_since(T0), event(EventKind.TEAM_REPLIED, T0 + hours(10)), POLICY, T0 + hours(10)).case
    assert case.reply_window_ends_at == T0 + hours(82)


def test_an_older_team_reply_seen_late_does_not_pull_the_window_back() -> None:
    case = advance(pending_since(T0 + hours(10)), event(EventKind.TEAM_REPLIED, T0), POLICY, T0 + hours(11)).case
    assert case.reply_window_ends_at == T0 + hours(82)


CLOSING = {EventKind.WINDOW_ENDED, EventKind.CLOSED_BY_TEAM, EventKind.CLOSED_BY_PARTNER, EventKind.MERGED, EventKind.BACK_TO_CLOSED}


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind not in CLOSING])
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.CLOSED])
def test_only_the_window_the_team_and_the_partners_own_word_close_a_case(status: Status, kind: EventKind) -> None:
    assert advance(seed(status=status), event(kind), POLICY, T0).case.status is not Status.CLOSED


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN])
def test_a_case_that_waits_for_the_team_is_never_closed_by_the_clock(status: Status) -> None:
    assert advance(seed(status=status), event(EventKind.WINDOW_ENDED), POLICY, T0).case.status is status


def test_automatic_mail_changes_nothing() -> None:
    for status in Status:
        before = seed(status=status, reply_window_ends_at=T0 + hours(5))
        assert advance(before, event(EventKind.AUTOMATIC_MAIL, T0 + hours(1)), POLICY, T0).case == before


def test_closing_notice_is_sent_once_in_24_hours() -> None:
    first = advance(pending_since(T0), event(EventKind.WINDOW_ENDED, T0 + hours(72)), POLICY, T0 + hours(72))
    assert [effect.notice for effect in first.effects if effect.kind is EffectKind.NOTIFY] == [NoticeKind.CLOSED]
    opened = advance(first.case, event(EventKind.PARTNER_WROTE, T0 + hours(73)), POLICY, T0 + hours(73)).case
    again = advance(opened, event(EventKind.CLOSED_BY_TEAM, T0 + hours(74)), POLICY, T0 + hours(74))
    assert not [effect for effect in again.effects if effect.kind is EffectKind.NOTIFY]
    later = advance(opened, event(EventKind.CLOSED_BY_TEAM, T0 + hours(97)), POLICY, T0 + hours(97))
    assert [effect.notice for effect in later.effects if effect.kind is EffectKind.NOTIFY] == [NoticeKind.CLOSED]


def test_reopened_severity_1_pages_again() -> None:
    closed = replace(closed_at(T0), severity=1)
    step = advance(closed, event(EventKind.PARTNER_WROTE, T0 + hours(1)), POLICY, T0 + hours(1))
    assert {effect.kind for effect in step.effects} == {EffectKind.NOTIFY, EffectKind.PAGE}
    assert (step.case.status, step.case.reopenings) == (Status.OPEN, 1)


def test_reopening_over_the_budget_still_reopens_but_says_it_to_the_team_only() -> None:
    closed = replace(closed_at(T0), reopenings=POLICY.reopen_notices)
    step = advance(closed, event(EventKind.PARTNER_WROTE, T0 + hours(1)), POLICY, T0 + hours(1))
    assert step.case.status is Status.OPEN
    assert [effect.kind for effect in step.effects] == [EffectKind.TELL_TEAM]


def test_a_failed_team_reply_stops_the_window_and_tells_the_team() -> None:
    step = advance(pending_since(T0), event(EventKind.DELIVERY_FAILED, T0 + hours(1), value="5.1.1"), POLICY, T0 + hours(1))
    assert step.case.reply_window_ends_at is None
    assert [effect.kind for effect in step.effects] == [EffectKind.TELL_TEAM]


def test_a_rule_never_lowers_the_severity() -> None:
    assert advance(seed(severity=1), event(EventKind.SEVERITY_RAISED, severity=3), POLICY, T0).case.severity == 1


def test_lowering_the_severity_ends_the_page() -> None:
    step = advance(seed(severity=1), event(EventKind.SEVERITY_SET, severity=2), POLICY, T0)
    assert [effect.kind for effect in step.effects] == [EffectKind.END_PAGE]


class TestHold:
    def test_a_hold_suspends_reminder_and_closing(self) -> None:
        held = advance(pending_since(T0), event(EventKind.HELD, until=T0 + hours(200)), POLICY, T0).case
        assert due_event(held, T0 + hours(199)) is None
        assert due_event(held, T0 + hours(200)) is EventKind.HOLD_ENDED

    def test_a_window_that_ran_out_under_a_hold_gives_the_partner_a_last_day(self) -> None:
        held = advance(pending_since(T0), event(EventKind.HELD, until=T0 + hours(200)), POLICY, T0).case
        free = advance(held, event(EventKind.HOLD_ENDED, T0 + hours(200)), POLICY, T0 + hours(200)).case
        assert due_event(free, T0 + hours(200)) is EventKind.REMINDER_DUE
        assert free.reply_window_ends_at == T0 + hours(224)

    def test_a_hold_that_ends_within_the_window_changes_nothing_else(self) -> None:
        held = advance(pending_since(T0), event(EventKind.HELD, until=T0 + hours(5)), POLICY, T0).case
        free = advance(held, event(EventKind.HOLD_ENDED, T0 + hours(5)), POLICY, T0 + hours(5)).case
        assert free == pending_since(T0)


def test_after_a_long_downtime_the_reminder_is_left_out() -> None:
    assert due_event(pending_since(T0), T0 + hours(100)) is EventKind.WINDOW_ENDED


def test_no_auto_close_keeps_the_reminder_only() -> None:
    case = replace(pending_since(T0), no_auto_close=True)
    assert due_event(case, T0 + hours(49)) is EventKind.REMINDER_DUE
    assert due_event(replace(case, remind_at=None), T0 + hours(1000)) is None


EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    at=st.integers(0, 500).map(lambda n: T0 + hours(n)),
    actor=st.sampled_from(["ana", "ops@acme.example"]),
    severity=st.sampled_from([1, 2, 3]),
    until=st.none() | st.integers(0, 900).map(lambda n: T0 + hours(n)),
    value=st.sampled_from(["", "billing vip"]),
    page=st.sampled_from(["", "emergency"]),
    switch=st.booleans(),
)


@given(st.lists(EVENTS, max_size=25), st.sampled_from(list(OPENINGS)))
def test_folding_the_journal_gives_the_case(events: list[Event], opening: EventKind) -> None:
    """And the invariants hold after every step: a window runs only while the case is pending, a closed case has no deadline but a time."""
    step = begin(seed(), event(opening), POLICY, T0)
    entries = [entry_for(None, event(opening), step, T0, Cause())]
    case = step.case
    for one in events:
        now = max(T0, one.at)
        step = advance(case, one, POLICY, now)
        entries.append(entry_for(case, one, step, now, Cause()))
        case = step.case
        assert (case.reply_window_ends_at is not None) == (case.status is Status.PENDING)
        assert (case.closed_at is not None) == (case.status is Status.CLOSED)
        if case.status is Status.CLOSED:
            assert next_deadline(case) is None
    assert fold(entries) == case
