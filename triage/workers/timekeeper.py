"""Timekeeper: what the clock has to do with cases and pages, one due thing at a time.

A stored deadline only says "look now": what is due is recomputed from the case, then written by compare-and-set. Never closes a case,
nor reminds a partner, before every watched folder has been swept after that instant and nothing that may be the answer is unread
(promise 4); nor, after a start, before the first such sweep and all that it brought: the store may be an old copy of last week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from triage.core.cases.case import Case, due_event
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.cases.silence import Reading, rests_on_silence, to_be_decided_through
from triage.core.failures import TemporaryFailure
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.store import cases, folders, ledger, pages
from triage.store.cases import CaseChanged, StoredCase
from triage.store.pages import PageChanged
from triage.workers import casework, paging
from triage.workers.desk import Desk

A_STEP = 50
_LOOKED_AT = 1_000
"""Due cases that one step looks at. Any number may wait for a sweep, or for an answer in quarantine, and hold up none that does not."""


class Timekeeper:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def step(self, now: datetime) -> bool:
        """Pages first: a person is to be reached. True when something was done."""
        return _each(
            [partial(self._page_step, stored.page.id, now) for stored in pages.due(self._desk.store, now, A_STEP)]
            + [partial(self.step_cases, now)]
        )

    def step_cases(self, now: datetime) -> bool:
        """Reminders, closings and ends of holds only: all the clock that a replay of history needs."""
        return _each([partial(self._case_step, number, now) for number in self._ready(now)])

    def _ready(self, now: datetime) -> list[int]:
        """The cases that are due and wait for nothing, read without a transaction: most that are due wait for the next sweep, and are
        looked at again and again until then."""
        due = cases.due(self._desk.store, now, _LOOKED_AT)
        reading = read_so_far(self._desk) if due else None
        found = []
        for stored in due:
            kind = due_event(stored.case, now)
            if kind is not None and not waits_for(self._desk, stored.case, kind, now, reading):
                found.append(stored.case.number)
        return found[:A_STEP]

    def _page_step(self, page_id: int, now: datetime) -> bool:
        try:
            with self._desk.store.write():
                stored = pages.get(self._desk.store, page_id)
                if stored is None or stored.page.next_at is None or stored.page.next_at > now:
                    return False
                paging.advance(self._desk, stored, PageEvent(PageEventKind.TICK), now)
        except PageChanged:
            return True
        return True

    def _case_step(self, number: int, now: datetime) -> bool:
        try:
            with self._desk.store.write():
                stored = cases.get(self._desk.store, number)
                kind = due_event(stored.case, now) if stored is not None else None
                if stored is None or kind is None:
                    return False
                if waits_for(self._desk, stored.case, kind, now):
                    return False
                self._apply(stored, kind, now)
        except CaseChanged:
            return True
        return True

    def _apply(self, stored: StoredCase, kind: EventKind, now: datetime) -> None:
        case = stored.case
        at = case.hold_until if kind is EventKind.HOLD_ENDED and case.hold_until is not None else now
        detail = ""
        if kind is EventKind.WINDOW_ENDED and case.reply_window_ends_at is not None:
            detail = f"the reply window ended at {case.reply_window_ends_at:%Y-%m-%d %H:%M} UTC"
        casework.apply(self._desk, stored, Event(kind, at, actor="clock"), now, Cause(detail=detail))


def _each(steps: Sequence[Callable[[], bool]]) -> bool:
    """Whether one of them did something. One that fails keeps no other waiting: its error is raised when all have had their turn."""
    worked, failed = False, None
    for step in steps:
        try:
            worked |= step()
        except TemporaryFailure:
            raise
        except Exception as error:  # noqa: BLE001 (raised below)
            failed = failed or error
    if failed is not None:
        raise failed
    return worked


def read_so_far(desk: Desk) -> Reading:
    return Reading(folders.synced_through(desk.store), folders.complete_since(desk.store))


def waits_for(desk: Desk, case: Case, kind: EventKind, now: datetime, reading: Reading | None = None) -> str:
    """Why the clock does not yet do what is due: "" or words for people (`triage cases` shows them). `reading`: as it is now, where the
    caller asks about many cases.

    Only what rests on the partner's silence waits: the partner may have answered, and the mail is not here yet.
    """
    silent_until = rests_on_silence(case, kind)
    if silent_until is None:
        return ""
    through = to_be_decided_through(silent_until, reading or read_so_far(desk), now)
    if through is None:
        return "sync"
    people = cases.participants(desk.store, case.number)
    book = desk.rules().partners
    domains = {address.rpartition("@")[2] for address in people if book.partner_of(address).key == case.partner != address}
    return ledger.unread_before(desk.store, through, people, domains)
