"""calendar.toml -> calendars: one table each, named by its key. `[team]` is always there, with the usual office hours if nobody says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from triage.adapters.rulefiles.partner_file import ZONE
from triage.adapters.rulefiles.public_holidays import public_holidays
from triage.core.cases.calendars import END_OF_DAY, OFFICE_HOURS, TEAM, WEEKDAYS, Calendar, Hours, next_opening
from triage.core.problems import Problem
from triage.core.toml.document import TomlDocument
from triage.core.toml.tables import TableReader
from triage.core.toml.values import TEXT, Kind, Refused, choice

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_DAY = choice({name: number for number, name in enumerate(WEEKDAYS)})
_WORKING_DAYS = tuple(range(5))
_LONGEST_RANGE = timedelta(days=366)
_MUST_OPEN_WITHIN = timedelta(days=366)


def read_calendars(document: TomlDocument, problems: list[Problem], today: date) -> dict[str, Calendar]:
    """All calendars of the file; every mistake is noted. Holidays of countries are those of the years around `today`."""
    top = TableReader(document, problems)
    return {TEAM: Calendar()} | {name: _read_calendar(top.sub(name), name, today) for name in top.values}


def _read_calendar(table: TableReader, name: str, today: date) -> Calendar:
    if not NAME.fullmatch(name) or name == "elapsed":
        table.note((), "is not a calendar's name", allowed="lower-case letters, digits, - and _, as in [team]; not elapsed")
    before = len(table.problems)
    zone = table.take("zone", ZONE, "UTC")
    days = table.take_list("days", _DAY)
    usual = _take_hours(table, "hours")
    by_day = {number: _take_hours(table, day) for number, day in enumerate(WEEKDAYS)}
    own = {number: hours for number, hours in by_day.items() if WEEKDAYS[number] in table}
    # Whoever writes the hours day by day means these days and no others.
    named = days if "days" in table else () if own and "hours" not in table else _WORKING_DAYS
    usual = usual if "hours" in table else (OFFICE_HOURS,)
    week = tuple(own.get(number, usual if number in named else ()) for number in by_day)
    holidays = _take_holidays(table, today)
    table.finish()
    calendar = Calendar(name, zone, week, holidays)
    if len(table.problems) == before:
        _check_that_it_opens(table, calendar, today)
    return calendar


def _take_hours(table: TableReader, key: str) -> tuple[Hours, ...]:
    """Sorted; those that overlap are noted."""
    read = tuple(sorted(table.take_list(key, _HOURS_OF_DAY)))
    for one, other in pairwise(read):
        if other.opens < one.closes:
            table.note((key,), "has hours that overlap", found=f"{one} and {other}", hint="one ends before the next begins", at_value=True)
    return read


def _take_holidays(table: TableReader, today: date) -> dict[date, str]:
    """Dates somebody wrote down win over a country's name for the same day."""
    countries = table.take_list("country", public_holidays(today.year))
    ranges = table.take_list("holidays", _HOLIDAY)
    return _merged(countries) | {day: "holiday" for first, last in ranges for day in _days(first, last)}


def _merged(holidays: Iterable[Mapping[date, str]]) -> dict[date, str]:
    merged: dict[date, str] = {}
    for each in holidays:
        merged.update(each)
    return merged


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _check_that_it_opens(table: TableReader, calendar: Calendar, today: date) -> None:
    if not any(calendar.week):
        table.note((), "has no open hour", hint='days = ["monday"] and hours = "09:00-18:00", or monday = ["09:00-18:00"]')
        return
    now = datetime.combine(today, time(), UTC)
    opening = next_opening(calendar, now)
    if opening is None or opening - now > _MUST_OPEN_WITHIN:
        table.note((), "has no open hour within a year: holidays take all of them", hint="see its `holidays`")


def _read_hours(value: object) -> Hours:
    found = _HOURS.fullmatch(TEXT.read(value))
    if found is None:
        raise Refused("must be two times of the day")
    opens, closes = (_minute(int(found[one]), int(found[one + 1])) for one in (1, 3))
    if closes <= opens:
        raise Refused("must end later than it begins", hint="hours over midnight are two: 22:00-24:00, and 00:00-06:00 on the next day")
    return Hours(opens, closes)


def _minute(hour: int, minute: int) -> int:
    if minute > 59 or hour * 60 + minute > END_OF_DAY:
        raise Refused("must be two times of the day", hint="00:00 to 24:00")
    return hour * 60 + minute


def _read_holiday(value: object) -> tuple[date, date]:
    """A date of TOML, a date in quotes, or two of them with `..` between, both included."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value, value
    found = _RANGE.fullmatch(TEXT.read(value)) if isinstance(value, str) else None
    if found is None:
        raise Refused("must be a date, or two with .. between")
    try:
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise Refused("must be a date of the calendar") from None
    if last < first:
        raise Refused("must end later than it begins")
    if last - first > _LONGEST_RANGE:
        raise Refused("must be a year at most")
    return first, last


_HOURS_OF_DAY = Kind("two times of the day", _read_hours, '"09:00-18:00"')
_HOLIDAY = Kind("a date or a range of dates", _read_holiday, '2026-12-25, "2026-12-24..2027-01-01"')
