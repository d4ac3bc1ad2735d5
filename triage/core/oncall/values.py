"""Kinds of values that only rules/oncall.toml has: names, zones, hand-offs, hours, local times, budget windows.

Each reads one TOML value or refuses it with a reason, like those of `core/toml/values`. Called by `adapters/rulefiles/oncall.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from triage.core.oncall.budgets import Window
from triage.core.oncall.policy import RESERVED_NAMES
from triage.core.oncall.rota import HandOff, Hours
from triage.core.toml.document import nearest
from triage.core.toml.values import DURATION, TEXT, Kind, Refused, either

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _read_name(value: object) -> str:
    text = TEXT.read(value)
    if not _NAME.fullmatch(text):
        raise Refused("must be a short name", hint="lower-case letters, digits, dot, dash and underscore, up to 40 characters")
    if text in RESERVED_NAMES:
        raise Refused("is a word with a meaning of its own", hint="choose another name")
    return text


def _read_zone(value: object) -> ZoneInfo:
    text = TEXT.read(value)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise Refused("must be an IANA time zone", hint=nearest(text, available_timezones())) from None


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise Refused("must be a time of day", hint="24 hours, as in 09:00")
    return time(int(found[1]), int(found[2]))


def _read_hand_off(value: object) -> HandOff:
    day, _, at = TEXT.read(value).lower().rpartition(" ")
    if day in ("", "daily"):
        return HandOff(_clock(at))
    if day not in _WEEKDAYS:
        raise Refused("must begin with a weekday or with daily", hint=nearest(day, (*_WEEKDAYS, "daily")))
    return HandOff(_clock(at), _WEEKDAYS.index(day))


def _read_weekly(value: object) -> tuple[int, time]:
    turn = _read_hand_off(value)
    if turn.weekday is None:
        raise Refused("must begin with a weekday")
    return turn.weekday, turn.at


def _read_hours(value: object) -> Hours:
    start, dash, end = TEXT.read(value).partition("-")
    if not dash:
        raise Refused("must be two times of day with a dash between them")
    hours = Hours(_clock(start), time() if end.strip() == "24:00" else _clock(end))
    if hours.start == hours.end:
        raise Refused("must not begin when it ends", hint="leave hours out for the whole day")
    return hours


def _read_window(value: object) -> Window:
    count, slash, period = TEXT.read(value).partition("/")
    if not slash or not count.strip().isdigit() or not 0 < int(count) <= 100_000:
        raise Refused("must be a number, a slash and a duration")
    return Window(int(count), DURATION.read(period.strip() if period.strip()[:1].isdigit() else f"1{period.strip()}"))


def _read_date(value: object) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value.strip())
        except ValueError:
            raise Refused("must be a date") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Refused("must be a date")
    return value


def local_moment(zone: ZoneInfo) -> Kind[datetime]:
    """A date (its midnight) or a date and time on the zone's wall clock, or a time with an offset; comes out in UTC."""

    def read(value: object) -> datetime:
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                raise Refused("must be a date, or a date and time") from None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if not isinstance(value, datetime):
            raise Refused("must be a date, or a date and time")
        return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC)

    return Kind("a date, or a date and time", read, "2026-12-24, 2026-12-24T09:00:00")


NAME = Kind("a short name", _read_name, '"ana"')
ZONE = Kind("an IANA time zone", _read_zone, '"Europe/London"')
HAND_OFF = Kind("a hand-off", _read_hand_off, '"monday 09:00", "daily 08:30"')
WEEKLY = Kind("a weekday and a time of day", _read_weekly, '"monday 10:00"')
HOURS = Kind("two times of day", _read_hours, '"20:00-08:00"')
DATE = Kind("a date", _read_date, "2026-01-05")
WINDOW = Kind("a number in a time", _read_window, '"3/15m", "7/h"')
OFFSET = either({"0s": timedelta(), "0m": timedelta(), "0": timedelta()}, DURATION)
