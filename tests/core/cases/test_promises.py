"""What is owed follows from the journal alone, and what is counted from the pauses in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.agreements import Agreement, Agreements, Promise, Term, Warnings
from triage.core.cases.calendars import Calendar
from triage.core.cases.case import with_telling
from triage.core.cases.events import EventKind
from triage.core.cases.journal import JournalEntry
from triage.core.cases.partners import Partner
from triage.core.cases.promises import arithmetic, deadlines, next_look, telling_due
from triage.core.cases.timeline import timeline

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = {(promise, severity): Term(8 * HOUR, Calendar()) for promise in Promise for severity in (1, 2, 3)}
AGREEMENTS = Agreements((Agreement("default", TERMS),))


def at(hours: float) -> datetime:
    return T0 + hours * HOUR


def entry(kind: EventKind, hours: float, ledger_id: int | None = None, number: int = 1, **changes: Any) -> JournalEntry:
    return JournalEntry(number, at(hours), at(hours), kind.value, "", changes=changes, ledger_id=ledger_id)


def opened(hours: float = 0, ledger_id: int = 1, number: int = 1) -> JournalEntry:
    return entry(EventKind.PARTNER_WROTE, hours, ledger_id, number, status="new", severity=3, opened_at=at(hours).isoformat())


def replied(hours: float, ledger_id: int = 99, number: int = 1) -> JournalEntry:
    return entry(EventKind.TEAM_REPLIED, hours, ledger_id, number, status="pending")


def merged(hours: float) -> list[JournalEntry]:
    """Case 2 lives on as case 1."""
    over = entry(EventKind.MERGED, hours, number=2, status="closed", closed_at=at(hours).isoformat(), merged_into=1)
    return [over, entry(EventKind.MERGED_IN, hours)]


def owed(*entries: JournalEntry) -> list[tuple[str, float, float | None]]:
    """(promise, since, until) in hours, the resolution left out."""
    found = [one for one in timeline(entries, 1) if one.promise is not Promise.RESOLUTION]
    return [(one.promise.value, (one.since - T0) / HOUR, None if one.ended_at is None else (one.ended_at - T0) / HOUR) for one in found]


def test_a_reply_that_was_overtaken_answers_only_what_came_before_it() -> None:
    journal = [opened(), entry(EventKind.PARTNER_WROTE, 3, 2), entry(EventKind.TEAM_REPLY_OVERTAKEN, 2, status="open")]
    assert owed(*journal) == [("first response", 0, 2), ("next response", 3, None)]


def test_a_message_that_is_split_off_is_owed_nothing_any_more() -> None:
    journal = [opened(), entry(EventKind.PARTNER_WROTE, 3, 2), entry(EventKind.SPLIT_OFF, 4, 1)]
    assert owed(*journal) == [("first response", 3, None)]


def test_of_two_cases_that_wait_the_message_that_has_waited_longest_counts() -> None:
    other = [opened(1, 2, number=2), entry(EventKind.PARTNER_WROTE, 2, 3, number=2)]
    assert owed(*other, opened(3), *merged(4)) == [("first response", 1, None)]


def test_a_case_that_takes_in_one_that_waits_owes_its_answer() -> None:
    journal = [opened(), replied(1), opened(2, 2, number=2), entry(EventKind.PARTNER_WROTE, 3, 3, number=2)]
    journal += [*merged(5), entry(EventKind.OPENED_BY_TEAM, 5, status="open")]
    assert owed(*journal) == [("first response", 0, 1), ("next response", 2, None)]
    [resolution, response] = sorted(timeline(journal, 1)[1:], key=lambda one: one.promise.value, reverse=True)
    assert (len(resolution.pauses), response.pauses) == (1, ())


def test_a_reply_in_the_merged_case_answers_nothing_of_the_case_that_is_left() -> None:
    journal = [opened(), opened(1, 2, number=2), replied(2, number=2), *merged(3)]
    assert owed(*journal, entry(EventKind.TEAM_REPLY_OVERTAKEN, 3, status="open")) == [("first response", 0, None)]


def test_what_was_answered_in_the_merged_case_is_not_owed_again() -> None:
    journal = [opened(number=2), replied(1, number=2), opened(2, 2), *merged(3)]
    assert owed(*journal) == [("first response", 2, None)]


def test_a_chain_of_merges_forgets_nobody() -> None:
    first = entry(EventKind.MERGED, 3, number=3, status="closed", closed_at=at(3).isoformat(), merged_into=2)
    journal = [opened(0, 1, number=3), opened(1, 2, number=2), opened(2, 3), first, entry(EventKind.MERGED_IN, 3, number=2), *merged(4)]
    assert owed(*journal) == [("first response", 0, None)]


def test_a_message_of_the_merged_case_that_is_split_off_is_owed_nothing_any_more() -> None:
    journal = [opened(0, 1, number=2), opened(2, 2), *merged(3), entry(EventKind.SPLIT_OFF, 4, 1)]
    assert owed(*journal) == [("first response", 2, None)]


def test_two_replies_that_were_a_mistake_answer_nothing() -> None:
    journal = [opened(), replied(1), replied(2), entry(EventKind.OPENED_BY_TEAM, 3, status="open")]
    assert owed(*journal) == [("first response", 0, None)]


def test_the_number_of_a_message_that_was_split_off_is_not_given_again() -> None:
    journal = [opened(), replied(1), entry(EventKind.PARTNER_WROTE, 2, 2, status="open"), entry(EventKind.SPLIT_OFF, 3, 2)]
    journal += [entry(EventKind.BACK_TO_PENDING, 3, 2, status="pending"), entry(EventKind.PARTNER_WROTE, 4, 3, status="open")]
    assert [one.number for one in timeline(journal, 1)] == [1, 3, 0]


def test_opening_a_case_that_the_clock_has_closed_owes_nothing() -> None:
    closed = entry(EventKind.WINDOW_ENDED, 73, status="closed", closed_at=at(73).isoformat())
    journal = [opened(), replied(1), closed, entry(EventKind.OPENED_BY_TEAM, 80, status="open", closed_at=None)]
    assert owed(*journal) == [("first response", 0, 1)]


def test_a_team_that_writes_first_owes_no_first_response() -> None:
    first = entry(EventKind.TEAM_REPLIED, 0, status="pending", severity=3, opened_at=T0.isoformat())
    assert owed(first) == []
    assert owed(first, entry(EventKind.PARTNER_WROTE, 2, 2, status="open")) == [("next response", 2, None)]


def test_a_case_that_the_clock_closes_while_the_partner_is_waited_for_is_solved_in_time() -> None:
    """The promised time did not run in the 72 hours: it was never over."""
    closed = entry(EventKind.WINDOW_ENDED, 73, status="closed", closed_at=at(73).isoformat())
    resolution = deadlines([opened(), replied(1), closed], 1, AGREEMENTS, Partner("acme"))[-1]
    assert (resolution.promise, resolution.due_at) == (Promise.RESOLUTION, None)
    assert not resolution.is_broken(at(100))


def test_a_case_whose_promised_time_was_over_before_the_reply_is_not_solved_in_time() -> None:
    closed = entry(EventKind.WINDOW_ENDED, 200, status="closed", closed_at=at(200).isoformat())
    resolution = deadlines([opened(), replied(100), closed], 1, AGREEMENTS, Partner("acme"))[-1]
    assert resolution.due_at == at(8)
    assert resolution.is_broken(at(300))


def test_nothing_is_owed_without_entries() -> None:
    assert timeline([], 1) == ()
    assert next_look(deadlines([opened()], 1, Agreements(), Partner("x")), Warnings(), T0) is None


def test_what_was_told_of_an_earlier_response_is_forgotten() -> None:
    told = ("next response 2: 75% of 4h", "resolution 0: 75% of 24h", "next response 3: 75% of 4h")
    assert with_telling(told, "next response 3: 90% of 4h") == (told[1], told[2], "next response 3: 90% of 4h")


EVENTS = st.sampled_from(
    [
        (EventKind.PARTNER_WROTE, {"status": "open", "closed_at": None}),
        (EventKind.TEAM_REPLIED, {"status": "pending"}),
        (EventKind.TEAM_REPLY_OVERTAKEN, {}),
        (EventKind.HELD, {"hold_until": at(9999).isoformat()}),
        (EventKind.HOLD_ENDED, {"hold_until": None}),
        (EventKind.SEVERITY_SET, {"severity": 1}),
        (EventKind.SEVERITY_SET, {"severity": 3}),
        (EventKind.DELIVERY_FAILED, {"status": "open"}),
        (EventKind.OPENED_BY_TEAM, {"status": "open", "closed_at": None}),
        (EventKind.AUTOMATIC_MAIL, {}),
    ]
)


@given(events=st.lists(st.tuples(EVENTS, st.floats(0, 30)), max_size=12), look_after=st.floats(0, 50))
def test_whatever_happens_the_arithmetic_adds_up(events: list[tuple[tuple[EventKind, dict[str, Any]], float]], look_after: float) -> None:
    hours, journal = 0.0, [opened()]
    for number, ((kind, changes), later) in enumerate(events, 2):
        hours += later
        journal.append(entry(kind, hours, number, **changes))
    now = at(hours + look_after)
    for each in deadlines(journal, 1, AGREEMENTS, Partner("x")):
        lines = arithmetic(each, now)
        assert all(line.start <= line.end for line in lines)
        assert all(one.end <= other.start for one, other in pairwise(lines))
        counted = sum((line.counted for line in lines), timedelta())
        assert counted <= each.term.span
        assert lines == () or lines[-1].total == counted
        if each.is_open and each.due_at is not None:
            assert counted == each.term.span
            assert lines[-1].end == each.due_at
        if (telling := telling_due(each, Warnings(), (), now)) is not None:
            assert each.owed.is_running
            assert telling_due(each, Warnings(), (telling.key,), now) is None
