"""Volume: how much came in, from whom, when, and what was left at the end. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.core.reports.figures import BySeverity, WeekHours, by_severity, week_hours
from triage.core.reports.past import PastCase
from triage.core.reports.period import Period

PARTNERS_SHOWN = 12
_WROTE = frozenset({EventKind.PARTNER_WROTE.value, EventKind.PARTNER_THANKED.value, EventKind.CLOSED_BY_PARTNER.value})
_REPLIED = frozenset({EventKind.TEAM_REPLIED.value, EventKind.TEAM_REPLY_OVERTAKEN.value})


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cases: BySeverity


@dataclass(frozen=True, slots=True)
class Piece:
    """A day, week, month or year of the plot: its first day, and what it is called."""

    first: date
    name: str
    cases: BySeverity


@dataclass(frozen=True, slots=True)
class Volume:
    """Cases count by the severity they had at the end of the period."""

    opened: BySeverity
    pieces: tuple[Piece, ...]
    """Cases opened."""
    partners: tuple[Row, ...]
    other_partners: int
    others: BySeverity
    partner_messages: int
    team_replies: int
    hours: WeekHours
    """When partners wrote, by the wall clock of the report."""
    left: BySeverity
    """Not closed at the end."""


def volume(cases: Iterable[PastCase], period: Period) -> Volume:
    cases = list(cases)
    opened = [one for one in cases if period.holds(one.case.opened_at)]
    wrote = [entry.at for one in cases for entry in one.entries if entry.event in _WROTE and period.holds(entry.at)]
    replied = sum(entry.event in _REPLIED and period.holds(entry.at) for one in cases for entry in one.entries)
    partners = _by_partner(opened)
    shown, rest = partners[:PARTNERS_SHOWN], partners[PARTNERS_SHOWN:]
    return Volume(
        opened=_counted(opened),
        pieces=_by_piece(opened, period),
        partners=tuple(shown),
        other_partners=len(rest),
        others=BySeverity(*(sum(column) for column in zip(*(row.cases.counts for row in rest), strict=True))),
        partner_messages=len(wrote),
        team_replies=replied,
        hours=week_hours(map(period.local, wrote)),
        left=_counted(one for one in cases if one.case.status is not Status.CLOSED),
    )


def _counted(cases: Iterable[PastCase]) -> BySeverity:
    return by_severity(one.case.severity for one in cases)


def _by_piece(opened: list[PastCase], period: Period) -> tuple[Piece, ...]:
    found: dict[date, list[PastCase]] = {}
    for one in opened:
        found.setdefault(period.piece_of(period.local(one.case.opened_at).date()), []).append(one)
    return tuple(Piece(first, name, _counted(found.get(first, ()))) for first, name in period.pieces())


def _by_partner(opened: list[PastCase]) -> list[Row]:
    found: dict[str, list[PastCase]] = {}
    for one in opened:
        found.setdefault(one.case.partner, []).append(one)
    rows = [Row(cases[0].partner, _counted(cases)) for cases in found.values()]
    return sorted(rows, key=lambda row: (-row.cases.total, row.name))
