"""When the partner's silence counts: only after every watched folder was looked at, by a clock that is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triage.core.cases.silence import Reading, to_be_decided_through

WINDOW_ENDS = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE = WINDOW_ENDS - 72 * HOUR


def test_a_look_that_began_after_the_windows_end_is_enough() -> None:
    assert to_be_decided_through(WINDOW_ENDS, Reading(WINDOW_ENDS + HOUR, BEFORE), WINDOW_ENDS + 2 * HOUR) == WINDOW_ENDS


def test_a_look_that_began_before_it_is_not() -> None:
    assert to_be_decided_through(WINDOW_ENDS, Reading(WINDOW_ENDS, BEFORE), WINDOW_ENDS + HOUR) is None


def test_what_came_before_the_first_look_of_this_process_must_be_decided_too() -> None:
    since = WINDOW_ENDS + HOUR
    assert to_be_decided_through(WINDOW_ENDS, Reading(since, since), since + HOUR) == since


def test_a_look_in_the_future_proves_nothing() -> None:
    """The clock was ahead and has been set back, and the mailbox was not reached since: a window opened by hand must not close on that."""
    assert to_be_decided_through(WINDOW_ENDS, Reading(WINDOW_ENDS + 30 * HOUR, BEFORE), WINDOW_ENDS + HOUR) is None
