"""Duties: what the clock has to tell the team about the rota: a gap a day and an hour ahead, and what is handed over at a hand-off.

Looks once a minute and is idempotent by name and local time, so that a restart, a clock that was set or a DST change repeats nothing. A
hand-off during a downtime is told afterwards. Called by the engine, on its thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from triage.core.oncall.checks import gap_text
from triage.core.oncall.people import Person
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import Rota, Shift, gaps, shifts
from triage.store import cases, outbox, pages, service
from triage.store.cases import StoredCase
from triage.workers.desk import Desk
from triage.workers.once_a_minute import OnceAMinute
from triage.workers.warning import warn_team

STAGES = (timedelta(hours=1), timedelta(hours=24))
"""A gap is told when it is so near; the nearest stage that holds."""
GAP_LOOK = timedelta(days=8)
"""How far a gap is looked at, to tell when it ends."""
GAPS_EVERY = timedelta(hours=1)
KEPT_EVERY = timedelta(minutes=10)
LONGEST_DOWNTIME = timedelta(days=1)
"""A hand-off longer ago is no news."""
_LOOKED_AT = "duties looked at"


class Duties:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minute = OnceAMinute()
        self._looked_at: datetime | None = None
        self._gaps: tuple[OnCall, datetime, Mapping[str, tuple[Shift, ...]]] | None = None

    def step(self, now: datetime) -> bool:
        """True when a mail was written."""
        if not self._minute.is_due(now):
            return False
        oncall = self._desk.rules().oncall
        with self._desk.store.write():
            since = self._since(now)
            before = outbox.highest_id(self._desk.store)
            for name, rota in oncall.rotas.items():
                self._warn_of_gaps(name, rota, self._gaps_ahead(oncall, now)[name], now)
                self._tell_hand_off(name, rota, oncall, since, now)
            self._keep(now)
            return outbox.highest_id(self._desk.store) != before

    def _since(self, now: datetime) -> datetime:
        """Up to when hand-offs were looked at; the first start looks at none of the past."""
        known = self._looked_at or self._kept()
        return max(min(known, now), now - LONGEST_DOWNTIME) if known is not None else now

    def _kept(self) -> datetime | None:
        text = service.get(self._desk.store, _LOOKED_AT)
        return datetime.fromisoformat(text) if text else None

    def _keep(self, now: datetime) -> None:
        """In the store only now and then: what is looked at twice is told once."""
        self._looked_at = now
        kept = self._kept()
        if kept is None or not timedelta() <= now - kept < KEPT_EVERY:
            service.put(self._desk.store, _LOOKED_AT, now.isoformat())

    def _gaps_ahead(self, oncall: OnCall, now: datetime) -> Mapping[str, tuple[Shift, ...]]:
        """By rota; worked out once an hour, and for every new set of rules."""
        known = self._gaps
        if known is None or known[0] is not oncall or not known[1] <= now < known[1] + GAPS_EVERY:
            found = {name: gaps(rota, now, now + GAP_LOOK) for name, rota in oncall.rotas.items()}
            self._gaps = known = (oncall, now, found)
        return known[2]

    def _warn_of_gaps(self, name: str, rota: Rota, ahead: Sequence[Shift], now: datetime) -> None:
        for gap in ahead:
            stage = next((stage for stage in STAGES if timedelta() < gap.start - now <= stage), None)
            if stage is None:  # far away; or running, which the self-audit tells
                continue
            hours = int(stage.total_seconds()) // 3600
            warn_team(
                self._desk,
                f"gap/{name}/{_local(rota, gap.start)}/{hours}h",
                f"in less than {hours} hour{'s' if hours > 1 else ''} nobody is on call in {name}",
                f"{name}: {gap_text(gap)} ({_local(rota, gap.start)} {rota.zone.key}).\n\n"
                "Fill it in rules/oncall.toml with an override, or see who could: triage oncall show",
                now,
            )

    def _tell_hand_off(self, name: str, rota: Rota, oncall: OnCall, since: datetime, now: datetime) -> None:
        if since >= now:
            return
        passed = shifts(rota, since, now + timedelta(microseconds=1))  # a hand-off at this very instant has taken place
        if len(passed) < 2:
            return
        urgent = cases.find(self._desk.store, severity=1, only_open=True)
        if not urgent:
            return
        old, new = passed[-2], passed[-1]
        subject = f"hand-off in {name}: {_who(oncall, old)} to {_who(oncall, new)}, {_count(len(urgent))}"
        lines = [f"{_who(oncall, new)} is on call since {_local(rota, new.start)} ({rota.zone.key}), after {_who(oncall, old)}.", ""]
        lines += ["Open at Severity 1:", "", *(self._line(stored, now) for stored in urgent)]
        warn_team(self._desk, f"hand-off/{name}/{_local(rota, new.start)}", subject, "\n".join(lines), now)

    def _line(self, stored: StoredCase, now: datetime) -> str:
        case = stored.case
        page = pages.open_of_case(self._desk.store, case.number)
        acked = f"acknowledged by {page.page.acked_by}" if page and page.page.acked_by else "nobody has it" if page else "no open page"
        hours = int((now - case.opened_at).total_seconds()) // 3600
        return f"#{case.number} {case.partner}: {case.subject} ({case.status.value}, {hours} h old, {acked})"


def _who(oncall: OnCall, shift: Shift) -> str:
    person: Person | None = oncall.people.get(shift.person or "")
    return person.display if person else shift.person or "nobody"


def _count(number: int) -> str:
    return f"{number} case{'s' if number != 1 else ''} at Severity 1"


def _local(rota: Rota, at: datetime) -> str:
    """With the day, on the rota's wall clock; the offset tells the two hours of an autumn night apart."""
    return f"{at.astimezone(rota.zone):%Y-%m-%d %H:%M %z}"
