"""Kinds of values that operators write (durations, sizes, addresses, ...): each reads one TOML value or refuses it with a reason.

Called by `tables` and by the rule language. Durations are positive; sizes are bytes; addresses and domains come out lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from triage.core.toml.document import nearest

T = TypeVar("T")
E = TypeVar("E")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=3650)
_SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB)", re.IGNORECASE)
_SIZE_UNITS = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>.{1,255})")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Refused(Exception):
    """A value that is not of its kind; `hint` may say what to write instead."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`expected` completes "must be ..."; `read` raises Refused; `example` is how to write one."""

    expected: str
    read: Callable[[object], T]
    example: str = ""


def such_as(kind: Kind[T]) -> str:
    """What a problem says is allowed, beyond its message."""
    return f"such as {kind.example}" if kind.example else ""


def found_text(value: object) -> str:
    """What stands in the file, in the words of people who do not know TOML's types."""
    if isinstance(value, bool):
        return f"{str(value).lower()} (a yes/no value)"
    if isinstance(value, str):
        shown = value if len(value) <= 80 else value[:77] + "..."
        return f'"{shown}"'
    if isinstance(value, int | float):
        return f"{value} (a number)"
    if isinstance(value, datetime | date | time):
        return f"{value.isoformat()} (a date or time)"
    if isinstance(value, list) and value and not any(isinstance(each, list | Mapping) for each in value):
        shown = ", ".join(f'"{each}"' if isinstance(each, str) else str(each).lower() for each in value)
        return f"[{shown}]" if len(shown) <= 80 else "a list"
    return "a table" if isinstance(value, Mapping) else "an empty list" if value == [] else "a list"


def _no_hint(_: object) -> str:
    return ""


def _expect(kind: type[E], expected: str, hint: Callable[[object], str] = _no_hint) -> Callable[[object], E]:
    def read(value: object) -> E:
        if isinstance(value, kind) and not (kind is not bool and isinstance(value, bool)):
            return value
        raise Refused(f"must be {expected}", hint=hint(value))

    return read


def _text_hint(value: object) -> str:
    return f'text values need quotes: "{value}"' if isinstance(value, int | float | date) and not isinstance(value, bool) else ""


def _flag_hint(value: object) -> str:
    known = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
    word = known.get(str(value).lower())
    return f"without quotes: {word}" if word else ""


_read_string = _expect(str, "text", _text_hint)


def _read_text(value: object) -> str:
    text = _read_string(value).strip()
    if not text:
        raise Refused("must not be empty")
    if any(not character.isprintable() for character in text):
        raise Refused("must be one line of text without control characters")
    return text


def _read_duration(value: object) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refused("must be a duration", hint=f'a duration needs a unit and quotes: "{value}s", "{value}m", "{value}h" or "{value}d"')
    text = _read_string(value).strip().lower()
    total = timedelta()
    at = 0
    while found := _DURATION.match(text, at):
        if float(found[1]) > _LONGEST / _UNITS[found[2]]:
            raise Refused("must be a duration of at most ten years")
        total += float(found[1]) * _UNITS[found[2]]
        at = found.end()
        at += len(text[at:]) - len(text[at:].lstrip())
    if at != len(text) or not text:
        raise Refused("must be a duration")
    if total <= timedelta():
        raise Refused("must be longer than nothing")
    return total


def _read_size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        raise Refused("must be a size", hint=f'a size needs a unit and quotes: "{value}KB" or "{value}MB"')
    found = _SIZE.fullmatch(_read_string(value).strip())
    if found is None or len(found[1]) > 12:
        digits = str(value).strip().isdigit()
        raise Refused("must be a size", hint=f'a size needs a unit: "{value}KB" or "{value}MB"' if digits else "")
    size = int(found[1]) * _SIZE_UNITS[found[2].lower()]
    if size <= 0:
        raise Refused("must be larger than nothing")
    return size


def _read_address(value: object) -> str:
    text = _read_text(value)
    found = _ADDRESS.fullmatch(text)
    if found is None or not _DOMAIN.fullmatch(found["domain"].lower()):
        raise Refused("must be a mail address", hint="the address alone, without a name or <>" if "<" in text else "")
    return text.lower()


def _read_domain(value: object) -> str:
    text = _read_text(value).lower().rstrip(".")
    if not _DOMAIN.fullmatch(text):
        raise Refused("must be a domain", hint=f'the part after the @: "{text.rpartition("@")[2]}"' if "@" in text else "")
    return text


def _read_moment(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise Refused("must be a date and time") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    if not isinstance(value, datetime):
        raise Refused("must be a date and time")
    if value.tzinfo is None:
        raise Refused("must say its offset from UTC", hint=f"{value.isoformat()}Z is UTC")
    return value.astimezone(UTC)


STRING = Kind("text", _read_string)
TEXT = Kind("text", _read_text)
FLAG = Kind("true or false", _expect(bool, "true or false", _flag_hint))


def _read_time_of_day(value: object) -> time:
    """Also a local time of TOML (`at = 08:30:00`)."""
    if isinstance(value, time):
        return value
    text = value if isinstance(value, str) else ""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        raise Refused("must be a time of day")
    return time(int(found[1]), int(found[2]))


TIME_OF_DAY = Kind("a time of day", _read_time_of_day, '"08:30"')
DURATION = Kind("a duration", _read_duration, '"90s", "10m", "72h", "5d"')
SIZE = Kind("a size", _read_size, '"512KB", "25MB"')
ADDRESS = Kind("a mail address", _read_address, '"api@wise.com"')
DOMAIN = Kind("a domain", _read_domain, '"wise.com"')
MOMENT = Kind("a date and time", _read_moment, "2026-11-22T10:00:00Z")


def url(*schemes: str) -> Kind[str]:
    """An address on the web with a host, without a trailing slash."""
    names = " or ".join(f"{scheme}://" for scheme in schemes)

    def read(value: object) -> str:
        text = _read_text(value).rstrip("/")
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:  # brackets that hold no IPv6 address, a port that is no number
            good = False
        if not good:
            raise Refused(f"must be an address that starts with {names}")
        return text

    return Kind(f"an address that starts with {names}", read, f'"{schemes[-1]}://triage.example.com"')


def _digits_hint(value: object) -> str:
    return f"without quotes: {value}" if isinstance(value, str) and value.strip().isdigit() else ""


def whole(low: int, high: int) -> Kind[int]:
    expected = f"a whole number from {low} to {high}"
    read_int = _expect(int, expected, _digits_hint)

    def read(value: object) -> int:
        number = read_int(value)
        if not low <= number <= high:
            raise Refused(f"must be {expected}")
        return number

    return Kind(expected, read)


def choice(options: Mapping[str, T], meant: Mapping[str, str] | None = None) -> Kind[T]:
    """One of the named values; `meant` says which one people mean who write another word."""
    expected = " or ".join(f'"{name}"' for name in options)

    def read(value: object) -> T:
        if isinstance(value, str) and value in options:
            return options[value]
        word = value.lower() if isinstance(value, str) else ""
        hint = f'"{meant[word]}" is what others call "{value}"' if meant and word in meant else nearest(word, options)
        raise Refused(f"must be {expected}", hint=hint)

    return Kind(expected, read)


def either(words: Mapping[str, T], kind: Kind[E]) -> Kind[T | E]:
    """A word with a meaning of its own ("off", "now"), or a value of a kind."""
    names = " or ".join(f'"{name}"' for name in words)

    def read(value: object) -> T | E:
        if isinstance(value, str) and value in words:
            return words[value]
        try:
            return kind.read(value)
        except Refused as refusal:
            hint = refusal.hint or (nearest(value, words) if isinstance(value, str) else "")
            raise Refused(f"{refusal.message}, or {names}", hint=hint) from None

    return Kind(f"{names} or {kind.expected}", read, kind.example)
