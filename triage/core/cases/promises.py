"""Promises: when what the team owes on a case is due, how that was counted, and when the team is to be told.

Deadlines are pure functions of the journal, the agreements and the partner; nothing of them is stored but an instant at which to look
again. Called by workers/promises.py, which tells; by `triage clock` and `triage cases`, which show. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from triage.core.cases.agreements import Agreements, Promise, Term, Warnings, hours_and_minutes
from triage.core.cases.calendars import WEEKDAYS, Calendar, counted_spans, next_opening, reached_at
from triage.core.cases.journal import JournalEntry
from triage.core.cases.partners import Partner
from triage.core.cases.timeline import Owed, timeline

BROKEN = 100
"""Percent of the time: the promise is broken unless it is kept at that very instant."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A promise on one case. `due_at` is None while nobody can know: the clock stands still before the time is over."""

    owed: Owed
    term: Term
    agreement: str
    due_at: datetime | None

    @property
    def promise(self) -> Promise:
        return self.owed.promise

    @property
    def is_open(self) -> bool:
        return self.owed.ended_at is None

    @property
    def name(self) -> str:
        """Which promise of the case this is; the same for as long as it is owed."""
        return f"{self.promise.value} {self.owed.number}"

    def is_broken(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < (self.owed.ended_at or now)

    def used(self, now: datetime) -> timedelta:
        """How much of the time has been counted."""
        spans = counted_spans(self.term.calendar, [_cut_at(now, one) for one in self.owed.stretches()])
        return sum((span.length for span in spans), timedelta())


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the arithmetic, in UTC. `why` says why nothing was counted; empty where something was."""

    start: datetime
    end: datetime
    counted: timedelta
    total: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """The team is to be told that so many percent of a promise's time are over, and when it is to be looked at again."""

    deadline: Deadline
    percent: int

    @property
    def key(self) -> str:
        """What is told once. Another term (another severity, another agreement) is another promise."""
        return f"{self.deadline.name}: {self.percent}% of {self.deadline.term}"


def deadlines(entries: Iterable[JournalEntry], number: int, agreements: Agreements, partner: Partner) -> tuple[Deadline, ...]:
    """Every promise of the case, kept, broken or running, in the order in which they began; what nobody promised is not there.

    `entries` as in timeline.timeline().
    """
    if not agreements.agreements:
        return ()
    found = []
    for owed in timeline(entries, number):
        agreement = agreements.choose(owed.agreement, partner)
        term = agreement.terms.get((owed.promise, owed.severity)) if agreement is not None else None
        if agreement is not None and term is not None:
            due_at = reached_at(term.calendar, _until_due(owed), term.span)
            found.append(Deadline(owed, term, agreement.name, due_at))
    return tuple(found)


def _until_due(owed: Owed) -> list[tuple[datetime, datetime | None]]:
    """As if nobody had answered: a promise that was kept was due all the same. A clock that stood still then would do so yet."""
    stretches = owed.stretches()
    if owed.ended_at is not None and stretches and stretches[-1][1] == owed.ended_at:
        stretches[-1] = (stretches[-1][0], None)
    return stretches


def response_due(found: Iterable[Deadline]) -> Deadline | None:
    """The response that is owed now, if one is promised."""
    return next((each for each in found if each.is_open and each.promise is not Promise.RESOLUTION), None)


def next_due(found: Iterable[Deadline]) -> Deadline | None:
    """The running promise that is due first."""
    running = [each for each in found if each.owed.is_running and each.due_at is not None]
    return min(running, key=lambda each: each.due_at or each.owed.since, default=None)


# --- telling ---------------------------------------------------------------------------------------------------------


def telling_due(deadline: Deadline, warnings: Warnings, told: Collection[str], now: datetime) -> Telling | None:
    """What is to be told now: of several stages that have passed (at night, in a downtime) only the last."""
    passed = [percent for percent, at in _stages(deadline, warnings) if at <= now]
    telling = Telling(deadline, passed[-1]) if passed else None
    return telling if telling is not None and telling.key not in told else None


def next_look(found: Iterable[Deadline], warnings: Warnings, now: datetime) -> datetime | None:
    """The next instant at which something may have to be told; None when nothing runs."""
    return min((at for each in found for _, at in _stages(each, warnings) if at > now), default=None)


@lru_cache(maxsize=64)
def _stages(deadline: Deadline, warnings: Warnings) -> tuple[tuple[int, datetime], ...]:
    """(percent, when it is told), ascending; none while the clock stands still. Asked for twice at every look, and costly to count."""
    return tuple(_counted_stages(deadline, warnings)) if deadline.owed.is_running else ()


def _counted_stages(deadline: Deadline, warnings: Warnings) -> Iterator[tuple[int, datetime]]:
    for percent in (*warnings.percent, BROKEN):
        at = reached_at(deadline.term.calendar, deadline.owed.stretches(), deadline.term.span * percent / BROKEN)
        told_at = at if at is None or deadline.owed.severity == 1 else next_opening(warnings.calendar, at)
        if told_at is None:
            return
        yield percent, told_at


# --- arithmetic ------------------------------------------------------------------------------------------------------


def arithmetic(deadline: Deadline, now: datetime) -> tuple[Line, ...]:
    """What was counted, stretch by stretch, up to the due time, or to the end, or to now while the clock stands still."""
    owed, calendar = deadline.owed, deadline.term.calendar
    end = owed.ended_at or max(deadline.due_at or now, owed.since)
    if deadline.due_at is not None:
        end = min(end, deadline.due_at)
    counted = [(span.start, span.end, "") for span in counted_spans(calendar, [_cut_at(end, one) for one in owed.stretches()])]
    pauses = [(pause.start, min(pause.end or end, end), pause.why) for pause in owed.pauses if pause.start < end]
    lines: list[Line] = []
    total, at = timedelta(), owed.since
    for start, last, why in sorted(counted + pauses):
        lines += _closed(calendar, at, start, total)
        length = timedelta() if why else last - start
        total += length
        lines.append(Line(start, last, length, total, why))
        at = last
    return (*lines, *_closed(calendar, at, end, total))


def _cut_at(end: datetime, stretch: tuple[datetime, datetime | None]) -> tuple[datetime, datetime]:
    start, last = stretch
    return start, end if last is None else min(last, end)


def _closed(calendar: Calendar | None, start: datetime, end: datetime, total: timedelta) -> list[Line]:
    """Between two lines: the hours in which the calendar is closed, with the whole days and holidays among them."""
    if calendar is None or end <= start:
        return []
    first, last = calendar.local(start).date(), calendar.local(end).date()
    between = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    free = [_day_off(calendar, day) for day in between if not calendar.hours_on(day)]
    return [Line(start, end, timedelta(), total, "closed" + (f": {', '.join(free)}" if free else ""))]


def _day_off(calendar: Calendar, day: date) -> str:
    return f"{WEEKDAYS[day.weekday()].capitalize()} {day:%-d %b}" + (f" ({calendar.holidays[day]})" if day in calendar.holidays else "")


def state_words(deadline: Deadline, now: datetime) -> str:
    """`2h15m left`, `late`, `1h30m left, on hold`, `answered in time`: working time where the promise is on a calendar."""
    if deadline.owed.ended_at is not None:
        return deadline.owed.how + (", late" if deadline.is_broken(now) else " in time")
    pause = next((one for one in deadline.owed.pauses if one.end is None), None)
    if deadline.is_broken(now):
        return "late" + (f", {pause.why}" if pause else "")
    left = deadline.term.span - deadline.used(now)
    return f"{hours_and_minutes(left - left % _MINUTE if left > _MINUTE else left)} left" + (f", {pause.why}" if pause else "")
