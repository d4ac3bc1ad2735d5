"""When an absence note says that its author is back. Reads the text of automatic mail only; decides nothing about the case.

A date counts when the words around it say "back on" or "until"; it is relative to the day the mail arrived by the server's clock. What is
over, more than 60 days ahead or could be two different days is no date: then nothing is offered. Called by workers/absences.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from triage.core.mail.return_words import BACK, BETWEEN, MONTHS, TOMORROW, UNTIL, UNTIL_BEHIND, WEEKDAYS

HORIZON = timedelta(days=60)
"""Whoever is away for longer needs a decision, not a hold."""
MAX_CHARS = 4000
MAX_DATES = 50
_NEAR = 70
"""Characters before and behind a date that say what it is."""
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Absence:
    """`words` is the sentence that says so, for people to judge."""

    back_on: date
    words: str


@dataclass(frozen=True, slots=True)
class _Written:
    """A date in the text. `days` are the days it can mean: two where day and month could be either way round."""

    start: int
    end: int
    days: tuple[date, ...]


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_DATE = re.compile(
    r"(?:(?<!\d)(?:(?P<cjk_year>20\d\d)\s?[年년]\s?)?(?P<cjk_month>[01]?\d)\s?[月월]\s?(?P<cjk_day>[0-3]?\d)\s?[日일号號])"
    r"|(?<![\w./-])(?:"
    r"(?P<iso>20\d\d[-/.][01]?\d[-/.][0-3]?\d)(?!\d)"
    rf"|(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|ª|\.)?\s{{0,2}}(?:of |de |del |di |d')?(?P<month>{_MONTH})\b"
    r"(?:\.?,?\s(?:de |del )?(?P<year>20\d\d)\b)?"
    rf"|(?P<us_month>{_MONTH})\b\.?\s(?:the )?(?P<us_day>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,?\s(?P<us_year>20\d\d)\b)?"
    r"|(?P<one>[0-3]?\d)(?P<mark>[./-])(?P<two>[0-3]?\d)(?:(?P=mark)(?P<y>(?:20)?\d\d)?)?(?![\d/])"
    rf"|(?P<weekday>{_WEEKDAY})(?!\w)"
    rf"|(?P<tomorrow>{TOMORROW})(?!\w)"
    r")"
)
_SENTENCE_END = re.compile(r"(?<=[^\W\d])[.!?;]\s|[。！？]|\n\s?\n")
_BACK = re.compile(BACK)
_UNTIL = re.compile(rf"(?:^|[\s(:,])(?:{UNTIL})\s{{0,2}}(?:(?:{BETWEEN}|{_WEEKDAY})[,.]?\s){{0,3}}$|[\d.][-–—]$")
_UNTIL_BEHIND = re.compile(UNTIL_BEHIND)


def read_absence(text: str, arrived_on: date, language: str = "") -> Absence | None:
    """What the note says, or None: nothing that can be relied on."""
    plain = _plain(text[:MAX_CHARS])
    folded = "".join(lower if len(lower := character.lower()) == 1 else character for character in plain)
    until: Absence | None = None
    dates = list(_dates(folded, arrived_on, language))
    for number, written in enumerate(dates):
        before, after = _around(folded, written, dates[number + 1].start if number + 1 < len(dates) else len(folded))
        still_away = bool(_UNTIL.search(before) or _UNTIL_BEHIND.match(after))
        is_back = bool(_BACK.search(before)) or (not still_away and bool(_BACK.search(after)))
        if not (is_back or still_away) or len(written.days) != 1:
            continue
        back_on = written.days[0] if is_back else written.days[0] + timedelta(days=1)
        if arrived_on < back_on <= arrived_on + HORIZON:
            found = Absence(back_on, _sentence(plain, written))
            if is_back:
                return found
            until = until or found
    return until


def _plain(text: str) -> str:
    """A line's end is a blank, an empty line stays one."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return re.sub(r"[^\S\n]{0,3}\n(?!\s?\n)", " ", re.sub(r"[^\S\n]+", " ", plain.replace("\r", "")))


def _dates(text: str, arrived_on: date, language: str) -> Iterator[_Written]:
    found = [match for match, _ in zip(_DATE.finditer(text), range(MAX_DATES), strict=False)]
    month_first = _slash_order(found)
    for number, match in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        if match["weekday"] and following and not following["weekday"] and following.start() - match.end() <= 8:
            continue  # "Monday, the 7th of December"
        days = tuple(dict.fromkeys(day for day in _days(match, arrived_on, language, month_first) if day is not None))
        yield _Written(match.start(), match.end(), days)


def _slash_order(found: list[re.Match[str]]) -> bool | None:
    """Whether the author writes the month first, where one of the dates shows it."""
    for match in found:
        if match["one"] and match["mark"] != ".":
            if int(match["two"]) > 12:
                return True
            if int(match["one"]) > 12:
                return False
    return None


def _days(match: re.Match[str], arrived_on: date, language: str, month_first: bool | None) -> Iterator[date | None]:
    if match["iso"]:
        year, month, day = (int(part) for part in re.split(r"[-/.]", match["iso"]))
        yield _day(year, month, day, arrived_on)
    elif match["cjk_month"]:
        yield _day(_year(match["cjk_year"]), int(match["cjk_month"]), int(match["cjk_day"]), arrived_on)
    elif match["month"]:
        yield _day(_year(match["year"]), MONTHS[match["month"]], int(match["day"]), arrived_on)
    elif match["us_month"]:
        yield _day(_year(match["us_year"]), MONTHS[match["us_month"]], int(match["us_day"]), arrived_on)
    elif match["one"]:
        yield from _numeric(match, arrived_on, language, month_first)
    elif match["weekday"]:
        ahead = (WEEKDAYS[match["weekday"]] - arrived_on.weekday() - 1) % 7 + 1
        yield arrived_on + timedelta(days=ahead)
    else:
        yield arrived_on + timedelta(days=1)


def _numeric(match: re.Match[str], arrived_on: date, language: str, month_first: bool | None) -> Iterator[date | None]:
    """Points: the day first. Strokes: as another date of the text shows, else day first; only English may be either way round."""
    if match["mark"] == "-" and not match["y"]:
        return  # 7-12 is a range of days
    year, one, two = _year(match["y"]), int(match["one"]), int(match["two"])
    either = match["mark"] != "." and month_first is None and language in {"", "en"}
    if not month_first or match["mark"] == ".":
        yield _near(_day(year, two, one, arrived_on), arrived_on, either=either)
    if month_first or either:
        yield _near(_day(year, one, two, arrived_on), arrived_on, either=either)


def _near(day: date | None, arrived_on: date, *, either: bool) -> date | None:
    """Of two readings only one that can be meant counts."""
    return day if not either or (day is not None and arrived_on < day <= arrived_on + HORIZON) else None


def _year(written: str | None) -> int | None:
    return None if not written else int(written) if len(written) == 4 else 2000 + int(written)


def _day(year: int | None, month: int, day: int, arrived_on: date) -> date | None:
    """Without a year the next such day."""
    try:
        found = date(year or arrived_on.year, month, day)
        return found if year or found >= arrived_on else found.replace(year=found.year + 1)
    except ValueError:
        return None


def _around(text: str, written: _Written, next_start: int) -> tuple[str, str]:
    """What stands before the date and behind it, in its own sentence and not beyond the next date."""
    before = text[max(0, written.start - _NEAR) : written.start]
    after = text[written.end : min(written.end + _NEAR, next_start)]
    ends = list(_SENTENCE_END.finditer(before))
    end = _SENTENCE_END.search(after)
    return before[ends[-1].end() :] if ends else before, after[: end.start()] if end else after


def _sentence(text: str, written: _Written) -> str:
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, written.start)), default=0)
    end = _SENTENCE_END.search(text, written.end)
    return " ".join(text[max(start, written.start - _SHOWN) : end.end() if end else written.end + _SHOWN].split())[:_SHOWN]
