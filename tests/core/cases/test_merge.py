"""Merge and split on paper: whatever two cases have been through, merging them forgets nobody who waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.case import Case, Status, next_deadline
from triage.core.cases.events import CasePolicy, EffectKind, Event, EventKind
from triage.core.cases.journal import Cause, JournalEntry, entry_for, fold
from triage.core.cases.merge import merging_refused, page_needed, take_in, undo
from triage.core.cases.transitions import advance, begin

T0 = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
POLICY = CasePolicy()
OWED = {Status.NEW, Status.OPEN}
ORDINARY = [
    *(EventKind.PARTNER_WROTE, EventKind.TEAM_REPLIED, EventKind.TEAM_REPLY_OVERTAKEN, EventKind.CLOSED_BY_TEAM, EventKind.OPENED_BY_TEAM),
    *(EventKind.HELD, EventKind.SEVERITY_RAISED, EventKind.TAGGED, EventKind.AUTO_CLOSE_SWITCHED, EventKind.WINDOW_ENDED),
]


def seed(number: int, **changes: object) -> Case:
    case = Case(number, Status.NEW, 3, "acme", "ops@acme.example", "payouts", T0)
    return replace(case, **changes)  # type: ignore[arg-type]


def events(kinds: list[EventKind]) -> st.SearchStrategy[list[Event]]:
    one = st.builds(
        Event,
        kind=st.sampled_from(kinds),
        at=st.integers(1, 200).map(lambda n: T0 + timedelta(hours=n)),
        severity=st.sampled_from([1, 2, 3]),
        until=st.integers(200, 900).map(lambda n: T0 + timedelta(hours=n)),
        value=st.sampled_from(["", "billing vip"]),
        switch=st.booleans(),
    )
    return st.lists(one, max_size=8).map(lambda many: sorted(many, key=lambda event: event.at))


def live(case: Case, many: list[Event]) -> tuple[Case, list[JournalEntry]]:
    first = Event(EventKind.PARTNER_WROTE, T0)
    step = begin(case, first, POLICY, T0)
    entries = [entry_for(None, first, step, T0, Cause(1))]
    for index, event in enumerate(many, 2):
        before, step = step.case, advance(step.case, event, POLICY, event.at)
        entries.append(entry_for(before, event, step, event.at, Cause(index)))
    return step.case, entries


@given(events(ORDINARY), events(ORDINARY))
def test_merging_forgets_nobody_who_waits_and_cuts_no_window_short(mine: list[Event], theirs: list[Event]) -> None:
    now = T0 + timedelta(hours=201)
    into, entries = live(seed(1), mine)
    case, old_entries = live(seed(2), theirs)
    left = Event(EventKind.MERGED, now, other=1)
    over = advance(case, left, POLICY, now)
    old_entries.append(entry_for(case, left, over, now, Cause()))
    kept = into
    for event in take_in(into, case, "", "ana", now):
        step = advance(kept, event, POLICY, now)
        entries.append(entry_for(kept, event, step, now, Cause()))
        assert not [effect for effect in step.effects if effect.kind is EffectKind.NOTIFY]
        kept = step.case
    assert over.case.status is Status.CLOSED
    assert over.case.merged_into == 1
    assert next_deadline(over.case) is None
    assert (fold(entries), fold(old_entries)) == (kept, over.case)
    assert (kept.reply_window_ends_at is not None) == (kept.status is Status.PENDING)
    assert kept.severity == min(into.severity, case.severity)
    if OWED & {into.status, case.status}:
        assert kept.status in OWED
    if (into.status, case.status) == (Status.CLOSED, Status.CLOSED):
        assert kept.status is Status.CLOSED
    windows = [one.reply_window_ends_at for one in (into, case) if one.reply_window_ends_at is not None]
    if kept.status is Status.PENDING:
        assert kept.reply_window_ends_at is not None
        assert kept.reply_window_ends_at >= max(windows)


@given(events(ORDINARY), st.data())
def test_taking_out_the_last_message_gives_the_status_back_that_there_was(many: list[Event], data: st.DataObject) -> None:
    case, entries = live(seed(1), many)
    kind = data.draw(st.sampled_from([EventKind.PARTNER_WROTE, EventKind.TEAM_REPLIED]))
    now = T0 + timedelta(hours=201)
    event = Event(kind, now)
    step = advance(case, event, POLICY, now)
    entries.append(entry_for(case, event, step, now, Cause(99)))
    undone = undo(step.case, entries, {99}, "ana", now)
    if step.case.status is case.status and step.case.reply_window_ends_at == case.reply_window_ends_at:
        assert undone is None
        return
    assert undone is not None
    back = advance(step.case, undone, POLICY, now).case
    assert (back.status, back.closed_at) == (case.status, case.closed_at)
    assert (back.reply_window_ends_at is not None) == (case.status is Status.PENDING)
    if back.reply_window_ends_at is not None:
        assert back.reply_window_ends_at >= now + POLICY.grace


def test_what_makes_no_sense_is_refused() -> None:
    assert merging_refused(seed(1), seed(1))
    assert merging_refused(seed(1, merged_into=3), seed(2))
    assert "acme" in merging_refused(seed(1), seed(2, partner="other.example"))
    assert not merging_refused(seed(1), seed(2, partner="other.example"), force=True)
    assert not merging_refused(seed(1), seed(2))


@pytest.mark.parametrize(
    ("severities", "paged", "needed"),
    [
        ((1, 3), (True, False), True),
        ((1, 3), (False, False), True),
        ((1, 1), (True, True), False),
        ((1, 1), (True, False), True),
        ((1, 1), (False, False), False),
        ((3, 1), (False, False), False),
    ],
)
def test_a_page_is_needed_where_severity_1_is_new_or_its_page_would_end(
    severities: tuple[int, int], paged: tuple[bool, bool], needed: bool
) -> None:
    case, into = seed(1, severity=severities[0]), seed(2, severity=severities[1])
    assert page_needed(case, into, is_paged=paged[0], into_is_paged=paged[1]) is needed


def test_two_closed_cases_page_nobody() -> None:
    closed = {"status": Status.CLOSED, "closed_at": T0}
    assert not page_needed(seed(1, severity=1, **closed), seed(2, **closed), is_paged=False, into_is_paged=False)
