"""TeamHours: when the team is at work, for rules that look at `calendar.*`. By default Monday to Friday, 09:00 to 18:00, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TeamHours:
    """The same hours on each of `days` (0 is Monday), by the wall clock of `zone` (IANA). Half-open: at `closes` nobody is there."""

    zone: str = "UTC"
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time | None = time(18)
    """None: to the end of the day."""

    def local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self.zone))

    def is_open(self, now: datetime) -> bool:
        local = self.local(now)
        clock = local.time()
        return local.weekday() in self.days and self.opens <= clock and (self.closes is None or clock < self.closes)
