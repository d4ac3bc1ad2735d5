"""Status: the public status page. Incidents begin and end on it; now and then it does not answer, or answers with something else.

Also what follows from it: whoever is called or told while an incident is public hears of it, and nobody hears of one that is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sim.chance import poisson_gap, stream
from sim.faults import Faults
from sim.pace import Pace, drawn
from sim.time import Agenda, SimClock
from sim.trace import Trace, Violation
from triage.adapters.statuspage import Fetched
from triage.core.incidents.reading import NoSummary, read_summary

PAGE_URL = "https://status.wise.example"
NAMES = ("Payouts fail", "Webhook signatures fail", "Sandbox login unavailable")
SILENCES = ("not reached: connection refused", "no complete answer within 2 s", "the status page answered 503", "")
"""What the program hears of a page that is down, slow or broken; "" for a page of another kind under its address."""
LOOKED = timedelta(minutes=7)
"""Within so many calm minutes the program has looked again."""
SPOKEN = timedelta(minutes=100)
"""So long a mail that was written before may be on its way."""
AGAIN_S = 240.0
INCIDENTS_A_DAY, SILENCES_A_DAY = 0.6, 0.4
_LINK = re.compile(r"https://stspg\.example/(\d+)")


@dataclass(slots=True)
class Public:
    """One incident."""

    serial: int
    name: str
    began_at: datetime
    ended_at: datetime | None = None

    @property
    def link(self) -> str:
        return f"https://stspg.example/{self.serial}"


class StatusWorld:
    def __init__(
        self, seed: int, clock: SimClock, agenda: Agenda, trace: Trace, faults: Faults, wake: Callable[[], None], pace: Pace
    ) -> None:
        """`wake`: the program takes a turn, as it does twice a second."""
        self._random = stream(seed, "status page")
        self._often = drawn(pace.incidents, self._random)
        self._clock, self._agenda, self._trace, self._faults, self._wake = clock, agenda, trace, faults, wake
        self.incidents: list[Public] = []
        self._silence: str | None = None
        self._silent_until = clock.at

    def begin(self) -> None:
        for per_day, act in ((INCIDENTS_A_DAY, self._break_out), (SILENCES_A_DAY, self._fall_silent)):
            self._agenda.again_and_again(partial(poisson_gap, self._random, per_day * self._often), act)

    async def fetch(self, now: datetime) -> Fetched:
        """As `StatusPage.fetch`."""
        if self._silence is not None and self._clock.at < self._silent_until:
            if self._silence:
                return Fetched(None, self._silence)
            return _read({}, now)
        going_on = [one for one in self.incidents if one.ended_at is None]
        listed = [
            {
                "id": str(one.serial),
                "name": one.name,
                "status": "identified",
                "impact": "major",
                "started_at": one.began_at.isoformat(),
                "shortlink": one.link,
                "incident_updates": [],
            }
            for one in going_on
        ]
        return _read({"page": {"url": PAGE_URL}, "components": [], "incidents": listed}, now)

    # --- what may be said ------------------------------------------------------------------------------------------------

    def check_page(self, payload: dict[str, object]) -> None:
        """A page about a case. Raises Violation."""
        text = str(payload)
        self._check_over(text, LOOKED + timedelta(minutes=30))
        calm = self._faults.calm_since()
        if payload.get("action") != "trigger" or calm is None or self._clock.at < self._silent_until:
            return
        since = max(calm, self._silent_until)
        for one in self.incidents:
            if one.ended_at is None and self._clock.at > max(since, one.began_at) + LOOKED and one.link not in text:
                raise Violation(f"page {payload.get('page')} says nothing of {one.link}, which is public since {one.began_at}")

    def check_mail(self, text: str) -> None:
        """Raises Violation."""
        self._check_over(text, SPOKEN)

    def _check_over(self, text: str, patience: timedelta) -> None:
        calm = self._faults.calm_since()
        if calm is None:
            return
        since = max(calm, self._silent_until)
        for found in _LINK.finditer(text):
            over_at = next((one.ended_at for one in self.incidents if one.serial == int(found[1])), None)
            if over_at is not None and self._clock.at > max(since, over_at) + patience:
                raise Violation(f"somebody was told of {found[0]}, which is over since {over_at}")

    # --- what happens to it ----------------------------------------------------------------------------------------------

    def _break_out(self) -> None:
        """One at a time."""
        if any(one.ended_at is None for one in self.incidents):
            return
        incident = Public(len(self.incidents) + 1, self._random.choice(NAMES), self._clock.at)
        self.incidents.append(incident)
        self._trace.count("incident on the status page", incident.name)
        self._agenda.after(self._random.uniform(600, 6 * 3_600), lambda: self._end(incident))
        self._look_soon(incident)

    def _look_soon(self, incident: Public) -> None:
        """The program asks every five minutes; turns in which it would learn nothing new are left out."""
        self._wake()
        self._agenda.after(1.0, self._wake)
        if incident.ended_at is None or self._clock.at < incident.ended_at + LOOKED:
            self._agenda.after(AGAIN_S, lambda: self._look_soon(incident))

    def _end(self, incident: Public) -> None:
        incident.ended_at = self._clock.at
        self._trace.line(f"over: {incident.name}")

    def _fall_silent(self) -> None:
        self._silence = self._random.choice(SILENCES)
        self._silent_until = self._clock.at + timedelta(seconds=self._random.uniform(60, 4 * 3_600))
        self._trace.count("status page silent or broken", self._silence)


def _read(summary: dict[str, object], now: datetime) -> Fetched:
    try:
        return Fetched(read_summary(summary, PAGE_URL, now))
    except NoSummary as refused:
        return Fetched(None, str(refused))
