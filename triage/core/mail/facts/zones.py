"""What a written time zone means: offsets, abbreviations, IANA names, "Berlin time". Called by `timestamps` only.

An abbreviation with more than one common meaning is read as engineers in payments mean it (IST: India, CST: US Central, BST: British
Summer Time).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "EEST": 3,
    "MSK": 3, "TRT": 3, "EAT": 3, "GST": 4, "PKT": 5, "IST": 5.5, "WIB": 7, "ICT": 7, "SGT": 8, "HKT": 8, "AWST": 8, "PHT": 8, "MYT": 8,
    "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6,
    "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
}  # fmt: skip
_NAMED = {
    "ET": "America/New_York", "EASTERN": "America/New_York", "PT": "America/Los_Angeles", "PACIFIC": "America/Los_Angeles",
    "CT": "America/Chicago", "MT": "America/Denver", "LONDON": "Europe/London", "UK": "Europe/London", "BERLIN": "Europe/Berlin",
    "GERMAN": "Europe/Berlin", "PARIS": "Europe/Paris", "MADRID": "Europe/Madrid", "ROME": "Europe/Rome", "LISBON": "Europe/Lisbon",
    "AMSTERDAM": "Europe/Amsterdam", "WARSAW": "Europe/Warsaw", "NEW YORK": "America/New_York", "SINGAPORE": "Asia/Singapore",
    "SYDNEY": "Australia/Sydney", "TOKYO": "Asia/Tokyo", "SAO PAULO": "America/Sao_Paulo", "SÃO PAULO": "America/Sao_Paulo",
    "BRASÍLIA": "America/Sao_Paulo", "BRASILIA": "America/Sao_Paulo", "TALLINN": "Europe/Tallinn", "BUDAPEST": "Europe/Budapest",
}  # fmt: skip
_ABBREVIATIONS = "|".join(sorted((*_HOURS, "ET", "PT", "CT", "MT"), key=len, reverse=True))
_CITIES = "|".join(sorted((name for name in _NAMED if len(name) > 2), key=len, reverse=True)) + "|UK"

# Matched right behind a time of day. Offsets need their sign; "Z" must touch the time.
PATTERN = (
    r"(?:Z(?![A-Za-z])"
    rf"|[ \t]{{0,2}}\(?(?:(?:UTC|GMT)[ ]?[+\u2212-][ ]?\d{{1,2}}(?::?\d{{2}})?(?!\d)"
    rf"|[+\u2212-]\d{{2}}:?\d{{2}}(?!\d)(?:\[[\w/+-]{{3,40}}\])?|[+\u2212-]\d{{2}}(?![\d:.-])"
    rf"|(?:{_ABBREVIATIONS})(?![\w/-])|(?:Europe|America|Asia|Australia|Africa|Pacific|Etc)/[A-Za-z_]{{2,30}}|\[(?:UTC|Z)\])\)?"
    rf"|[ \t]{{1,2}}(?:hora de |heure de |ora di |horário de |(?:local )?time in )?\(?(?i:{_CITIES})(?:["
    rf" -](?:local )?time|er Zeit)?\)?(?![\w]))"
)

# A zone by its name alone, as a column or a label gives it for the times below: `Time (UTC)`, `all times in CET`.
NAMES = rf"(?:{_ABBREVIATIONS})(?![\w/-])|(?:Europe|America|Asia|Australia|Africa|Pacific|Etc)/[A-Za-z_]{{2,30}}"


def parse_zone(written: str) -> tzinfo | None:
    """None when the words name no zone known here."""
    text = written.strip(" \t()")
    bracket = text.partition("[")
    if bracket[0] and bracket[1]:
        text = bracket[0]
    text = text.strip("[]")
    offset = re.search(r"([+\u2212-])\s?(\d{1,2})(?::?(\d{2}))?$", text)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] != "+" else minutes)) if minutes <= 14 * 60 else None
    if "/" in text:
        return _iana(text)
    name = re.sub(r"(?i)^(?:hora de|heure de|ora di|horário de|local time in|time in)\s+|[ -](?:local )?time$|er Zeit$", "", text).upper()
    if name in _HOURS:
        return timezone(timedelta(hours=_HOURS[name]))
    return _iana(_NAMED[name]) if name in _NAMED else None


@lru_cache(maxsize=256)
def _iana(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError; a directory such as "Europe" is an OSError
        return None


def offset_minutes(zone: tzinfo) -> int | None:
    """Of a zone that has one offset all year; None for the others, whose time of day means nothing without a date."""
    if isinstance(zone, timezone):
        return int(zone.utcoffset(None).total_seconds() // 60)
    return None


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(timezone(timedelta(0)))
