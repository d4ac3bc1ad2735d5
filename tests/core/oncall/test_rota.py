"""Who is on call: exactly one person at every instant, also across every change of the clocks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.oncall.rota import Away, HandOff, Hours, Layer, Override, Rota, gaps, missing_hand_offs, next_hand_off, on_call, shifts

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
TEN_YEARS = (datetime(2024, 1, 1, 12, tzinfo=UTC), datetime(2034, 1, 1, 12, tzinfo=UTC))
PEOPLE = ("ana", "ben", "cem")

hand_offs = st.builds(
    HandOff, at=st.times().map(lambda at: at.replace(second=0, microsecond=0)), weekday=st.one_of(st.none(), st.integers(0, 6))
)
rotas = st.builds(
    lambda zone, hand_off, people: Rota("primary", ZoneInfo(zone), (Layer(PEOPLE[:people], hand_off, date(2024, 1, 1)),)),
    st.sampled_from(ZONES),
    hand_offs,
    st.integers(1, 3),
)
instants = st.integers(0, int((TEN_YEARS[1] - TEN_YEARS[0]).total_seconds())).map(lambda s: TEN_YEARS[0] + timedelta(seconds=s))


def weekly(*people: str, zone: str = "Europe/London", at: time = time(9)) -> Rota:
    return Rota("primary", ZoneInfo(zone), (Layer(people, HandOff(at, 0), date(2026, 1, 5)),))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0), time(1, 30), time(2), time(2, 30), time(9)], ids=str)
@pytest.mark.parametrize("weekday", [None, 0, 6], ids=["daily", "monday", "sunday"])
def test_ten_years_without_gap_or_overlap(zone, at, weekday):
    rota = Rota("primary", ZoneInfo(zone), (Layer(PEOPLE, HandOff(at, weekday), date(2023, 12, 25)),))
    found = shifts(rota, *TEN_YEARS)
    assert (found[0].start, found[-1].end) == TEN_YEARS
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert all(shift.person is not None and shift.start < shift.end for shift in found)
    assert [PEOPLE[(PEOPLE.index(found[0].person) + turn) % 3] for turn in range(len(found))] == [shift.person for shift in found]


@settings(max_examples=300, deadline=None)
@given(rotas, instants)
def test_exactly_one_person_at_every_instant_and_the_shifts_agree(rota, at):
    person = on_call(rota, at)
    window = shifts(rota, at - timedelta(days=2), at + timedelta(days=2))
    assert [shift.person for shift in window if shift.start <= at < shift.end] == [person]
    assert person is not None or at < datetime(2024, 1, 9, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.times(), st.times(), instants)
def test_day_and_night_layers_have_no_gap_and_no_overlap(zone, day, night, at):
    day, night = day.replace(second=0, microsecond=0), night.replace(second=0, microsecond=0)
    if day == night:
        return
    layers = (
        Layer(("ana",), HandOff(day), date(2023, 12, 1), Hours(day, night)),
        Layer(("ben",), HandOff(night), date(2023, 12, 1), Hours(night, day)),
    )
    rota = Rota("primary", ZoneInfo(zone), layers)
    assert gaps(rota, at, at + timedelta(days=3)) == ()
    assert gaps(replace(rota, layers=layers[:1]), at, at + timedelta(days=3)) != ()


@settings(max_examples=200, deadline=None)
@given(rotas, instants)
def test_no_shift_is_shorter_than_a_turn_on_the_wall_clock(rota, at):
    """A hand-off in the hour that occurs twice happens once."""
    turn = timedelta(days=rota.layers[0].hand_off.days)
    inner = shifts(rota, at, at + 4 * turn)[1:-1]
    assert all(abs((shift.end - shift.start) % turn) <= timedelta(hours=1) or turn - (shift.end - shift.start) % turn <= timedelta(hours=1)
               for shift in inner)  # fmt: skip


def test_the_hand_off_belongs_to_the_new_person():
    rota = weekly("ana", "ben")
    assert on_call(rota, utc(2026, 1, 12, 8, 59, 59)) == "ana"
    assert on_call(rota, utc(2026, 1, 12, 9)) == "ben"


def test_the_hand_off_keeps_its_wall_clock_time_in_summer():
    rota = weekly("ana", "ben")
    before = on_call(rota, utc(2026, 3, 30, 7, 59))
    assert on_call(rota, utc(2026, 3, 30, 8)) != before


def test_the_turn_that_holds_the_start_date_belongs_to_the_first_person():
    rota = Rota("primary", ZoneInfo("UTC"), (Layer(PEOPLE, HandOff(time(9), 0), date(2026, 1, 7)),))
    assert on_call(rota, utc(2026, 1, 7, 12)) == "ana"
    assert on_call(rota, utc(2026, 1, 12, 9)) == "ben"


def test_before_the_start_there_is_nobody():
    rota = weekly("ana")
    assert on_call(rota, utc(2026, 1, 5, 8, 59)) is None
    (gap,) = gaps(rota, utc(2026, 1, 1), utc(2026, 2, 1))
    assert (gap.start, gap.end) == (utc(2026, 1, 1), utc(2026, 1, 5, 9))


def test_the_last_override_wins_and_is_half_open():
    first = Override("cem", utc(2026, 1, 6), utc(2026, 1, 8))
    second = Override("dora", utc(2026, 1, 7), utc(2026, 1, 9))
    rota = replace(weekly("ana", "ben"), overrides=(first, second))
    days = [on_call(rota, utc(2026, 1, day)) for day in (5, 6, 7, 8, 9)]
    assert on_call(rota, utc(2026, 1, 6)) == "cem"
    assert days[2:] == ["dora", "dora", "ana"]


def test_in_a_holiday_the_next_in_turn_stands_in():
    rota = replace(
        weekly("ana", "ben", "cem"), away=(Away("ana", utc(2026, 1, 5), utc(2026, 1, 20)), Away("ben", utc(2026, 1, 5), utc(2026, 1, 7)))
    )
    assert on_call(rota, utc(2026, 1, 6)) == "cem"
    assert on_call(rota, utc(2026, 1, 8)) == "ben"


def test_everybody_away_is_a_gap_with_its_exact_ends():
    rota = replace(weekly("ana"), away=(Away("ana", utc(2026, 1, 10), utc(2026, 1, 12)),))
    (gap,) = gaps(rota, utc(2026, 1, 6), utc(2026, 2, 1))
    assert (gap.start, gap.end) == (utc(2026, 1, 10), utc(2026, 1, 12))


def test_a_night_layer_over_midnight_comes_before_the_base():
    night = Layer(("ben",), HandOff(time(20)), date(2026, 1, 1), Hours(time(20), time(8)))
    rota = replace(weekly("ana"), layers=(night, *weekly("ana").layers))
    people = [on_call(rota, utc(2026, 1, 6, hour)) for hour in (7, 8, 19, 20, 23)]
    assert people == ["ben", "ana", "ana", "ben", "ben"]


def test_the_next_hand_off_is_found_within_its_bounds():
    rota = weekly("ana", "ben")
    assert next_hand_off(rota, utc(2026, 1, 12, 8), utc(2026, 1, 12, 10)) == utc(2026, 1, 12, 9)
    assert next_hand_off(rota, utc(2026, 1, 12, 9), utc(2026, 1, 12, 10)) is None


@pytest.mark.parametrize(
    ("zone", "at", "missing"),
    [
        ("Europe/London", time(1, 30), "2026-03-29 01:30"),
        ("America/New_York", time(2, 30), "2026-03-08 02:30"),
        ("Australia/Lord_Howe", time(2, 15), "2026-10-04 02:15"),
        ("Asia/Kathmandu", time(2, 30), None),
        ("Europe/London", time(9), None),
    ],
)
def test_hand_offs_in_a_dst_hole_are_found(zone, at, missing):
    rota = Rota("primary", ZoneInfo(zone), (Layer(("ana",), HandOff(at), date(2026, 1, 1)),))
    found = missing_hand_offs(rota, utc(2026, 1, 1), utc(2026, 12, 31))
    assert [f"{wall:%Y-%m-%d %H:%M}" for wall in found] == ([missing] if missing else [])


def test_a_zone_that_skipped_a_whole_day_keeps_exactly_one_person():
    """Samoa had no 30 December 2011."""
    rota = Rota("primary", ZoneInfo("Pacific/Apia"), (Layer(PEOPLE, HandOff(time(9)), date(2011, 12, 1)),))
    assert gaps(rota, utc(2011, 12, 20), utc(2012, 1, 10)) == ()
