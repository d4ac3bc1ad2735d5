"""Report: every number of one period, from cases, pages and mails as they stood at its end. Pure; the same past gives the same report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.agreements import Promise
from triage.core.reports.answers import Timings, timings
from triage.core.reports.closings import Closings, closings
from triage.core.reports.emergencies import Emergencies, emergencies
from triage.core.reports.past import Past
from triage.core.reports.period import Period
from triage.core.reports.requests import Requests, requests
from triage.core.reports.volume import Volume, volume


@dataclass(frozen=True, slots=True)
class Report:
    """`cut` is the end of the period, or when the report was made while it was not over."""

    instance: str
    period: Period
    cut: datetime
    made_at: datetime
    volume: Volume
    first_responses: Timings
    next_responses: Timings
    resolutions: Timings
    closings: Closings
    emergencies: Emergencies
    requests: Requests

    @property
    def is_over(self) -> bool:
        return self.cut >= self.period.end

    @property
    def is_empty(self) -> bool:
        """Nothing has happened in the period."""
        volume = self.volume
        return not (volume.opened.total or volume.partner_messages or volume.team_replies or self.closings.total or self.emergencies.pages)


def make_report(instance: str, past: Past, period: Period, now: datetime) -> Report:
    cut = min(period.end, now)
    return Report(
        instance=instance,
        period=period,
        cut=cut,
        made_at=now,
        volume=volume(past.cases, period),
        first_responses=timings(past.cases, Promise.FIRST_RESPONSE, period, cut),
        next_responses=timings(past.cases, Promise.NEXT_RESPONSE, period, cut),
        resolutions=timings(past.cases, Promise.RESOLUTION, period, cut),
        closings=closings(past.cases, period),
        emergencies=emergencies(past.cases, past.pages, period),
        requests=requests(past.cases, period),
    )
