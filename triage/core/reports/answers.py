"""Answers: how long partners waited for the first reply, for the next ones and for a solution, and what of it was as promised.

A time belongs to the period in which it ended; a promise to the period in which it was decided: kept at its end, or broken at its due time.
So each is counted once, and the report of a month that is over does not change any more. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.cases.agreements import Promise
from triage.core.cases.promises import Deadline
from triage.core.cases.timeline import CLOSED, Owed
from triage.core.reports.figures import SEVERITIES, BySeverity, by_severity, median, nine_of_ten, share
from triage.core.reports.past import PastCase
from triage.core.reports.period import Period

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIME_CLASSES = (
    (15 * _MINUTE, "15 min"),
    (_HOUR, "1 h"),
    (4 * _HOUR, "4 h"),
    (8 * _HOUR, "8 h"),
    (_DAY, "1 d"),
    (3 * _DAY, "3 d"),
    (7 * _DAY, "7 d"),
)
"""Up to so long, and what that is called; one class more for what is longer."""
SHARE_CLASSES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the promised time."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one severity; `severity` 0 is all of them. `broken` includes what was not answered at all by the end of the period."""

    severity: int
    ended: int
    median: timedelta | None
    nine_of_ten: timedelta | None
    kept: int
    broken: int
    terms: tuple[str, ...]

    @property
    def kept_share(self) -> float | None:
        return share(self.kept, self.kept + self.broken)


@dataclass(frozen=True, slots=True)
class Timings:
    promise: Promise
    rows: tuple[Timing, ...]
    """Of the severities of which there is anything to say."""
    total: Timing
    times: tuple[BySeverity, ...]
    """How many took how long: a count for each of TIME_CLASSES, and the rest."""
    shares: tuple[BySeverity, ...]
    """How much of the promised time was used, where one was: a count for each of SHARE_CLASSES, and the rest."""
    waiting: int
    """Owed still at the end of the period."""
    overdue: int
    """Of these, later than promised."""


def timings(cases: Iterable[PastCase], promise: Promise, period: Period, cut: datetime) -> Timings:
    """`cut` is the end of the period, or now while it is not over."""
    cases = list(cases)
    owed = [each for one in cases for each in one.owed if each.promise is promise]
    promised = [each for one in cases for each in one.deadlines if each.promise is promise]
    ended = [each for each in owed if _is_answered(each) and period.holds(each.ended_at)]
    rows = [_timing(severity, ended, promised, period, cut) for severity in SEVERITIES]
    used = [each for each in promised if _is_answered(each.owed) and period.holds(each.owed.ended_at)]
    waiting = [each for each in owed if each.ended_at is None and (promise is not Promise.RESOLUTION or each.is_running)]
    return Timings(
        promise=promise,
        rows=tuple(row for row in rows if row.ended or row.kept or row.broken),
        total=_timing(0, ended, promised, period, cut),
        times=_classes(((_class_of(_took(each), [span for span, _ in TIME_CLASSES]), each.severity) for each in ended), len(TIME_CLASSES)),
        shares=_classes(((_class_of(_used(each), SHARE_CLASSES), each.owed.severity) for each in used), len(SHARE_CLASSES)),
        waiting=len(waiting),
        overdue=sum(each.is_open and each.is_broken(cut) and each.owed in waiting for each in promised),
    )


def _timing(severity: int, ended: Sequence[Owed], promised: Sequence[Deadline], period: Period, cut: datetime) -> Timing:
    took = [_took(each) for each in ended if severity in (0, each.severity)]
    mine = [each for each in promised if severity in (0, each.owed.severity)]
    decided = [(each, kept) for each in mine for kept in _decided(each, period, cut)]
    return Timing(
        severity=severity,
        ended=len(took),
        median=median(took),
        nine_of_ten=nine_of_ten(took),
        kept=sum(kept for _, kept in decided),
        broken=sum(not kept for _, kept in decided),
        terms=tuple(sorted({str(each.term) for each, _ in decided})),
    )


def _decided(deadline: Deadline, period: Period, cut: datetime) -> Iterator[bool]:
    """Whether it was kept, once, if it was decided in the period. Closing a case without an answer neither keeps nor breaks."""
    if deadline.is_broken(cut):
        if period.holds(deadline.due_at):
            yield False
    elif _is_answered(deadline.owed) and period.holds(deadline.owed.ended_at):
        yield True


def _is_answered(owed: Owed) -> bool:
    return owed.ended_at is not None and (owed.promise is Promise.RESOLUTION or owed.how != CLOSED)


def _took(owed: Owed) -> timedelta:
    """What ran on our clock: without holds and, for a solution, without the time in which the partner was waited for."""
    return sum(((end or start) - start for start, end in owed.stretches()), timedelta())


def _used(deadline: Deadline) -> float:
    ended_at = deadline.owed.ended_at
    assert ended_at is not None  # noqa: S101 (only those that were answered are asked)
    return deadline.used(ended_at) / deadline.term.span if deadline.term.span else 0.0


def _class_of(value: timedelta | float, bounds: Sequence[timedelta] | Sequence[float]) -> int:
    return sum(value > bound for bound in bounds)  # type: ignore[operator]  # both are spans, or both are shares


def _classes(found: Iterable[tuple[int, int]], last: int) -> tuple[BySeverity, ...]:
    by_class: list[list[int]] = [[] for _ in range(last + 1)]
    for number, severity in found:
        by_class[number].append(severity)
    return tuple(by_severity(severities) for severities in by_class)
