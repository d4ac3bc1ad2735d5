"""Calendars: when working time passes. Open or not, the next opening, how much of a stretch of time counts, when so much has been counted.

Open is what the wall clock of the calendar's zone says, at every instant: an hour that DST skips is never open, an hour it repeats is open
twice. Never reads files and never decides what is due: the loader makes calendars, `promises` counts with them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TEAM = "team"
"""The calendar that `calendar.*` in rules goes by, and that warnings wait for."""
END_OF_DAY = 24 * 60
HORIZON = timedelta(days=3660)
"""Counting gives up here: a calendar that holidays have closed for ten years opens no more."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """In minutes of the day, half-open: at `closes` nobody is there any more. 1440 is 24:00."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{self.opens // 60:02}:{self.opens % 60:02}-{self.closes // 60:02}:{self.closes % 60:02}"


OFFICE_HOURS = Hours(9 * 60, 18 * 60)
MONDAY_TO_FRIDAY: tuple[tuple[Hours, ...], ...] = ((OFFICE_HOURS,),) * 5 + ((), ())


@dataclass(frozen=True, slots=True)
class Calendar:
    """By default Monday to Friday, 09:00 to 18:00, UTC. The hours of a day are sorted and do not overlap."""

    name: str = TEAM
    zone: str = "UTC"
    """IANA."""
    week: tuple[tuple[Hours, ...], ...] = MONDAY_TO_FRIDAY
    """Seven days, Monday first."""
    holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    """Dates on which nobody works, and what they are called."""

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        return () if day in self.holidays else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        local = self.local(at)
        minute = local.hour * 60 + local.minute
        return any(hours.opens <= minute < hours.closes for hours in self.hours_on(local.date()))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that counts, in UTC, half-open. `day` and `hours` are the calendar's; None for elapsed time."""

    start: datetime
    end: datetime
    day: date | None = None
    hours: Hours | None = None

    @property
    def length(self) -> timedelta:
        return self.end - self.start


Stretch = tuple[datetime, datetime | None]
"""From when to when a clock runs; None: it runs still."""


def counted_spans(calendar: Calendar | None, stretches: Iterable[Stretch]) -> Iterator[Span]:
    """What counts of these stretches, in order; without a calendar every minute does. Ends at the horizon after the last start."""
    for start, until in stretches:
        end = start + HORIZON if until is None else until
        if end <= start:
            continue
        if calendar is None:
            yield Span(start, end)
        else:
            yield from _joined(_open_pieces(calendar, start, end))


def open_between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between two instants."""
    return sum((span.length for span in counted_spans(calendar, [(start, end)])), timedelta())


def reached_at(calendar: Calendar | None, stretches: Iterable[Stretch], target: timedelta) -> datetime | None:
    """The first instant at which so much has been counted; None when the stretches end before that."""
    total = timedelta()
    for span in counted_spans(calendar, stretches):
        total += span.length
        if total >= target:
            return span.end - (total - target)
    return None


def add(calendar: Calendar | None, start: datetime, span: timedelta) -> datetime:
    """The instant at which so much working time has passed since `start`; the horizon when it never has."""
    return reached_at(calendar, [(start, None)], span) or start + HORIZON


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """`at` itself while it is open; None when it does not open within the horizon."""
    return next((span.start for span in counted_spans(calendar, [(at, None)])), None)


def _joined(pieces: Iterable[Span]) -> Iterator[Span]:
    """Pieces of the same hours of the same day that were cut at a midnight of UTC or at a change of the offset are one."""
    last: Span | None = None
    for piece in pieces:
        if last is not None and (last.end, last.day, last.hours) == (piece.start, piece.day, piece.hours):
            last = replace(last, end=piece.end)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _open_pieces(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """Day by day of UTC, and within it run by run of one offset, where the wall clock goes evenly."""
    midnight = datetime.combine(start.astimezone(UTC).date(), time(), UTC)
    while midnight < end:
        for run_start, run_end, offset in _runs(calendar.zone, midnight):
            first, last = max(run_start, start), min(run_end, end)
            if first < last:
                yield from _open_in_run(calendar, first, last, offset)
        midnight += _DAY


def _open_in_run(calendar: Calendar, start: datetime, end: datetime, offset: timedelta) -> Iterator[Span]:
    day, last_day = (start + offset).date(), (end + offset).date()
    while day <= last_day:
        midnight = datetime.combine(day, time(), UTC) - offset
        for hours in calendar.hours_on(day):
            opens = max(start, midnight + timedelta(minutes=hours.opens))
            closes = min(end, midnight + timedelta(minutes=hours.closes))
            if opens < closes:
                yield Span(opens, closes, day, hours)
        day += _DAY


@lru_cache(maxsize=16384)
def _runs(zone_name: str, midnight: datetime) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The day of UTC that begins at `midnight`, cut where the zone's offset changes: (start, end, offset)."""
    zone = ZoneInfo(zone_name)
    runs = []
    start, end = midnight, midnight + _DAY
    while start < end:
        change = _first_change(zone, start, end)
        runs.append((start, change, _offset(zone, start)))
        start = change
    return tuple(runs)


def _first_change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The first second with another offset than at `start`; no zone has changed twice within a day."""
    offset = _offset(zone, start)
    if _offset(zone, end - _SECOND) == offset:
        return end
    low, high = 0, int((end - start).total_seconds()) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, start + middle * _SECOND) == offset:
            low = middle
        else:
            high = middle
    return start + high * _SECOND


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 (a zone of the IANA list always has one)
    return offset
