"""Emergencies: pages by hour and by person, what nights cost, and how often Severity 1 was none.

A night is from 22:00 to 07:00 by the clock of the person who was called; a week-end is Saturday and Sunday by the same clock. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.cases.events import EventKind
from triage.core.reports.figures import WeekHours, median, nine_of_ten, share, week_hours
from triage.core.reports.past import Call, PastCase, PastPage
from triage.core.reports.period import Period

NIGHT_FROM, NIGHT_TO = 22, 7
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PersonPaged:
    """`pages` that called this person, `calls` on all their contacts; `taken`: pages this person was the first to acknowledge."""

    name: str
    pages: int
    at_night: int
    at_weekend: int
    calls: int
    taken: int
    median: timedelta | None
    """From the opening of a page to this person's acknowledge."""


@dataclass(frozen=True, slots=True)
class NightPage:
    """A page that called somebody at night. `local` is the clock of the first who was called at night."""

    page: int
    cases: tuple[int, ...]
    local: datetime
    called: tuple[str, ...]
    taken_by: str
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class RuleRaised:
    """Cases that became Severity 1 while this rule held, and how many of these the team lowered."""

    rule: str
    raised: int
    lowered: int

    @property
    def lowered_share(self) -> float | None:
        return share(self.lowered, self.raised)


@dataclass(frozen=True, slots=True)
class Emergencies:
    pages: int
    everybody: int
    """Pages that came so far that everybody was paged."""
    untaken: int
    """Pages that ended, or stood at the end of the period, without an acknowledge."""
    median: timedelta | None
    """From opening to the first acknowledge."""
    nine_of_ten: timedelta | None
    hours: WeekHours
    """When pages were opened, by the wall clock of the report."""
    people: tuple[PersonPaged, ...]
    nights: tuple[NightPage, ...]
    raised: int
    """Cases that became Severity 1, by a rule or by a person."""
    lowered: int
    rules: tuple[RuleRaised, ...]


def emergencies(cases: Iterable[PastCase], pages: Sequence[PastPage], period: Period) -> Emergencies:
    opened = [page for page in pages if period.holds(page.opened_at)]
    took = [page.taken_at - page.opened_at for page in opened if page.taken_at is not None]
    raised = [found for one in cases for found in _raised(one, period)]
    return Emergencies(
        pages=len(opened),
        everybody=sum(page.everybody for page in opened),
        untaken=sum(page.taken_at is None for page in opened),
        median=median(took),
        nine_of_ten=nine_of_ten(took),
        hours=week_hours(period.local(page.opened_at) for page in opened),
        people=_people(opened),
        nights=tuple(sorted(_nights(opened), key=lambda night: night.page)),
        raised=len(raised),
        lowered=sum(lowered for _, lowered in raised),
        rules=_rules(raised),
    )


# --- people ----------------------------------------------------------------------------------------------------------


def is_night(local: datetime) -> bool:
    return local.hour >= NIGHT_FROM or local.hour < NIGHT_TO


def _people(pages: Sequence[PastPage]) -> tuple[PersonPaged, ...]:
    names = sorted({call.person for page in pages for call in page.calls} | {page.taken_by for page in pages if page.taken_by})
    found = [_person(name, pages) for name in names]
    return tuple(sorted(found, key=lambda one: (-one.pages, one.name)))


def _person(name: str, pages: Sequence[PastPage]) -> PersonPaged:
    called = [[call for call in page.calls if call.person == name] for page in pages]
    took = [page.taken_at - page.opened_at for page in pages if page.taken_by == name and page.taken_at is not None]
    return PersonPaged(
        name=name,
        pages=sum(bool(calls) for calls in called),
        at_night=sum(any(is_night(call.local) for call in calls) for calls in called),
        at_weekend=sum(any(call.local.weekday() >= _SATURDAY for call in calls) for calls in called),
        calls=sum(map(len, called)),
        taken=len(took),
        median=median(took),
    )


def _nights(pages: Iterable[PastPage]) -> Iterator[NightPage]:
    for page in pages:
        calls: list[Call] = sorted((call for call in page.calls if is_night(call.local)), key=lambda call: call.at)
        if calls:
            called = tuple(dict.fromkeys(call.person for call in calls))
            took = page.taken_at - page.opened_at if page.taken_at is not None else None
            yield NightPage(page.id, page.cases, calls[0].local, called, page.taken_by, took)


# --- what was none ---------------------------------------------------------------------------------------------------


def _raised(one: PastCase, period: Period) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Each time the case became Severity 1 in the period: the rules that held then, and whether the team lowered it afterwards."""
    severity = 0
    own = [entry for entry in one.entries if entry.case_number == one.case.number]
    for number, entry in enumerate(own):
        before, severity = severity, int(entry.changes.get("severity", severity))
        if severity == 1 != before and period.holds(entry.at):
            lowered = any(
                later.event == EventKind.SEVERITY_SET.value and int(later.changes.get("severity", 1)) > 1 for later in own[number + 1 :]
            )
            yield entry.rules, lowered


def _rules(raised: Sequence[tuple[tuple[str, ...], bool]]) -> tuple[RuleRaised, ...]:
    by_rule = Counter(rule for rules, _ in raised for rule in rules)
    lowered = Counter(rule for rules, was_lowered in raised if was_lowered for rule in rules)
    rows = (RuleRaised(rule, count, lowered[rule]) for rule, count in by_rule.items())
    return tuple(sorted(rows, key=lambda row: (-row.lowered, -row.raised, row.rule)))
