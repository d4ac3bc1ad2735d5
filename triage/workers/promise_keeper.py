"""PromiseKeeper: looks at the promised times of cases when something may have to be told, and tells the team, once each.

A stored instant only says "look now": every change of a case sets it, and so does a new set of rules for all cases. What is told is
recomputed from the journal, written to it, and queued, in one transaction. Called by the engine, on its thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage import __version__
from triage.core.cases.agreements import Promise
from triage.core.cases.case import Case
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.cases.promises import BROKEN, Deadline, Telling, next_look, response_due, telling_due
from triage.store import cases, counters, service
from triage.store.cases import StoredCase
from triage.store.counters import Count
from triage.workers import casework, paging, promise_warnings
from triage.workers.desk import Desk
from triage.workers.promises import promises_of

A_STEP = 200
_LOOKED_AT_WITH = "promises looked at with"


@dataclass(frozen=True, slots=True)
class _Look:
    number: int
    version: int
    tellings: tuple[Telling, ...]
    again_at: datetime | None
    response: Deadline | None
    resolution: Deadline | None


class PromiseKeeper:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rules = ""
        """The set with which all cases were looked at, as the store has it; at the start not known."""

    def step(self, now: datetime) -> bool:
        """True when a case was looked at. What has come due since the last step is one message to the team."""
        self._notice_new_rules(now)
        due = cases.promises_due(self._desk.store, now, A_STEP)
        if not due:
            return False
        with self._desk.store.write():
            looks = [look for one in due if (look := self._look(one.case.number, now)) is not None]
            told = [(self._tell(look.number, telling, now), telling) for look in looks for telling in look.tellings]
            promise_warnings.warn(self._desk, told, now)
            for look in looks:
                self._look_again(look)
        return True

    def _notice_new_rules(self, now: datetime) -> None:
        rules = f"{__version__} {self._desk.rules().hash}"
        if rules == self._rules:
            return
        if service.get(self._desk.store, _LOOKED_AT_WITH) != rules:
            with self._desk.store.write():
                cases.look_at_all_promises(self._desk.store, now)
                service.put(self._desk.store, _LOOKED_AT_WITH, rules)
        self._rules = rules

    def _look(self, number: int, now: datetime) -> _Look | None:
        stored = cases.get(self._desk.store, number)
        if stored is None:
            return None
        found = promises_of(self._desk, stored.case)
        warnings = self._desk.rules().agreements.warnings
        due = (telling_due(each, warnings, stored.case.promises_told, now) for each in found)
        resolution = next((each for each in found if each.promise is Promise.RESOLUTION and each.owed.is_running), None)
        tellings = tuple(one for one in due if one is not None)
        return _Look(number, stored.version, tellings, next_look(found, warnings, now), response_due(found), resolution)

    def _tell(self, number: int, telling: Telling, now: datetime) -> Case:
        """On the case's journal, so that it is told once; a missed response at Severity 1 pages again."""
        event = Event(EventKind.PROMISE_TOLD, now, actor="clock", value=telling.key)
        cause = Cause(detail=promise_warnings.in_words(telling))
        step = casework.apply(self._desk, self._read(number), event, now, cause)
        owed = telling.deadline.owed
        counters.add(self._desk.store, Count.PROMISES_TOLD, f"{owed.promise.value}/{telling.percent}")
        if telling.percent == BROKEN and owed.severity == 1 and owed.promise is not Promise.RESOLUTION:
            paging.page_again(self._desk, step.case, f"the {owed.promise.value} is late", now, telling.deadline.due_at)
        return step.case

    def _look_again(self, look: _Look) -> None:
        version = self._read(look.number).version if look.tellings else look.version  # what was told is kept on the case
        response, resolution = (each.due_at if each is not None else None for each in (look.response, look.resolution))
        cases.note_promises(self._desk.store, look.number, version, look.again_at, response, resolution)

    def _read(self, number: int) -> StoredCase:
        return cases.get_existing(self._desk.store, number)
