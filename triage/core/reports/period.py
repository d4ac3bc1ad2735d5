"""Period: the stretch of time that a report is about: whole days of one zone's calendar, and how it is cut for a plot.

Called by the command line (which month is meant) and by the sections of a report. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.core.failures import PermanentFailure

DAYS_SHOWN, WEEKS_SHOWN, MONTHS_SHOWN = 62, 53, 60
"""A plot has a bar for each day up to so many days, then one for each week, for each month, for each year."""
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_DAY = timedelta(days=1)
_HINT_MONTH, _HINT_DAY = "write it as 2026-10", "write it as 2026-10-31"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included, by the wall clock of `zone` (IANA)."""

    first: date
    last: date
    zone: str = "UTC"

    @property
    def start(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Not included."""
        return _midnight(self.last + _DAY, self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    @property
    def is_month(self) -> bool:
        return self.first.day == 1 and (self.last + _DAY).day == 1 and self.days <= 31

    @property
    def title(self) -> str:
        """`October 2026`, `1 to 14 October 2026`, `28 September to 4 October 2026`, `24 October 2026`."""
        if self.is_month:
            return f"{self.first:%B %Y}"
        last = f"{self.last.day} {self.last:%B %Y}"
        if self.first == self.last:
            return last
        if self.first.year != self.last.year:
            return f"{self.first.day} {self.first:%B %Y} to {last}"
        return f"{self.first.day}{'' if self.first.month == self.last.month else f' {self.first:%B}'} to {last}"

    @property
    def name(self) -> str:
        """For a file: `2026-10`, `2026-10-01-to-2026-10-14`."""
        return f"{self.first:%Y-%m}" if self.is_month else f"{self.first}-to-{self.last}"

    def before(self) -> Period:
        """The period just before, of the same kind: a month before a month, else as many days."""
        if self.is_month:
            last = self.first - _DAY
            return Period(last.replace(day=1), last, self.zone)
        return Period(self.first - self.days * _DAY, self.first - _DAY, self.zone)

    # --- pieces of a plot ----------------------------------------------------------------------------------------------

    def pieces(self) -> tuple[tuple[date, str], ...]:
        """The first day of each piece, and what it is called: days, weeks (beginning on Monday), months or years."""
        days = [self.first + number * _DAY for number in range(self.days)]
        begun = dict.fromkeys(self.piece_of(day) for day in days)
        form = {"day": "%-d %b", "week": "%-d %b", "month": "%b %Y", "year": "%Y"}[self.piece_name]
        return tuple((day, f"{day:{form}}") for day in begun)

    def piece_of(self, day: date) -> date:
        begins = {
            "day": day,
            "week": day - day.weekday() * _DAY,
            "month": day.replace(day=1),
            "year": day.replace(month=1, day=1),
        }
        return max(begins[self.piece_name], self.first)

    @property
    def piece_name(self) -> str:
        for name, most in (("day", DAYS_SHOWN), ("week", WEEKS_SHOWN * 7), ("month", MONTHS_SHOWN * 30)):
            if self.days <= most:
                return name
        return "year"


def month(text: str, zone: str) -> Period:
    """`2026-10`. Raises PermanentFailure."""
    if not _MONTH.fullmatch(text):
        raise PermanentFailure(f"{text!r} is no month", hint=_HINT_MONTH)
    first = _day(f"{text}-01")
    next_first = (first + 31 * _DAY).replace(day=1)
    return Period(first, next_first - _DAY, zone)


def from_to(first: str, last: str, zone: str) -> Period:
    """`2026-10-01` and `2026-10-31`, both included. Raises PermanentFailure."""
    period = Period(_day(first), _day(last), zone)
    if period.last < period.first:
        raise PermanentFailure(f"{last} is before {first}", hint="--from names the first day, --to the last one")
    return period


def last_month(now: datetime, zone: str) -> Period:
    """The last month that is over."""
    last = now.astimezone(ZoneInfo(zone)).date().replace(day=1) - _DAY
    return Period(last.replace(day=1), last, zone)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise PermanentFailure(f"{text!r} is no day", hint=_HINT_DAY) from None
    if not 1970 <= found.year <= 2200:
        raise PermanentFailure(f"there is nothing to report of {text}", hint=_HINT_DAY)
    return found


def _midnight(day: date, zone: str) -> datetime:
    """Where a zone skips midnight, the instant at which the day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
