"""Which journal entries were a person's doing, and the event that each stands for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.by_hand import EXPORTED, event_of, from_line, is_by_hand, to_line
from triage.core.cases.case import Case, Status
from triage.core.cases.events import CasePolicy, Event, EventKind
from triage.core.cases.journal import Cause, JournalEntry, entry_for
from triage.core.cases.transitions import advance

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CASE = Case(
    1042, Status.PENDING, 3, "acme", "ops@acme.example", "payouts", AT, tags=("old",), reply_window_ends_at=AT + timedelta(hours=72)
)
BY_HAND = (
    Event(EventKind.SEVERITY_SET, AT, actor="ana", severity=2),
    Event(EventKind.SEVERITY_SET, AT, actor="ana", severity=3),
    Event(EventKind.HELD, AT, actor="ana", until=AT + timedelta(days=5)),
    Event(EventKind.HOLD_ENDED, AT, actor="ana"),
    Event(EventKind.CLOSED_BY_TEAM, AT, actor="ana"),
    Event(EventKind.OPENED_BY_TEAM, AT, actor="ana"),
    Event(EventKind.AUTO_CLOSE_SWITCHED, AT, actor="ana", switch=True),
    Event(EventKind.ASSIGNED, AT, actor="ana", value="bo"),
    Event(EventKind.TAGGED, AT, actor="ana", value="payouts"),
    Event(EventKind.PARTNER_CHOSEN, AT, actor="ana", value="beta"),
)


def entry(event: Event, detail: str = "") -> JournalEntry:
    return entry_for(CASE, event, advance(CASE, event, CasePolicy(), AT), AT, Cause(detail=detail))


@pytest.mark.parametrize("event", BY_HAND, ids=lambda each: each.kind.value)
def test_an_act_survives_the_export_and_changes_the_case_as_it_did(event: Event) -> None:
    line = json.loads(json.dumps(to_line(entry(event))))
    again = event_of(from_line(line), CASE)
    assert again is not None
    assert advance(CASE, again, CasePolicy(), AT).case == advance(CASE, event, CasePolicy(), AT).case


def test_a_tag_that_was_taken_away_is_named_by_the_entrys_words() -> None:
    event = Event(EventKind.UNTAGGED, AT, actor="ana", value="old")
    again = event_of(from_line(to_line(entry(event, "old: not any more"))), CASE)
    assert again is not None
    assert advance(CASE, again, CasePolicy(), AT).case.tags == ()


def test_mail_the_clock_and_the_rules_are_no_hands() -> None:
    closed = entry(Event(EventKind.CLOSED_BY_TEAM, AT, actor="ana"))
    assert is_by_hand(closed)
    assert not is_by_hand(entry(Event(EventKind.HOLD_ENDED, AT, actor="clock")))
    assert not is_by_hand(JournalEntry(1042, AT, AT, "closed-by-team", "", "ana@wise.example", ledger_id=7))
    assert not is_by_hand(entry(Event(EventKind.PARTNER_WROTE, AT, actor="ana")))


def test_a_split_is_written_down_and_stands_for_no_event() -> None:
    assert EventKind.SPLIT_OFF in EXPORTED
    split = JournalEntry(1042, AT, AT, "split-off", "", "ana", {})
    assert event_of(from_line(to_line(split)), CASE) is None


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_what_is_no_line_of_an_export_is_refused_and_nothing_worse(value: object) -> None:
    with pytest.raises(ValueError):
        from_line(value)
