"""Which days a report is about, and how they are cut."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.failures import PermanentFailure
from triage.core.reports import period as periods
from triage.core.reports.period import Period


def test_a_month_begins_and_ends_at_midnight_of_its_zone() -> None:
    october = periods.month("2026-10", "Europe/London")
    assert october.start == datetime(2026, 9, 30, 23, tzinfo=UTC)
    assert october.end == datetime(2026, 11, 1, tzinfo=UTC)
    assert (october.days, october.title) == (31, "October 2026")


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026", "2026-1", "october", "", "2026-10-01", "0000-01", "9999-12", "\u0662026-10"]
)
def test_what_is_no_month_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(PermanentFailure):
        periods.month(text, "UTC")


def test_days_are_refused_the_wrong_way_round() -> None:
    with pytest.raises(PermanentFailure, match="is before"):
        periods.from_to("2026-10-31", "2026-10-01", "UTC")


def test_the_last_month_that_is_over_is_that_of_the_zone() -> None:
    """In the first hours of November in Tallinn it is still October in London."""
    now = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert periods.last_month(now, "Europe/Tallinn").title == "October 2026"
    assert periods.last_month(now, "Europe/London").title == "September 2026"
    assert periods.last_month(datetime(2026, 1, 5, tzinfo=UTC), "UTC").title == "December 2025"


@pytest.mark.parametrize(
    ("first", "last", "title"),
    [
        ("2026-10-01", "2026-10-14", "1 to 14 October 2026"),
        ("2026-09-28", "2026-10-04", "28 September to 4 October 2026"),
        ("2026-12-28", "2027-01-03", "28 December 2026 to 3 January 2027"),
        ("2026-10-24", "2026-10-24", "24 October 2026"),
        ("2024-02-01", "2024-02-29", "February 2024"),
    ],
)
def test_titles(first: str, last: str, title: str) -> None:
    assert periods.from_to(first, last, "UTC").title == title


def test_the_period_before_a_month_is_a_month_and_before_ten_days_are_ten_days() -> None:
    assert periods.month("2026-03", "UTC").before() == periods.month("2026-02", "UTC")
    assert periods.from_to("2026-10-11", "2026-10-20", "UTC").before() == periods.from_to("2026-10-01", "2026-10-10", "UTC")


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 20_000), st.integers(0, 20_000))
def test_every_day_is_in_one_piece_of_the_plot(first: date, length: int, position: int) -> None:
    period = Period(first, first + timedelta(days=length))
    day = first + timedelta(days=min(position, length))
    begun = [begins for begins, _ in period.pieces()]
    assert period.piece_of(day) in begun
    assert begun[0] == first
    assert begun == sorted(set(begun))
    assert len(begun) <= 62
