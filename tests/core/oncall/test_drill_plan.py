"""The weekly drill is due once a week on its weekday, in every zone and through every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from triage.core.oncall.drill_plan import DrillPlan

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0), time(1, 30), time(2, 15), time(10)])
def test_each_week_of_ten_years_has_one(zone: str, at: time) -> None:
    """Looked at every seven hours, the days that come up are all Sundays, each once and none left out."""
    plan = DrillPlan(6, at, ZoneInfo(zone))
    found = [plan.latest(START + timedelta(hours=7 * look)) for look in range(10 * 365 * 24 // 7)]
    days = sorted({day for day, _ in found})
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=7)}
    assert all(day.weekday() == 6 for day in days)
    assert len(set(found)) == len(days), "one instant for each day"


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_due_is_not_in_the_future_and_at_most_a_week_old(zone: str) -> None:
    plan = DrillPlan(2, time(1, 30), ZoneInfo(zone))
    for look in range(0, 10 * 365 * 24, 7):
        now = START + timedelta(hours=look)
        _, due = plan.latest(now)
        assert timedelta() <= now - due <= timedelta(days=7, hours=1)


def test_it_is_due_at_its_very_instant_on_the_wall_clock_of_the_zone() -> None:
    plan = DrillPlan(0, time(10), ZoneInfo("Europe/London"))
    summer = datetime(2026, 7, 6, 9, tzinfo=UTC)
    assert plan.latest(summer) == (date(2026, 7, 6), summer)
    assert plan.latest(summer - timedelta(seconds=1))[0] == date(2026, 6, 29)


def test_an_hour_that_comes_twice_means_the_first_and_one_that_is_left_out_the_instant_it_would_have_been() -> None:
    plan = DrillPlan(6, time(1, 30), ZoneInfo("Europe/London"))
    assert plan.latest(datetime(2026, 10, 25, 12, tzinfo=UTC))[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert plan.latest(datetime(2026, 3, 29, 12, tzinfo=UTC))[1] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
