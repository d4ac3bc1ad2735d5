"""Snapshot: the public status page as it was at one instant. Values only; `reading` makes them.

Statuses and impacts stay the words of the page: a word that is not known yet is shown, never refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH_FOR = timedelta(minutes=15)
"""Older news is told as old, or not at all."""
TELLABLE_FOR = timedelta(hours=6)
"""Older news is not told to anybody."""

WORKING = "operational"
MAINTENANCE = "under_maintenance"
_IMPACTS = ("critical", "major", "minor", "none")


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the service, or a group of parts."""

    name: str
    status: str = WORKING
    description: str = ""
    id: str = ""
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """What the page said at an instant; `text` is plain and bounded."""

    status: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """An unresolved incident, or a maintenance. `components` are those it affects, with the state they are in now."""

    id: str
    name: str
    status: str
    impact: str = ""
    started_at: datetime | None = None
    link: str = ""
    components: tuple[Component, ...] = ()
    latest: Update | None = None
    is_maintenance: bool = False
    ends_at: datetime | None = None
    """Of a maintenance: when it is planned to be over."""

    @property
    def is_running(self) -> bool:
        """A maintenance that only is planned is no reason for anything yet."""
        return not self.is_maintenance or self.status != "scheduled"

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The worst first: incidents before maintenances, then by impact (one that is not known counts as major), then the latest."""
        known = self.impact in _IMPACTS
        start = self.started_at.timestamp() if self.started_at else 0.0
        return self.is_maintenance, _IMPACTS.index(self.impact) if known else 1, -start


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`checked_at`: when the page last answered. `indicator` is what the page says of itself; it may be "none" with an incident open."""

    url: str
    checked_at: datetime
    name: str = ""
    indicator: str = ""
    description: str = ""
    components: tuple[Component, ...] = ()
    incidents: tuple[Incident, ...] = ()
    maintenances: tuple[Incident, ...] = ()

    @property
    def running(self) -> tuple[Incident, ...]:
        """Incidents and maintenances that are going on, the worst first."""
        return tuple(sorted((one for one in (*self.incidents, *self.maintenances) if one.is_running), key=lambda one: one.rank))

    def age(self, now: datetime) -> timedelta:
        return max(now - self.checked_at, timedelta())

    def is_fresh(self, now: datetime) -> bool:
        return self.age(now) <= FRESH_FOR

    def is_tellable(self, now: datetime) -> bool:
        return self.age(now) <= TELLABLE_FOR
