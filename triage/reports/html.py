"""A report as one HTML file: no script, nothing from elsewhere, light and dark, on a screen and on A4.

Every word that a stranger or an operator wrote goes through the escaping template. Called by `triage report --html`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from triage.core.reports.answers import Timings
from triage.core.reports.figures import SEVERITIES, BySeverity, WeekHours
from triage.core.reports.report import Report
from triage.core.reports.volume import Volume
from triage.core.wording.plain import counted
from triage.reports import words
from triage.reports.svg import HALF, Bar, meter, stacked_bars, week_heatmap

LISTED = 20
"""Rows of a list of cases or nights; the rest is counted."""
_CLASSES = tuple(f"sev{severity}" for severity in SEVERITIES)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(span=words.span, percent=words.percent, number="{:,}".format, counted=counted)
    made.globals.update(words=words, meter=meter, DAYS=_DAYS, LISTED=LISTED, NONE=words.NONE, zip=zip)
    return made


def page(report: Report, before: Report | None = None) -> str:
    """`before` is the period before, to compare with; None when nothing is known of it."""
    values: dict[str, Any] = {
        "report": report,
        "before": before,
        "period": report.period,
        "summary": words.summary(report, before),
        "plots": {
            "pieces": _pieces(report.volume, report.period.piece_name),
            "wrote": _hours("wrote", "When partners wrote", report.volume.hours, "messages"),
            "first": _timings("first", "first replies", report.first_responses),
            "resolution": _timings("resolution", "solutions", report.resolutions),
            "paged": _hours("paged", "When pages were opened", report.emergencies.hours, "pages"),
        },
    }
    return _environment().get_template("report.html").render(**values)


def _pieces(volume: Volume, piece: str) -> Markup:
    bars = [Bar(row.name, _parts(row.cases)) for row in volume.pieces]
    busiest = max(volume.pieces, key=lambda row: row.cases.total)
    desc = f"{counted(volume.opened.total, 'case')}; the busiest {piece} was {busiest.name} with {busiest.cases.total:,}."
    return stacked_bars("pieces", f"Cases opened each {piece}, by severity", desc, bars, _CLASSES_UP)


def _hours(name: str, title: str, hours: WeekHours, what: str) -> Markup:
    day, hour = max(((day, hour) for day in range(7) for hour in range(24)), key=lambda cell: hours.counts[cell[0]][cell[1]])
    most = f" Most on {_DAYS[day]} between {hour:02}:00 and {hour + 1:02}:00: {hours.most:,}." if hours.total else ""
    return week_heatmap(name, title, f"{hours.total:,} {what} by weekday and hour.{most}", hours.counts)


def _timings(name: str, what: str, timings: Timings) -> dict[str, Markup]:
    """How long it took; and against the promises, where there were any."""
    total = timings.total
    times = [Bar(label, _parts(counts)) for label, counts in zip(words.time_classes(), timings.times, strict=True)]
    took = f"{total.ended:,} {what}; the median is {words.span(total.median)}, nine of ten took at most {words.span(total.nine_of_ten)}."
    shares = [Bar(label, _parts(counts)) for label, counts in zip(words.share_classes(), timings.shares, strict=True)]
    used = sum(counts.total for counts in timings.shares)
    kept = f"{used:,} {what} for which a time was promised; {words.percent(total.kept_share)} of the promises were kept."
    return {
        "times": stacked_bars(f"{name}-times", f"How long {what} took, by severity", took, times, _CLASSES_UP, HALF),
        "shares": stacked_bars(
            f"{name}-shares", f"How much of the promised time {what} took, by severity", kept, shares, _CLASSES_UP, HALF
        ),
    }


def _parts(counts: BySeverity) -> tuple[int, ...]:
    """The worst on top, where it is seen."""
    return tuple(reversed(counts.counts))


_CLASSES_UP = tuple(reversed(_CLASSES))
