"""Words of a report: times and shares as people write them, the paragraph at its top, what a plot shows in a sentence. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.core.mail.message import Missing
from triage.core.reports.answers import SHARE_CLASSES, TIME_CLASSES, Timings
from triage.core.reports.figures import share
from triage.core.reports.period import Period
from triage.core.reports.report import Report
from triage.core.wording.plain import counted
from triage.core.wording.spans import span_words

NONE = "–"
ITEMS = {
    Missing.ENDPOINT: "the API endpoint",
    Missing.BUSINESS_IMPACT: "the business impact",
    Missing.TRACE_ID: "an x-trace-id",
    Missing.ENVIRONMENT: "the environment",
    Missing.REQUEST_AND_RESPONSE: "request and response",
    Missing.TIMESTAMPS: "when it happened",
    Missing.IDENTIFIERS: "user or profile ids",
}
_LEAST_TO_COMPARE = 5
"""Of fewer cases before, a change in percent says nothing."""


def span(value: timedelta | None) -> str:
    return NONE if value is None else span_words(value)


def percent(value: float | None) -> str:
    """`91 %`; what is not quite all or nothing does not read like it."""
    if value is None:
        return NONE
    rounded = round(100 * value)
    return f"{min(max(rounded, 1), 99) if 0 < value < 1 else rounded} %"


def time_classes() -> tuple[str, ...]:
    names = [name for _, name in TIME_CLASSES]
    return (*(f"≤ {name}" for name in names), f"> {names[-1]}")


def share_classes() -> tuple[str, ...]:
    return (*(f"≤ {bound:.0%}".replace("%", " %") for bound in SHARE_CLASSES), f"> {SHARE_CLASSES[-1]:.0%}".replace("%", " %"))


def change(now: int, before: int | None) -> str:
    """`12 % more`; empty where there is nothing to compare with."""
    if before is None or before < _LEAST_TO_COMPARE:
        return ""
    difference = round(100 * (now - before) / before)
    return f"{abs(difference)} % {'more' if difference > 0 else 'fewer'}" if difference else "as many"


def compared(now: int, before: int | None, period: Period) -> str:
    """`12 % more than in September`"""
    told = change(now, before)
    name = f"{period.before().first:%B}" if period.is_month else "the time before"
    return f"{told} {'as' if told == 'as many' else 'than'} in {name}" if told else ""


def summary(report: Report, before: Report | None) -> tuple[str, ...]:
    """What a reader who reads nothing else should know: some sentences."""
    if report.is_empty:
        return ("Nothing came in, nothing was closed, and nobody was paged.",)
    return tuple(filter(None, (_came_in(report, before), _answered(report), _ended(report), _paged(report))))


def _came_in(report: Report, before: Report | None) -> str:
    opened = report.volume.opened
    told = compared(opened.total, before.volume.opened.total if before else None, report.period)
    worst = f"; {opened.one:,} of them {'was' if opened.one == 1 else 'were'} Severity 1 in the end" if opened.one else ""
    return f"{counted(opened.total, 'case')} came in{f', {told}' if told else ''}{worst}."


def _answered(report: Report) -> str:
    total = report.first_responses.total
    if not total.ended:
        return ""
    kept = f" {percent(total.kept_share)} of what was promised was kept." if total.kept_share is not None else ""
    return f"Half of the first replies came within {span(total.median)}, nine of ten within {span(total.nine_of_ten)}.{kept}"


def _ended(report: Report) -> str:
    closings, left = report.closings, report.volume.left.total
    unanswered = len(closings.without_answer)
    parts = [counted(closings.total, "closing")]
    if unanswered:
        parts.append(f"{unanswered:,} without an answer of the team")
    if closings.reopenings:
        parts.append(
            f"{counted(closings.reopenings, 'case')} opened again" if closings.reopenings == len(closings.reopened) else _again(report)
        )
    return f"{', '.join(parts)}; {counted(left, 'case')} {'is' if left == 1 else 'are'} left."


def _again(report: Report) -> str:
    return f"{counted(len(report.closings.reopened), 'case')} opened again {report.closings.reopenings:,} times"


def _paged(report: Report) -> str:
    emergencies = report.emergencies
    if not emergencies.pages:
        return "Nobody was paged."
    nights = len(emergencies.nights)
    at_night = f", {nights:,} at night" if nights else ", none at night"
    false = (
        f" The team lowered {percent(share(emergencies.lowered, emergencies.raised))} of what became Severity 1."
        if emergencies.lowered
        else ""
    )
    taken = "nobody took one" if emergencies.median is None else f"half were taken within {span(emergencies.median)}"
    return f"{counted(emergencies.pages, 'page')} called people{at_night}; {taken}.{false}"


def severity(number: int) -> str:
    return f"Severity {number}" if number else "All"


def local_time(at: datetime, period: Period) -> str:
    return f"{period.local(at):%a %-d %b %H:%M}"


def local_day(at: datetime, period: Period) -> str:
    year = " %Y" if period.first.year != period.last.year else ""
    return f"{period.local(at):%a %-d %b{year}}"


def waiting(timings: Timings) -> str:
    if not timings.waiting:
        return ""
    late = f", {timings.overdue:,} of them longer than promised" if timings.overdue else ""
    return f"{timings.waiting:,} still waited at the end{late}."
