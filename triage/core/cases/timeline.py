"""Timeline: what the team owed on a case, since when, until when, and when the clock stood still. A fold over the journals of the case
and of those that live on as it: whoever waited in one of them has waited since then.

A response is owed from the oldest partner message that nobody has answered; only a team reply answers, notices and automatic mail never do.
What a reply or a closing ended is owed again when that is taken back (the reply was not delivered, was a mistake, was split off).
Knows no agreement and no calendar: `promises` counts. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from triage.core.cases.agreements import Promise
from triage.core.cases.calendars import Stretch
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.core.cases.journal import JournalEntry

_OWED = frozenset({Status.NEW, Status.OPEN})
_MESSAGES = frozenset({EventKind.PARTNER_WROTE, EventKind.PARTNER_THANKED, EventKind.SPLIT_FROM})
_REPLIES = frozenset({EventKind.TEAM_REPLIED, EventKind.TEAM_REPLY_OVERTAKEN})
WAITS, HELD, CLOSED = "it waits for the partner", "on hold", "closed"
"""Why a clock stands still."""
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Pause:
    """`end` is None while it lasts."""

    start: datetime
    end: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Owed:
    """`number` counts the responses of a case from 1; the resolution has 0. `severity` and `agreement` are those in force at its end."""

    promise: Promise
    number: int
    since: datetime
    severity: int
    agreement: str
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None
    how: str = ""

    @property
    def is_running(self) -> bool:
        """Neither kept nor given up, and the clock does not stand still."""
        return self.ended_at is None and not any(pause.end is None for pause in self.pauses)

    def stretches(self) -> list[Stretch]:
        """In which the clock runs: the whole time, less the pauses."""
        found: list[Stretch] = []
        start = self.since
        for pause in self.pauses:
            if pause.start > start:
                found.append((start, pause.start))
            if pause.end is None:
                return found
            start = max(start, pause.end)
        if self.ended_at is None or self.ended_at > start:
            found.append((start, self.ended_at))
        return found


def timeline(entries: Iterable[JournalEntry], number: int) -> tuple[Owed, ...]:
    """Everything that was or is owed on this case, the resolution last. Empty without entries.

    `entries` are its own and those of the cases that live on as it, in the order in which they were recorded.
    """
    folds: defaultdict[int, _Fold] = defaultdict(_Fold)
    for entry in entries:
        fold = folds[entry.case_number]
        if EventKind(entry.event) is EventKind.MERGED:
            folds[int(entry.changes["merged_into"])].inherit(fold)
        fold.take(entry)
    return folds[number].owed()


@dataclass(slots=True)
class _Response:
    promise: Promise
    number: int
    since: datetime
    pauses: _Pauses
    severity: int = 3
    agreement: str = ""
    ended_at: datetime | None = None
    how: str = ""


@dataclass(slots=True)
class _Pauses:
    """A clock that is paused and let go; what is told late, about an earlier time, moves no earlier boundary."""

    done: list[Pause] = field(default_factory=list)
    since: datetime | None = None
    why: str = ""

    def note(self, at: datetime, why: str) -> None:
        if why == self.why:
            return
        if self.since is not None:
            at = max(at, self.since)
            self.done.append(Pause(self.since, at, self.why))
        elif self.done and self.done[-1].end is not None:
            at = max(at, self.done[-1].end)
        self.since, self.why = (at, why) if why else (None, "")

    def copy(self) -> _Pauses:
        return _Pauses(list(self.done), self.since, self.why)

    def between(self, start: datetime, end: datetime | None) -> tuple[Pause, ...]:
        running = [] if self.since is None else [Pause(self.since, None, self.why)]
        overlapping = [one for one in (*self.done, *running) if (one.end is None or one.end > start) and (end is None or one.start < end)]
        return tuple(_cut(one, start, end) for one in overlapping)


def _cut(pause: Pause, start: datetime, end: datetime | None) -> Pause:
    last = pause.end if end is None else end if pause.end is None else min(pause.end, end)
    return Pause(max(pause.start, start), last, pause.why)


class _Fold:
    def __init__(self) -> None:
        self._opened_at: datetime | None = None
        self._status = Status.NEW
        self._closed_at: datetime | None = None
        self._severity, self._agreement = 3, ""
        self._held_since: datetime | None = None
        self._unanswered: list[tuple[datetime, int | None]] = []
        self._current: _Response | None = None
        self._ended: list[_Response] = []
        self._undo: list[tuple[datetime, int | None]] = []
        """What the last reply or closing answered, as long as it decides the status."""
        self._replied = False
        self._numbered = 0
        """A number is given once: what was told of a response whose message was split off is not told of the next one."""
        self._inherited: tuple[list[tuple[datetime, int | None]], _Pauses] = ([], _Pauses())
        self._merged_at: datetime | None = None
        self._response_pauses, self._resolution_pauses = _Pauses(), _Pauses()

    def take(self, entry: JournalEntry) -> None:
        kind, before = EventKind(entry.event), self._status
        first = self._opened_at is None
        self._read_changes(entry)
        owes = self._status in _OWED
        if kind is EventKind.MERGED_IN:
            self._merged_at = entry.recorded_at
        if kind in _REPLIES:
            self._replied = True
            if entry.ledger_id is not None or entry.recorded_at != self._merged_at:  # a reply in the merged case answers nothing here
                self._answer(entry.at, ANSWERED, all_of_them=kind is EventKind.TEAM_REPLIED)
        elif self._status is Status.CLOSED and before is not Status.CLOSED:
            self._answer(entry.at, CLOSED, all_of_them=True)
        elif owes and (kind in _MESSAGES or first):
            self._hear(entry.at, entry.ledger_id)
        elif owes and before not in _OWED:
            self._take_back()
        elif owes and kind is EventKind.MERGED_IN:
            self._hear_inherited()
        elif kind is EventKind.SPLIT_OFF:
            self._forget(entry.ledger_id)
        if self._status is not before and kind not in _REPLIES and self._status is not Status.CLOSED:
            self._undo = []
        if kind is EventKind.BACK_TO_NEW:
            self._replied = False
        self._note_pauses(entry.at)

    def inherit(self, other: _Fold) -> None:
        """Another case is about to live on as this one."""
        self._inherited = (list(other._unanswered), other._response_pauses.copy())

    def owed(self) -> tuple[Owed, ...]:
        if self._opened_at is None:
            return ()
        responses = [*self._ended, *([self._current] if self._current else [])]
        found = [self._as_owed(one) for one in sorted(responses, key=lambda one: one.number)]
        pauses = self._resolution_pauses.between(self._opened_at, self._closed_at)
        how = CLOSED if self._closed_at else ""
        resolution = Owed(Promise.RESOLUTION, 0, self._opened_at, self._severity, self._agreement, pauses, self._closed_at, how)
        return (*found, resolution)

    def _as_owed(self, one: _Response) -> Owed:
        severity, agreement = (self._severity, self._agreement) if one.ended_at is None else (one.severity, one.agreement)
        pauses = one.pauses.between(one.since, one.ended_at)
        return Owed(one.promise, one.number, one.since, severity, agreement, pauses, one.ended_at, one.how)

    def _read_changes(self, entry: JournalEntry) -> None:
        changes = entry.changes
        self._opened_at = self._opened_at or _time(changes.get("opened_at")) or entry.at
        self._status = Status(changes.get("status", self._status))
        if "closed_at" in changes:
            self._closed_at = _time(changes["closed_at"])
        self._severity = int(changes.get("severity", self._severity))
        self._agreement = str(changes.get("agreement", self._agreement))
        if "hold_until" in changes:
            self._held_since = entry.at if changes["hold_until"] is not None else None

    def _hear(self, at: datetime, ledger_id: int | None) -> None:
        self._unanswered.append((at, ledger_id))
        if self._current is None:
            promise = Promise.NEXT_RESPONSE if self._replied else Promise.FIRST_RESPONSE
            self._numbered += 1
            self._current = _Response(promise, self._numbered, at, self._response_pauses)
        self._current.since = min(one for one, _ in self._unanswered)

    def _hear_inherited(self) -> None:
        """What is owed to whoever has waited longest goes on as it was counted there."""
        messages, pauses = self._inherited
        self._inherited = ([], _Pauses())
        oldest = min((at for at, _ in messages), default=None)
        if oldest is None:
            return
        if self._current is None or oldest < self._current.since:
            self._response_pauses = pauses
            if self._current is not None:
                self._current.pauses = pauses
        for at, ledger_id in messages:
            self._hear(at, ledger_id)

    def _answer(self, at: datetime, how: str, *, all_of_them: bool) -> None:
        answered = [one for one in self._unanswered if all_of_them or one[0] < at]
        rest = [one for one in self._unanswered if one not in answered]
        if self._current is None or not answered:
            self._undo = [] if how == CLOSED else self._undo
            return
        current = self._current
        current.ended_at, current.how = at, how
        current.severity, current.agreement = self._severity, self._agreement
        self._ended.append(current)
        self._current, self._unanswered, self._undo = None, [], answered
        for wrote_at, ledger_id in rest:
            self._hear(wrote_at, ledger_id)

    def _take_back(self) -> None:
        """The case waits for the team again, and the partner has not written: what was answered is not, after all."""
        if self._inherited[0]:
            self._hear_inherited()
        elif self._undo and self._ended:
            self._current = self._ended.pop()
            self._current.ended_at, self._current.how = None, ""
            self._unanswered = list(self._undo)

    def _forget(self, ledger_id: int | None) -> None:
        self._unanswered = [one for one in self._unanswered if one[1] != ledger_id or ledger_id is None]
        if not self._unanswered:
            self._current = None
        elif self._current is not None:
            self._current.since = min(one for one, _ in self._unanswered)

    def _note_pauses(self, at: datetime) -> None:
        waits = {Status.PENDING: WAITS, Status.CLOSED: CLOSED}.get(self._status, "")
        held_since = self._held_since
        self._resolution_pauses.note(at, waits or (HELD if held_since is not None else ""))
        # Whoever set the hold had not read what came later: that is owed an answer, hold or not.
        pauses_response = held_since is not None and not any(wrote_at >= held_since for wrote_at, _ in self._unanswered)
        self._response_pauses.note(at, waits or (HELD if pauses_response else ""))


def _time(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
