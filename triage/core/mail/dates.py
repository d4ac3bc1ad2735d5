"""The Date header (RFC 5322 sections 3.3 and 4.3) as aware UTC, or None.

Decides only whether a date can be read and can be true at all; it knows no clock, so "in the future" is for intake to see. Clocks never
use the Date header. mail-parser reads the standard and the obsolete forms; the looser ones (ISO 8601, asctime, one-digit hours) are
read here. Called by `parse`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from mailparser.dates import parse_mail_date

_MAX_LENGTH = 200
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_ZONE_NAME_BEFORE_OFFSET = re.compile(r"\b(?:GMT|UTC|UT)(?=[+-]\d)")


def read_date(value: str) -> tuple[datetime | None, str]:
    """(aware UTC, "") or (None, why not). `value` is a raw unfolded header value; "" is no date and no defect."""
    text = value[:_MAX_LENGTH].strip()
    if not text:
        return None, ""
    date = _by_standard(text) or _by_iso(text) or _by_stdlib(text)
    if date is None:
        return None, "Date cannot be read"
    if not _FIRST_YEAR <= date.year < _LAST_YEAR:
        return None, "Date cannot be true"
    return date, ""


def _by_standard(text: str) -> datetime | None:
    try:
        found: datetime | None = parse_mail_date(text).value
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError):
        return None
    return found


def _by_iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    zone = (match[3] or "Z").upper()
    try:
        found = datetime.fromisoformat(f"{match[1]}T{match[2]}{'+00:00' if zone in ('Z', 'UTC') else zone}")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _by_stdlib(text: str) -> datetime | None:
    try:
        parts = parsedate_tz(_ZONE_NAME_BEFORE_OFFSET.sub("", text))
        if parts is None:
            return None
        year, month, day, hour, minute, second = parts[:6]
        # A date without a zone is taken as UTC (RFC 5322 section 3.3, "-0000").
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - timedelta(seconds=parts[9] or 0)
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError):
        return None
