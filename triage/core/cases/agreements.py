"""Agreements: what the team has promised a partner, and which agreement counts for a case.

Three promises for each severity: the first response, every next one, the resolution; each so much elapsed time, or so much working time of
a calendar. Decides nothing about a case's times (`promises` does) and reads no files. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from triage.core.cases.calendars import Calendar
from triage.core.cases.partners import Partner

DEFAULT = "default"
"""The agreement of everybody who has no other; a file of agreements must have it."""


class Promise(Enum):
    FIRST_RESPONSE = "first response"
    NEXT_RESPONSE = "next response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Term:
    """So much time; `calendar` is None where every minute counts."""

    span: timedelta
    calendar: Calendar | None = None

    def __str__(self) -> str:
        return hours_and_minutes(self.span) + (f" on {self.calendar.name}" if self.calendar else "")


@dataclass(frozen=True, slots=True)
class Agreement:
    """`partners` and `tiers` say whose it is when neither a rule nor partners.toml names one."""

    name: str
    terms: Mapping[tuple[Promise, int], Term] = field(default_factory=dict, hash=False)
    """By promise and severity; what is not there is not promised."""
    partners: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()

    def fits(self, partner: Partner) -> bool:
        return partner.key in self.partners or partner.tier in self.tiers


@dataclass(frozen=True, slots=True)
class Warnings:
    """When the team hears of a promise that is not kept yet: at these percentages of its time, and when it is broken."""

    percent: tuple[int, ...] = (75, 90)
    """Ascending, each from 1 to 99."""
    calendar: Calendar = field(default_factory=Calendar)
    """At Severity 2 and 3 nobody is told while it is closed."""
    webhook: str = field(default="", repr=False)
    """A chat's address, which is a secret; empty: the team's mail address."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """In the order of the file. Without any nothing is promised."""

    agreements: tuple[Agreement, ...] = ()
    warnings: Warnings = field(default_factory=Warnings)

    def named(self, name: str) -> Agreement | None:
        return next((each for each in self.agreements if each.name == name), None)

    def choose(self, chosen: str, partner: Partner) -> Agreement | None:
        """What a rule chose for the case, what partners.toml says, the first that fits the partner, the default; in this order.

        A name that a reload has taken away counts as not said.
        """
        fitting = next((each for each in self.agreements if each.fits(partner)), None)
        return self.named(chosen) or self.named(partner.agreement) or fitting or self.named(DEFAULT)


def hours_and_minutes(span: timedelta) -> str:
    """`4h`, `1h30m`, `45m`: never days, because a day of a calendar has as many hours as it likes. Seconds only where there are some."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds}s" if seconds else ""]
    return "".join(parts) or "0m"
