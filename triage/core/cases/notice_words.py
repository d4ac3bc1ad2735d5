"""The words of one language that the program puts into a notice: dates, spans of time, what a request lacks, what the status page says.

Month and day names come from `notice_dictionary`, never from the system's locale: a notice reads the same on every machine. Decides nothing
about when or to whom. Called by workers/notice_drafts.py. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.core.mail.message import Missing


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """Whole sentences about an incident on the public status page. `statuses` are the page's own words, translated where that is known."""

    incident: str
    """With {name}, {status} and {since}."""
    maintenance: str
    since: str
    """With {at}; begins with what separates it from the status."""
    open: str
    latest: str
    """With {text}, as the page says it, in the page's language."""
    follow: str
    subscribe: str
    statuses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """`moment` and `day` are patterns of {weekday}, {day}, {month}, {year}, {time} and {date} (`2026-11-25`). The week begins on Monday."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    moment: str
    day: str
    units: Mapping[str, tuple[str, str]]
    """"day", "hour", "minute", "second": one of them, several of them."""
    missing: Mapping[Missing, str]
    incidents: IncidentWords


_UNITS = (("day", 86400, 4), ("hour", 3600, 1), ("minute", 60, 1))
"""Name, seconds, and from how many on it is used: 72 hours read better than 3 days."""


def at_both(at: datetime, zone: str, words: Words) -> str:
    """`Wed 25 Nov 2026, 11:00 (Europe/Berlin; 10:00 UTC)`; only UTC when the zone is that or not known."""
    utc = at.astimezone(UTC)
    local = utc.astimezone(_zone(zone))
    if local.utcoffset() == timedelta(0):
        return f"{_written(words.moment, utc, words)} UTC"
    other_day = f"{_written(words.day, utc, words)}, " if utc.date() != local.date() else ""
    return f"{_written(words.moment, local, words)} ({zone}; {other_day}{utc:%H:%M} UTC)"


def clock_time(at: datetime, now: datetime, words: Words) -> str:
    """`10:12 UTC`; with the day when that is not today's."""
    utc = at.astimezone(UTC)
    day = "" if utc.date() == now.astimezone(UTC).date() else f"{_written(words.day, utc, words)}, "
    return f"{day}{utc:%H:%M} UTC"


def in_words(span: timedelta, words: Words) -> str:
    """`72 hours`, `30 days`, `90 minutes`: the largest unit that divides it, days only from four on."""
    seconds = int(span.total_seconds())
    unit, length = next(
        (name, size) for name, size, least in (*_UNITS, ("second", 1, 0)) if seconds % size == 0 and seconds // size >= least
    )
    count = seconds // length
    one, several = words.units[unit]
    return f"{count} {one if count == 1 else several}"


def _written(pattern: str, at: datetime, words: Words) -> str:
    return pattern.format(
        weekday=words.weekdays[at.weekday()],
        day=at.day,
        month=words.months[at.month - 1],
        year=at.year,
        time=f"{at:%H:%M}",
        date=f"{at:%Y-%m-%d}",
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
