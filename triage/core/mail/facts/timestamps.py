"""When it happened: times of day joined with the dates and zones beside them, in many notations, normalised to UTC.

`value` is `2026-11-22T10:05:00+00:00` when date and zone are known. Otherwise it says what is not: `2026-11-22T10:05:00 (zone unknown)`,
`10:05:00+00:00 (date unknown)`, `10:05:00 (date and zone unknown)`. The words as written stay in `original`. A date without a time of day
is not a timestamp, and neither is the date of a quoted mail header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from triage.core.mail.facts import zones
from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero ene janeiro gennaio gen januari stycznia styczeń",
            "feb february februar février fevrier févr febrero fevereiro fev febbraio februari lutego luty",
            "mar march märz maerz mrz mars marzo março marco maart mrt marca marzec",
            "apr april avril avr abril abr aprile kwietnia kwiecień",
            "may mai mayo maio maggio mei maja maj",
            "jun june juni juin junio junho giugno czerwca czerwiec",
            "jul july juli juillet juil julio julho luglio lipca lipiec",
            "aug august août aout agosto ago augustus sierpnia sierpień",
            "sep sept september septembre septiembre setembro set settembre wrzesień września",
            "oct october oktober okt octobre octubre outubro out ottobre ott października październik",
            "nov november novembre noviembre novembro listopada listopad",
            "dec december dezember dez décembre decembre déc diciembre dic dezembro dicembre grudnia grudzień",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?i)(?<![\w.:/+-])(?:"
    r"(?P<iso>(?:19|20)\d{2}(?P<mark>[-/.])[01]?\d(?P=mark)[0-3]?\d)(?!\d)"
    r"|(?P<basic>20\d{2}[01]\d[0-3]\d)(?=T\d{4})"
    rf"|(?P<day_first>[0-3]?\d(?:st|nd|rd|th|er|º|\.)?(?:\s?-?(?:of|de|del"
    rf"|di)?[\s/-]{{0,2}})(?:{_MONTH})\.?(?![a-z])(?:(?:,|\s?de|\s?del)?[\s/-]{{0,2}}(?:20\d{{2}}(?!\d)))?)"
    rf"|(?P<month_first>(?:{_MONTH})\.?\s{{1,2}}[0-3]?\d(?:st|nd|rd|th)?(?![\d:])(?:,?\s{{1,2}}20\d{{2}}(?!\d))?)"
    r"|(?P<numbers>[0-3]?\d(?P<dash>[/.-])[0-3]?\d(?P=dash)(?:20\d{2}|\d{2}))(?![\d.])"
    r"|(?P<short>[0-3]?\d[./][01]?\d\.?)(?=,?\s{1,2}(?:at|um|à|a las|às|alle|om|gegen|ab)?\s{0,2}[0-2]?\d[:h.]\d\d)"
    r")"
)
_NOTATIONS = ("iso", "basic", "day_first", "month_first", "numbers", "short")
# `10:05-10:25` is a range and `T10:05-05:00` a zone: without the T and without seconds a minus joins two times of day.
_TIME = re.compile(
    r"(?:(?<![\w.:/])(?<!\D-)|(?<=20\d\d:)|(?<=\d)(?P<t>T))(?:(?P<h>[0-2]?\d)(?P<sep>[:.hH]"
    r"|\su\s)(?P<m>[0-5]\d)(?::(?P<s>[0-6]\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"|(?P<hour>\d{1,2})(?=\s?(?i:[ap]\.?m\b|Uhr\b)|\s?(?:UTC|GMT|CET)\b)|(?<=à"
    r" )(?P<french>\d{1,2})(?=\s?h\b)|(?<=T)(?P<bh>[0-2]\d)(?P<bm>[0-5]\d)(?P<bs>[0-5]\d)?)(?![\d%]|\.\d|[mM]\b|min)"
    r"(?P<ampm>\s?[apAP]\.?[mM]\.?(?![\w]))?"
    rf"(?P<uhr>\s?(?:Uhr|hrs?|hours|h|uur)(?![\w]))?(?:(?(s)|(?(t)|(?![-\u2212]\d\d:\d\d)))(?P<zone>{zones.PATTERN}))?"
)
_DATE_THEN_TIME = re.compile(
    r"(?i)(?:T|:|[\s,|(\"'–-]{0,4}(?:(?:at|um|à|a las|às|alle(?: ore)?|om|o(?: godz\.?)?|gegen|ab|around"
    r"|about|approx\.?|ca\.?|circa|~|@|kl\.?|time|from|since|starting|between|zwischen|entre|tra|tussen|między|morning|afternoon|evening"
    r"|vers|von|sobre las|de)[\s:|~]{0,3}){0,2})"
)
_TIME_THEN_DATE = re.compile(
    r"(?i)[ \t,|()]{0,3}(?:(?:on|am|le|el|em|il|op|dnia|vom|of|del?|today|,|heute|hoje"
    r"|hoy)[\s,(]{1,3}){0,2}(?:the\s)?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s)?"
)
_RANGE = re.compile(
    r"(?i)\s{0,2}(?:-|–|—|to|and|until|till|through|bis|und|à|et|a|hasta|y|até|e|alle|tot|en|do|\.\.|→"
    r"|->)\s{0,2}(?:ca\.?\s|about\s|around\s|approx(?:\.|imately)?\s|at\s|las\s|las)?"
)
_YEAR_BEHIND = re.compile(r"\s(20\d{2})(?!\d)")
_EPOCH = re.compile(
    r"(?i)(?:timestamp|time|\bts|epoch|unix|created(?:_?at|on)?|date|_at|occurred\w*"
    r"|\bat)[\"']?(?:\s?\((?:ms|s|epoch|unix)[^)]{0,10}\))?\s{0,3}[:="
    r"|]?\s{0,3}[\"']?(1[4-9]\d{8}(?:\d{3})?|2[01]\d{8}(?:\d{3})?)(?![\d])(?!\.\d{4})"
)
_CONTEXT = re.compile(
    r"(?i)(?:\b(?:at|around|about|since|from|between|zwischen|entre|tussen|między|by|until|till|before|after|approx\.?|circa|ca\.?|um"
    r"|gegen|seit|ab|von|bis|à|vers|depuis|dès|a las|desde las|sobre las|às|desde|alle|dalle|om|sinds"
    r"|vanaf|rond|o|od|około|kl\.?|time|timestamp|uhrzeit|heure|hora)\b|~)[\s:|~*]{0,3}(?:(?:about|around"
    r"|approx\.?|ca\.?|roughly|las|the)\s)?$"
)
_TODAY = re.compile(
    r"(?i)[\s,(]{1,3}(?:today|yesterday|this|last|heute|gestern|aujourd|hier|hoy|ayer|hoje|ontem|oggi|ieri"
    r"|vandaag|gisteren|dzi(?:ś|s)|wczoraj|on (?:mon|tue|wed|thu|fri|sat|sun)|local|uhr|in the)"
)
# `Time (UTC)` at the head of a column or before a value; `all times in CET`, `Timeline (UTC)` for the whole mail.
_ZONE_OF_LABEL = re.compile(
    rf"(?i:time|timestamp|date|start\w*|end\w*|at|when|zeit\w*|uhrzeit|heure|hora|ora|czas|tijd|occurred|began)[^\n"
    rf"|]{{0,16}}[(\[,/ ]({zones.NAMES})[)\]]?[\s:|=]{{0,4}}$"
)
_ZONE_OF_ALL = re.compile(
    r"(?i:\b(?:all |alle |any )?(?:times?|timestamps?|zeiten|zeitangaben|les heures|horas|horarios|horários|orari|tijden|hours)(?: \w+)?"
    r" (?:are |sind |sont |son |são |sono |zijn |is )?(?:given |shown |listed |expressed )?(?:in|en|em|as)? ?(?:local )?"
    r"|\btimeline\W{0,4}|\btime ?zone\s?(?:is|:|=)?\s?|\btimes\W{0,3})"
    rf"\(?({zones.NAMES})"
)
_MAIL_HEADER = re.compile(r"(?i)[\s>*]{0,6}(?:sent|gesendet|envoy(?:é|e)|enviado|inviato|verzonden|wysłano|date|datum|data|fecha)\*?\s?:")
_ATTRIBUTION = re.compile(r"(?i)(?:wrote|writes|schrieb.*|a écrit|escribió|escreveu|ha scritto|schreef.*|napisał\w?)\s?:\s*$")

_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")

_MONTH_STARTS = (
    "jan|ene|gen|sty|f.{1,2}v|feb|fev|lut|mar|m.{1,2}r|mrt|apr|avr|abr|kwi|ma[ijy]|mei|mag|jun|jui|giu"
    "|cze|jul|lug|lip|aug|ao|ago|sie|se[pt]|wrz|o[ckut]|paz|pa.d|nov|lis|dec|dez|d.{1,2}c|dic|gru"
)
_DATE_STARTS = starts(
    rf"\b(?:\d{{1,4}}[-/.]\d|\d{{8}}T\d|\d{{1,2}}(?:st|nd|rd|th|er|\.)?[^\w\n]{{0,3}}(?:(?:of|de|del|di)"
    rf" )?(?:{_MONTH_STARTS})|(?:{_MONTH_STARTS})[^\W\d]{{0,9}}\.?\s{{1,2}}\d)"
    rf"|\d.{{0,3}}\s(?:{_MONTH_STARTS})"
)
_TIME_STARTS = starts(r"\b\d{1,2}(?:(?:[:.h]| u )\d\d| ?(?:[ap]\.?m\b|uhr|h\b|utc|gmt|cet))|T\d\d:?\d\d")
_ZONE_STARTS = starts(
    r"\b(?:all |alle |any )?(?:times?\b|timestamps|zeit|les heures|horas|hor.rios|orari|tijden|hours|timeline|time ?zone)"
)
_EPOCH_STARTS = starts(r"timestamp|time|\bts|epoch|unix|created|date|_at|occurred|\bat\b")


@dataclass(frozen=True, slots=True)
class _Moment:
    start: int
    end: int
    at: time
    day: date | None = None
    partial_day: tuple[int, int] | None = None
    zone: tzinfo | None = None
    zone_written: str = ""
    weak: bool = False
    """Neither seconds, nor a zone, nor AM/PM, nor "Uhr": only its surroundings can make it a time."""


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    day: date | None
    partial: tuple[int, int] | None = None
    """(month, day) of a date without a year."""


def timestamps(page: Page) -> Iterator[Fact]:
    declared = next(page.scan(_ZONE_STARTS, _ZONE_OF_ALL), None)
    moments = [_zoned(page, moment, declared[1] if declared else "") for moment in _linked(page) if _counts(page, moment)]
    for moment in moments:
        span = (moment.start, moment.end)
        yield Fact(FactKind.TIMESTAMP, _value(moment), span, original=page.text[slice(*span)])
    for found in page.scan(_EPOCH_STARTS, _EPOCH):
        seconds = int(found[1]) / (1000 if len(found[1]) > 10 else 1)
        value = _iso(datetime.fromtimestamp(seconds, UTC))
        yield Fact(FactKind.TIMESTAMP, value, found.span(1), "epoch", found[1])


# --- reading days and times ------------------------------------------------------------------------------------------


def _days(page: Page) -> Iterator[_Day]:
    for found in page.scan(_DATE_STARTS, _DATE):
        day = _day(found, page.text)
        if day:
            yield day


def _day(found: re.Match[str], text: str) -> _Day | None:
    kind = next(name for name in _NOTATIONS if found[name])
    numbers = [int(number) for number in _NUMBER.findall(found[kind])]
    month = next((_MONTHS[word.lower()] for word in _LETTERS.findall(found[kind]) if word.lower() in _MONTHS), 0)
    if kind == "iso":
        return _dated(found, numbers[0], numbers[1], numbers[2])
    if kind == "basic":
        return _dated(found, numbers[0] // 10_000, numbers[0] // 100 % 100, numbers[0] % 100)
    if kind in ("day_first", "month_first"):
        if len(numbers) > 1:
            return _dated(found, numbers[1], month, numbers[0])
        return _Day(found.start(), found.end(), None, (month, numbers[0])) if 1 <= numbers[0] <= 31 else None
    if kind == "short":
        first, second = numbers[0], numbers[1]
        return _Day(found.start(), found.end(), None, (second, first)) if 1 <= second <= 12 and 1 <= first <= 31 else None
    return _numeric_day(found, text, numbers)


def _numeric_day(found: re.Match[str], text: str, numbers: list[int]) -> _Day | None:
    """11/22/2026 can only be month first and 22/11/2026 only day first; for 03/04/2026 AM/PM or a US zone behind it decides."""
    first, second, year = numbers
    behind = text[found.end() : found.end() + 40].split("\n", 1)[0]
    american = "/" in found[0] and (re.search(r"\d\s?[AaPp]\.?[Mm]\b", behind) or re.search(r"\b(?:[ECMP][SD]T|ET|PT)\b", behind))
    month_first = second > 12 or (first <= 12 and bool(american))
    month, day = (first, second) if month_first else (second, first)
    return _dated(found, year if year > 99 else 2000 + year, month, day)


def _dated(found: re.Match[str], year: int, month: int, day: int) -> _Day | None:
    try:
        return _Day(found.start(), found.end(), date(year, month, day))
    except ValueError:
        return None


def _times(page: Page) -> Iterator[_Moment]:
    for found in page.scan(_TIME_STARTS, _TIME):
        moment = _moment(found)
        if moment:
            yield moment


def _moment(found: re.Match[str]) -> _Moment | None:
    hour = int(found["h"] or found["hour"] or found["bh"] or found["french"])
    half = (found["ampm"] or "").strip().lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or (half and hour == 0 and found["h"] not in ("12", "00", "0", None)):
        return None
    fraction = int((found["f"] or "0")[:6].ljust(6, "0"))
    second = min(int(found["s"] or found["bs"] or 0), 59)
    zone = zones.parse_zone(found["zone"]) if found["zone"] else None
    end = found.end() if zone or not found["zone"] else found.start("zone")
    strong = zone or half or found["uhr"] or found["s"] or found["bh"] or (found["sep"] or "").lower() == "h"
    if found["sep"] == "." and not (zone or half or found["uhr"]) and found["s"]:
        return None
    return _Moment(
        found.start() + found[0].startswith("T"),
        end,
        time(hour, int(found["m"] or found["bm"] or 0), second, fraction),
        None,
        None,
        zone,
        found["zone"] or "",
        not strong,
    )


# --- joining them ----------------------------------------------------------------------------------------------------


def _linked(page: Page) -> list[_Moment]:
    """Each time of day with the date beside it; in a range (`10:05 to 10:25 UTC`) the two ends share date and zone."""
    days = list(_days(page))
    moments = []
    before = after = 0
    for moment in _times(page):
        while before < len(days) and days[before].end <= moment.start:
            before += 1
        while after < len(days) and days[after].start < moment.end:
            after += 1
        moments.append(_with_day(page.text, moment, days[before - 1] if before else None, days[after] if after < len(days) else None))
    for index in range(1, len(moments)):
        first, second = moments[index - 1], moments[index]
        between = page.text[first.end : second.start]
        if len(between) <= 24 and _RANGE.fullmatch(between):
            moments[index - 1], moments[index] = _shared(first, second)
    return moments


def _with_day(text: str, moment: _Moment, day: _Day | None, next_day: _Day | None) -> _Moment:
    if day and moment.start - day.end <= 32 and _DATE_THEN_TIME.fullmatch(text[day.end : moment.start]):
        joined = replace(moment, start=day.start, day=day.day, partial_day=day.partial, weak=False)
        year = _YEAR_BEHIND.match(text, moment.end)
        if year and day.partial:  # date(1): Sun Nov 22 10:05:00 UTC 2026
            return replace(joined, day=_safe_date(int(year[1]), *day.partial), end=year.end())
        return joined
    if next_day and next_day.start - moment.end <= 24 and _TIME_THEN_DATE.fullmatch(text[moment.end : next_day.start]):
        return replace(moment, end=next_day.end, day=next_day.day, partial_day=next_day.partial, weak=False)
    return moment


def _safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shared(first: _Moment, second: _Moment) -> tuple[_Moment, _Moment]:
    zone = first.zone or second.zone
    day = first.day or second.day
    partial = first.partial_day or second.partial_day
    weak = first.weak and second.weak
    first = replace(first, zone=zone, day=first.day or day, partial_day=first.partial_day or partial, weak=weak)
    return first, replace(second, zone=second.zone or zone, day=second.day or day, partial_day=second.partial_day or partial, weak=weak)


def _counts(page: Page, moment: _Moment) -> bool:
    """Dates of quoted mail headers do not; a weak time counts only when words around it make it a time of day."""
    line = page.line(page.line_number(moment.start))
    token = page.before(moment.start, 200).rpartition(" ")[2]
    if "?" in token and "=" in token:  # a query parameter says what was asked for, not when
        return False
    if line.rstrip().endswith(":") and _ATTRIBUTION.search(line[-120:]):
        return False
    if _MAIL_HEADER.match(line) and _in_mail_header(page, moment.start, line):
        return False
    if not moment.weak:
        return True
    return bool(_CONTEXT.search(page.before(moment.start, 30)) or _TODAY.match(page.text[moment.end : moment.end + 20]))


def _in_mail_header(page: Page, at: int, line: str) -> bool:
    if not re.match(r"(?i)[\s>*]{0,6}(?:dat|fecha)", line):
        return True
    number = page.line_number(at)
    return any(
        re.match(r"(?i)[\s>*]{0,6}(?:from|to|subject|von|an|betreff|de|objet|cc)\*?\s?:", page.line(near))
        for near in range(number - 2, number + 3)
    )


def _zoned(page: Page, moment: _Moment, declared: str) -> _Moment:
    """With the zone of its column, of its label or of the whole mail when none stands beside the time."""
    if moment.zone:
        return moment
    label = _ZONE_OF_LABEL.search(page.header(moment.start)) or _ZONE_OF_LABEL.search(page.before(moment.start, 60))
    written = label[1] if label else declared
    return replace(moment, zone=zones.parse_zone(written), zone_written=written) if written else moment


# --- values ----------------------------------------------------------------------------------------------------------


def _value(moment: _Moment) -> str:
    clock = _clock(moment.at)
    if moment.day and moment.zone:
        try:
            return _iso(zones.to_utc(datetime.combine(moment.day, moment.at), moment.zone))
        except OverflowError:
            return f"{moment.day.isoformat()}T{clock} (zone unknown)"
    if moment.day:
        return f"{moment.day.isoformat()}T{clock} (zone unknown)"
    day = f"--{moment.partial_day[0]:02}-{moment.partial_day[1]:02}T" if moment.partial_day else ""
    unknown = "year" if day else "date"
    offset = zones.offset_minutes(moment.zone) if moment.zone else None
    if offset is None:
        named = f" {moment.zone_written.strip(' ()')}" if moment.zone else ""
        return f"{day}{clock}{named} ({unknown} unknown)" if moment.zone else f"{day}{clock} ({unknown} and zone unknown)"
    if day:
        return f"{day}{clock}{_offset(offset)} (year unknown)"
    shifted = datetime.combine(date(2000, 1, 2), moment.at) - timedelta(minutes=offset)
    return f"{_clock(shifted.time())}+00:00 (date unknown)"


def _offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _clock(at: time) -> str:
    return at.isoformat("milliseconds" if at.microsecond else "seconds")


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
