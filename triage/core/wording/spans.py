"""Times for people: how long ago, how long still, when exactly. Always UTC, and it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def age(span: timedelta) -> str:
    """`12m`, `5h`, `3d`: one unit, rounded down, for a table's column."""
    seconds = max(int(span.total_seconds()), 0)
    for letter, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{letter}"
    return f"{seconds}s"


def span_words(span: timedelta) -> str:
    """`2 days 4 h`, `3 h 20 min`, `5 min`, `40 s`: the two largest units."""
    seconds = abs(int(span.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    parts = [f"{days} day{'s' if days != 1 else ''}" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    told = [part for part in parts if part][:2]
    return " ".join(told) or f"{seconds} s"


def ago(at: datetime, now: datetime) -> str:
    return f"{span_words(now - at)} ago" if at <= now else f"in {span_words(at - now)}"


def until(at: datetime, now: datetime) -> str:
    """`in 3 h 20 min (Thu 26 Nov 09:00 UTC)`, or `since 5 min (...)` once it is over."""
    return f"{'in' if at > now else 'since'} {span_words(at - now)} ({moment(at, now)} UTC)"


def moment(at: datetime, now: datetime) -> str:
    """`Thu 26 Nov 09:00`; with the year where it is another one."""
    utc = at.astimezone(UTC)
    return f"{utc:%a %d %b %H:%M}" if utc.year == now.astimezone(UTC).year else f"{utc:%a %d %b %Y %H:%M}"


def day_and_time(at: datetime, now: datetime) -> str:
    """`26 Nov 09:00`, for a column; with the year where it is another one."""
    return moment(at, now)[4:]
