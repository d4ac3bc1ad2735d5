"""Closings: how cases ended, which of them without an answer, and which were opened again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.events import EventKind, Reason
from triage.core.cases.journal import JournalEntry
from triage.core.reports.figures import share
from triage.core.reports.past import PastCase
from triage.core.reports.period import Period

LISTED = 30
_WAYS = {
    EventKind.WINDOW_ENDED.value: "the clock",
    EventKind.CLOSED_BY_TEAM.value: "the team",
    EventKind.CLOSED_BY_PARTNER.value: "the partner",
}
_REPLIES = frozenset({EventKind.TEAM_REPLIED.value, EventKind.TEAM_REPLY_OVERTAKEN.value})


@dataclass(frozen=True, slots=True)
class Closed:
    """One closing of one case."""

    number: int
    partner: str
    severity: int
    at: datetime
    how: str
    """By whom; of a re-opening, how often the case was opened again so far."""


@dataclass(frozen=True, slots=True)
class Closings:
    by_clock: int
    by_team: int
    by_partner: int
    without_answer: tuple[Closed, ...]
    """No team reply had ever been seen when it was closed; oldest first."""
    reopenings: int
    reopened: tuple[Closed, ...]
    """Cases that partners opened again, those most often first."""

    @property
    def total(self) -> int:
        return self.by_clock + self.by_team + self.by_partner

    @property
    def reopened_share(self) -> float | None:
        """Re-openings for each closing."""
        return share(self.reopenings, self.total)


def closings(cases: Iterable[PastCase], period: Period) -> Closings:
    found: list[tuple[Closed, bool]] = []
    again: list[tuple[int, Closed]] = []
    for one in cases:
        found += _of_case(one, period)
        times = [entry.at for entry in one.entries if entry.reason == Reason.PARTNER_REOPENED.value and period.holds(entry.at)]
        if times:
            again.append((len(times), _closed(one, times[-1], f"{len(times)} times" if len(times) > 1 else "once")))
    ways = Counter(closed.how for closed, _ in found)
    unanswered = sorted((closed for closed, answered in found if not answered), key=lambda closed: (closed.at, closed.number))
    again.sort(key=lambda pair: (-pair[0], pair[1].number))
    return Closings(
        by_clock=ways[_WAYS[EventKind.WINDOW_ENDED.value]],
        by_team=ways[_WAYS[EventKind.CLOSED_BY_TEAM.value]],
        by_partner=ways[_WAYS[EventKind.CLOSED_BY_PARTNER.value]],
        without_answer=tuple(unanswered),
        reopenings=sum(times for times, _ in again),
        reopened=tuple(closed for _, closed in again),
    )


def _of_case(one: PastCase, period: Period) -> Iterable[tuple[Closed, bool]]:
    """Each closing in the period, and whether the team had answered by then."""
    answered = False
    for entry in one.entries:
        answered |= entry.event in _REPLIES
        if _is_closing(one, entry) and period.holds(entry.at):
            yield _closed(one, entry.at, _WAYS[entry.event]), answered


def _is_closing(one: PastCase, entry: JournalEntry) -> bool:
    return entry.case_number == one.case.number and entry.event in _WAYS and entry.changes.get("status") == "closed"


def _closed(one: PastCase, at: datetime, how: str) -> Closed:
    return Closed(one.case.number, one.partner, one.case.severity, at, how)
