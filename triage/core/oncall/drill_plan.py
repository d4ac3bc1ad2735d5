"""DrillPlan: when the weekly drill is due, by the wall clock of a zone.

A wall time that occurs twice means the first one, one that does not occur the instant it would have been, as for hand-offs in `rota`. Never
reads the clock, never starts a drill: that is `workers/weekly_drill`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """`weekday`: Monday is 0."""

    weekday: int
    at: time
    zone: ZoneInfo
    lasts: timedelta = LASTS
    """How long people have to acknowledge."""

    def latest(self, now: datetime) -> tuple[date, datetime]:
        """The last time it was due, at or before `now`: its local date, which names it, and the instant in UTC."""
        today = now.astimezone(self.zone).date()
        day = today - timedelta(days=(today.weekday() - self.weekday) % 7)
        due = self._instant(day)
        if due > now:
            day -= timedelta(days=7)
            due = self._instant(day)
        return day, due

    def _instant(self, day: date) -> datetime:
        return datetime.combine(day, self.at, tzinfo=self.zone).astimezone(UTC)
