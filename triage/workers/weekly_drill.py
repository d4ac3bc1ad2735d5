"""WeeklyDrill: begins the drill of rules/oncall.toml's [drill] when its time has come, and mails the team what came of it.

Looks once a minute. A drill is held once for each local date, whatever restarts, clocks and DST do; never while a real page is open: then
it is tried again an hour later, and so is one that a real page has ended. Where it stands is one fact of the store, written in the
transaction that opens its pages. Called by the engine, on its thread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from triage.core.oncall.drill_plan import DrillPlan
from triage.store import outbox, pages, service
from triage.workers import drills, paging
from triage.workers.desk import Desk
from triage.workers.drills import Reached
from triage.workers.once_a_minute import OnceAMinute
from triage.workers.warning import warn_team

AGAIN_AFTER = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=12)
"""A drill in the middle of the night teaches people to switch their telephones off."""
KEPT_EVERY = timedelta(hours=1)
"""That it was looked at is no reason to write to the disk every minute."""
_FACT = "weekly drill"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the drill of a week stands; times in ISO 8601, empty when there is none."""

    looked_at: str = ""
    day: str = ""
    """Local date of the last one that was due; it is not due a second time."""
    due_at: str = ""
    try_at: str = ""
    """When it may begin; empty when it has begun or was given up."""
    pages: tuple[int, ...] = ()
    """Of the one that is going on."""


class WeeklyDrill:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minute = OnceAMinute()

    def step(self, now: datetime) -> bool:
        """True when a drill began or a mail was written."""
        if not self._minute.is_due(now):
            return False
        with self._desk.store.write():
            before = outbox.highest_id(self._desk.store)
            known = _read(service.get(self._desk.store, _FACT))
            standing = self._advance(known, now)
            if standing != known or _is_old(known.looked_at, now):
                service.put(self._desk.store, _FACT, json.dumps(asdict(replace(standing, looked_at=now.isoformat()))))
            return outbox.highest_id(self._desk.store) != before

    def _advance(self, standing: Standing, now: datetime) -> Standing:
        plan = self._desk.rules().oncall.drill
        if standing.pages:
            return self._watch(standing, now)
        if plan is None:
            return replace(standing, try_at="")
        standing = _came_due(standing, plan, now)
        if not standing.try_at or now < datetime.fromisoformat(standing.try_at):
            return standing
        if why := drills.refusal(self._desk):
            return self._postpone(standing, why, now)
        return self._begin(standing, plan, now)

    def _begin(self, standing: Standing, plan: DrillPlan, now: datetime) -> Standing:
        people = tuple(person for person in drills.on_call_now(self._desk.rules().oncall, now) if person.contacts)
        if not people:
            self._tell(f"{standing.day}/nobody", "no weekly drill: nobody is on call", "See who is: triage oncall show --days 14", now)
        return replace(standing, try_at="", pages=drills.start(self._desk, people, plan.lasts, now))

    def _postpone(self, standing: Standing, why: str, now: datetime) -> Standing:
        if now - datetime.fromisoformat(standing.due_at) >= GIVEN_UP_AFTER:
            text = f"It could not be held all day: {why}.\n\nHold one by hand when there is quiet: triage drill"
            self._tell(f"{standing.day}/given-up", "the weekly drill is left out", text, now)
            return replace(standing, try_at="")
        text = f"No drill now: {why}.\n\nIt is tried again every hour until it can be held."
        self._tell(f"{standing.day}/postponed", "the weekly drill is postponed", text, now)
        return replace(standing, try_at=(now + AGAIN_AFTER).isoformat())

    def _watch(self, standing: Standing, now: datetime) -> Standing:
        """Its pages end by themselves: acknowledged, when their time is over, or because of a real page."""
        if not drills.is_over(self._desk, standing.pages):
            return standing
        over = replace(standing, pages=())
        if any(self._why_over(number) == paging.ENDED_BY_REAL_PAGE for number in standing.pages):
            return self._postpone(over, "a real page came in the middle of it", now)
        rows = drills.matrix(self._desk, standing.pages)
        self._tell(standing.day, f"weekly drill: {_in_short(rows)}", _as_text(rows, standing.pages), now)
        return over

    def _why_over(self, number: int) -> str:
        stored = pages.get(self._desk.store, number)
        return stored.page.resolved_why if stored is not None else ""

    def _tell(self, key: str, subject: str, text: str, now: datetime) -> None:
        warn_team(self._desk, f"weekly-drill/{key}", subject, text, now)


def _is_old(looked_at: str, now: datetime) -> bool:
    return not looked_at or not timedelta() <= now - datetime.fromisoformat(looked_at) < KEPT_EVERY


def _came_due(standing: Standing, plan: DrillPlan, now: datetime) -> Standing:
    """What was due before the plan was first looked at is not made up for, nor what a downtime of hours has passed over."""
    since = min(datetime.fromisoformat(standing.looked_at), now) if standing.looked_at else now
    day, due = plan.latest(now)
    if since < due and now - due < GIVEN_UP_AFTER and (not standing.day or day > date.fromisoformat(standing.day)):
        return replace(standing, day=day.isoformat(), due_at=due.isoformat(), try_at=due.isoformat())
    return standing


def _read(text: str) -> Standing:
    """What another version has written besides is left out."""
    known = json.loads(text) if text else {}
    texts = {name: str(known.get(name, "")) for name in ("looked_at", "day", "due_at", "try_at")}
    return Standing(**texts, pages=tuple(known.get("pages", ())))


def _in_short(rows: Sequence[Reached]) -> str:
    silent = sorted({row.person for row in rows} - {row.person for row in rows if row.acknowledged_s is not None})
    refused = sorted({row.contact for row in rows if row.accepted_s is None})
    if silent:
        return f"{', '.join(silent)} did not acknowledge"
    return "everybody acknowledged" + (f", but not everything was accepted: {', '.join(refused)}" if refused else "")


def _as_text(rows: Sequence[Reached], numbers: Sequence[int]) -> str:
    lines = []
    for row in rows:
        accepted = "not accepted" if row.accepted_s is None else f"accepted after {row.accepted_s:g} s"
        acknowledged = "not acknowledged" if row.acknowledged_s is None else f"acknowledged after {row.acknowledged_s:g} s"
        lines.append(f"{row.person} by {row.contact}: {accepted}, {acknowledged}" + (f" ({row.result})" if row.result else ""))
    receipts = ", ".join(f"triage pages {number}" for number in numbers)
    return "\n".join((*lines, "", f"Second by second: {receipts}"))
