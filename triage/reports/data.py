"""A report for programs: as one JSON value, and as rows of a CSV file that any spreadsheet opens. Called by `triage report`."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from triage.core.reports.answers import Timing, Timings
from triage.core.reports.figures import SEVERITIES, BySeverity, Ranking, WeekHours
from triage.core.reports.report import Report
from triage.reports import words

HEAD = ("section", "figure", "item", "severity", "value", "unit")
Row = tuple[str, str, str, str, str, str]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at the beginning of a cell."""


# --- JSON ------------------------------------------------------------------------------------------------------------


def value_of(report: Report) -> Mapping[str, Any]:
    """Field by field; spans are in seconds and named so, counts by severity are under "1", "2" and "3"."""
    found: Mapping[str, Any] = _plain(report)
    return found


def _plain(value: object) -> Any:
    if isinstance(value, BySeverity):
        return {str(severity): count for severity, count in zip(SEVERITIES, value.counts, strict=True)}
    if isinstance(value, WeekHours):
        return value.counts
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dict(_named(field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value.total_seconds() if isinstance(value, timedelta) else value


def _named(name: str, value: object) -> tuple[str, Any]:
    is_span = isinstance(value, timedelta) or (value is None and name in {"median", "nine_of_ten", "took"})
    return (f"{name}_s" if is_span else name), _plain(value)


# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_of(report: Report) -> str:
    """One number a row. RFC 4180, with a heading."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows([_safe(cell) for cell in row] for row in _rows(report))
    return out.getvalue()


def _safe(cell: str) -> str:
    """RFC 4180 knows no formulas; spreadsheets do."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rows(report: Report) -> Iterator[Row]:
    yield ("report", "first day", "", "", report.period.first.isoformat(), "date")
    yield ("report", "last day", "", "", report.period.last.isoformat(), "date")
    volume = report.volume
    yield from _severities("volume", "cases opened", "", volume.opened)
    for piece in volume.pieces:
        yield from _severities("volume", f"cases opened by {report.period.piece_name}", piece.first.isoformat(), piece.cases)
    for row in volume.partners:
        yield from _severities("volume", "cases opened by partner", row.name, row.cases)
    if volume.other_partners:
        yield from _severities("volume", "cases opened by partner", f"{volume.other_partners} others", volume.others)
    yield _count("volume", "partner messages", "", volume.partner_messages)
    yield _count("volume", "team replies", "", volume.team_replies)
    yield from _severities("volume", "cases not closed at the end", "", volume.left)
    yield from _hours("volume", "partner messages by hour", volume.hours)
    for timings in (report.first_responses, report.next_responses, report.resolutions):
        yield from _timings(timings)
    yield from _closings(report)
    yield from _emergencies(report)
    yield from _requests(report)


def _timings(timings: Timings) -> Iterator[Row]:
    name = timings.promise.value
    for row in (*timings.rows, timings.total):
        severity = str(row.severity) if row.severity else "all"
        yield (name, "ended", "", severity, str(row.ended), "count")
        yield from ((name, figure, "", severity, _seconds(value), "s") for figure, value in _spans(row) if value is not None)
        yield (name, "promises kept", "", severity, str(row.kept), "count")
        yield (name, "promises missed", "", severity, str(row.broken), "count")
    for label, counts in zip(words.time_classes(), timings.times, strict=True):
        yield from _severities(name, "ended by time", label, counts)
    for label, counts in zip(words.share_classes(), timings.shares, strict=True):
        yield from _severities(name, "ended by share of the promised time", label, counts)
    yield _count(name, "still waiting at the end", "", timings.waiting)
    yield _count(name, "of these longer than promised", "", timings.overdue)


def _spans(row: Timing) -> tuple[tuple[str, timedelta | None], ...]:
    return ("median", row.median), ("nine of ten", row.nine_of_ten)


def _closings(report: Report) -> Iterator[Row]:
    closings = report.closings
    for how, count in (("the clock", closings.by_clock), ("the team", closings.by_team), ("the partner", closings.by_partner)):
        yield _count("closings", "closings by", how, count)
    yield _count("closings", "closed without an answer", "", len(closings.without_answer))
    yield from (
        ("closings", "closed without an answer", one.partner, str(one.severity), str(one.number), "case") for one in closings.without_answer
    )
    yield _count("closings", "opened again by the partner", "", closings.reopenings)


def _emergencies(report: Report) -> Iterator[Row]:
    found = report.emergencies
    yield _count("emergencies", "pages", "", found.pages)
    yield _count("emergencies", "pages at night", "", len(found.nights))
    yield _count("emergencies", "pages nobody took", "", found.untaken)
    spans = (("median until taken", found.median), ("nine of ten taken within", found.nine_of_ten))
    yield from (("emergencies", figure, "", "", _seconds(value), "s") for figure, value in spans if value is not None)
    yield from _hours("emergencies", "pages by hour", found.hours)
    for person in found.people:
        for figure, count in (
            ("pages", person.pages),
            ("at night", person.at_night),
            ("at week-ends", person.at_weekend),
            ("taken", person.taken),
        ):
            yield _count("emergencies", f"person: {figure}", person.name, count)
    for rule in found.rules:
        yield _count("emergencies", "rule: raised to Severity 1", rule.rule, rule.raised)
        yield _count("emergencies", "rule: lowered by the team", rule.rule, rule.lowered)


def _requests(report: Report) -> Iterator[Row]:
    found = report.requests
    yield _count("requests", "first mails", "", found.first_mails)
    yield _count("requests", "first mails that lack something", "", found.incomplete)
    yield from (_count("requests", "first mails that lack", words.ITEMS[lack.item], lack.count) for lack in found.lacks)
    for figure, ranked in (("endpoint", found.endpoints), ("environment", found.environments), ("language", found.languages)):
        yield from _ranked(f"cases by {figure}", ranked)


def _ranked(figure: str, ranked: Ranking) -> Iterable[Row]:
    return (_count("requests", figure, item.name, item.count) for item in ranked.items)


def _hours(section: str, figure: str, hours: WeekHours) -> Iterator[Row]:
    days: Sequence[str] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    for day, row in zip(days, hours.counts, strict=True):
        yield from (_count(section, figure, f"{day} {hour:02}:00", count) for hour, count in enumerate(row) if count)


def _severities(section: str, figure: str, item: str, counts: BySeverity) -> Iterator[Row]:
    for severity, count in zip(SEVERITIES, counts.counts, strict=True):
        yield (section, figure, item, str(severity), str(count), "count")


def _count(section: str, figure: str, item: str, count: int) -> Row:
    return (section, figure, item, "", str(count), "count")


def _seconds(value: timedelta) -> str:
    return str(round(value.total_seconds()))
