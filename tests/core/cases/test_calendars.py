"""Working time: equal to a minute counter that asks the wall clock, in zones of every kind, across both changes of the hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.cases.calendars import (
    HORIZON,
    MONDAY_TO_FRIDAY,
    Calendar,
    Hours,
    add,
    counted_spans,
    next_opening,
    open_between,
    reached_at,
)

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of DST
    "Asia/Kathmandu",  # +05:45
    "America/Sao_Paulo",  # changed the hour at midnight until 2019
    "Africa/Casablanca",  # winter time in Ramadan
    "Pacific/Apia",  # has no 30 December 2011
)
TEN_YEARS = st.integers(0, 3652 * 1440).map(lambda minutes: datetime(2011, 6, 1, tzinfo=UTC) + minutes * MINUTE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minute_is_open(calendar: Calendar, minute: datetime) -> bool:
    """What the wall clock says, and nothing of what the calendar works out."""
    wall = minute.astimezone(ZoneInfo(calendar.zone))
    now = timedelta(hours=wall.hour, minutes=wall.minute)
    hours = () if wall.date() in calendar.holidays else calendar.week[wall.weekday()]
    return any(timedelta(minutes=each.opens) <= now < timedelta(minutes=each.closes) for each in hours)


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> tuple[Hours, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True)))
    return tuple(Hours(opens, closes) for opens, closes in zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, start: datetime) -> Calendar:
    week = draw(st.lists(st.one_of(hours_of_a_day(), st.just((Hours(0, 1440),))), min_size=7, max_size=7))
    holidays = draw(st.sets(st.integers(-1, 6), max_size=3))
    days = {(start + timedelta(days=number)).date(): "holiday" for number in holidays}
    return Calendar("drawn", draw(st.sampled_from(ZONES)), tuple(week), days)


def near_a_change(draw: st.DrawFn, zone: str, start: datetime) -> datetime:
    """Some hours before the next change of the zone's offset, if there is one within a year."""
    offset = start.astimezone(ZoneInfo(zone)).utcoffset()
    for hours in range(0, 8784, 6):
        later = start + timedelta(hours=hours)
        if later.astimezone(ZoneInfo(zone)).utcoffset() != offset:
            return later - draw(st.integers(0, 48 * 60)) * MINUTE
    return start


@settings(deadline=None)
@given(data=st.data(), start=TEN_YEARS, minutes=st.integers(1, 5000), at_a_change=st.booleans())
def test_time_between_is_what_a_minute_counter_counts(data: st.DataObject, start: datetime, minutes: int, at_a_change: bool) -> None:
    calendar = data.draw(calendars(start))
    if at_a_change:
        start = near_a_change(data.draw, calendar.zone, start)
    counted = sum(minute_is_open(calendar, start + number * MINUTE) for number in range(minutes))
    assert open_between(calendar, start, start + minutes * MINUTE) == counted * MINUTE


@settings(deadline=None)
@given(data=st.data(), start=TEN_YEARS, minutes=st.integers(1, 3000), at_a_change=st.booleans())
def test_added_time_ends_where_a_minute_counter_stops(data: st.DataObject, start: datetime, minutes: int, at_a_change: bool) -> None:
    calendar = data.draw(calendars(start))
    if at_a_change:
        start = near_a_change(data.draw, calendar.zone, start)
    end = add(calendar, start, minutes * MINUTE)
    if end - start > timedelta(days=40):
        assert open_between(calendar, start, end) in {minutes * MINUTE, timedelta()}
        return
    minute, counted = start, 0
    while counted < minutes:
        counted += minute_is_open(calendar, minute)
        minute += MINUTE
    assert end == minute


@settings(deadline=None)
@given(data=st.data(), start=TEN_YEARS, pause=st.integers(0, 2000), length=st.integers(0, 2000))
def test_a_pause_counts_nothing(data: st.DataObject, start: datetime, pause: int, length: int) -> None:
    calendar = data.draw(calendars(start))
    begins, ends = start + pause * MINUTE, start + (pause + length) * MINUTE
    whole = open_between(calendar, start, ends + timedelta(days=1))
    parts = sum((span.length for span in counted_spans(calendar, [(start, begins), (ends, ends + timedelta(days=1))])), timedelta())
    assert parts == whole - open_between(calendar, begins, ends)


@settings(deadline=None)
@given(data=st.data(), start=TEN_YEARS)
def test_the_next_opening_is_the_first_open_minute(data: st.DataObject, start: datetime) -> None:
    calendar = data.draw(calendars(start))
    opening = next_opening(calendar, start)
    minutes = (start + number * MINUTE for number in range(9 * 1440))
    first = next((minute for minute in minutes if minute_is_open(calendar, minute)), None)
    assert opening == first if first is not None else opening is None or opening > start + timedelta(days=8)


TWO_SHIFTS = Calendar("two", "Europe/London", ((Hours(540, 750), Hours(810, 1080)),) * 5 + ((), ()))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("08:59:59", False), ("09:00:00", True), ("12:29:59", True), ("12:30:00", False), ("13:30:00", True), ("18:00:00", False)],
)
def test_hours_are_half_open(moment: str, is_open: bool) -> None:
    assert TWO_SHIFTS.is_open(at(f"2026-11-23T{moment}")) is is_open


def test_the_end_of_the_day_is_24_00() -> None:
    around = Calendar(week=((Hours(0, 1440),),) * 7)
    assert around.is_open(at("2026-11-23T23:59:59"))
    assert open_between(around, at("2026-11-23T00:00"), at("2026-11-30T00:00")) == timedelta(days=7)


def test_a_week_end_and_a_holiday_count_nothing() -> None:
    calendar = Calendar(week=MONDAY_TO_FRIDAY, holidays={date(2026, 11, 30): "St Andrew's Day"})
    assert add(calendar, at("2026-11-27T17:00"), timedelta(hours=2)) == at("2026-12-01T10:00")


def test_time_that_is_used_up_at_closing_time_ends_then_and_not_at_the_next_opening() -> None:
    assert add(TWO_SHIFTS, at("2026-11-27T16:00"), timedelta(hours=2)) == at("2026-11-27T18:00")


def test_an_hour_that_comes_twice_counts_twice() -> None:
    night = Calendar("night", "Europe/London", ((Hours(60, 120),),) * 7)
    assert open_between(night, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == timedelta(hours=2)


def test_an_hour_that_is_skipped_counts_nothing() -> None:
    night = Calendar("night", "Europe/London", ((Hours(60, 120),),) * 7)
    assert open_between(night, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == timedelta()


def test_hours_of_a_far_zone_are_one_span_across_utc_midnight() -> None:
    sydney = Calendar("sydney", "Australia/Sydney")
    spans = list(counted_spans(sydney, [(at("2026-11-22T12:00"), at("2026-11-23T12:00"))]))
    assert [(span.start, span.end) for span in spans] == [(at("2026-11-22T22:00"), at("2026-11-23T07:00"))]


def test_a_calendar_that_never_opens_ends_at_the_horizon() -> None:
    never = Calendar(week=((),) * 7)
    assert add(never, at("2026-11-23T00:00"), timedelta(hours=1)) == at("2026-11-23T00:00") + HORIZON
    assert next_opening(never, at("2026-11-23T00:00")) is None


def test_stretches_that_end_too_soon_reach_nothing() -> None:
    assert reached_at(None, [(at("2026-11-23T09:00"), at("2026-11-23T10:00"))], timedelta(hours=2)) is None


def test_without_a_calendar_every_minute_counts() -> None:
    assert add(None, at("2026-11-27T17:00"), timedelta(hours=48)) == datetime.combine(date(2026, 11, 29), time(17), UTC)
