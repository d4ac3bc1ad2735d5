"""Merge and split: what follows for the cases concerned, as events of the one table.

Decides which events a case that takes another one in goes through, and what of a message's doing is undone when it leaves its case.
Never changes a case by itself: workers/merging.py applies the events. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import JournalEntry, fold
from triage.core.incidents.raising import FIELD

_OWED = frozenset({Status.NEW, Status.OPEN})
_OF_THE_CLOCK = frozenset({EventKind.REMINDER_DUE.value, EventKind.WINDOW_ENDED.value})
_STATUS_FIELDS = frozenset({"status", "reply_window_ends_at"})
_BACK_TO = {
    Status.NEW: EventKind.BACK_TO_NEW,
    Status.OPEN: EventKind.BACK_TO_OPEN,
    Status.PENDING: EventKind.BACK_TO_PENDING,
    Status.CLOSED: EventKind.BACK_TO_CLOSED,
}


def merging_refused(case: Case, into: Case, *, force: bool = False) -> str:
    """Why `case` may not live on as `into` (which is the case left after its own merges): "" or words for people."""
    if case.merged_into is not None:
        return f"#{case.number} was merged into #{case.merged_into} already"
    if case.number == into.number:
        return f"#{case.number} cannot be merged into itself, nor into a case that was merged into it"
    if case.partner != into.partner and not force:
        return f"#{case.number} is of {case.partner}, #{into.number} of {into.partner}: what one writes would reach the other"
    return ""


def page_needed(case: Case, into: Case, *, is_paged: bool, into_is_paged: bool) -> bool:
    """Whether taking `case` in must page: Severity 1 is new to `into`, or the page of `case` ends and `into` has none."""
    if into.status is Status.CLOSED and case.status is Status.CLOSED:
        return False
    return case.severity == 1 and (into.severity != 1 or (is_paged and not into_is_paged))


def take_in(into: Case, case: Case, page: str, actor: str, now: datetime) -> Iterator[Event]:
    """What `into` goes through when `case` lives on as it. `page` is the escalation policy to page with, if a page is needed.

    Whatever waits for the team in either case goes on waiting for it; a reply window never ends before the later one's end.
    """
    by = Event(EventKind.MERGED_IN, now, actor=actor, other=case.number)
    yield replace(
        by,
        severity=case.severity,
        page=page,
        value=f"#{case.number}, at Severity {case.severity}, was merged into this case",
        partner_wrote_at=case.partner_wrote_at,
        team_replied_at=case.team_replied_at,
    )
    if kind := _status_event(into, case):
        yield Event(kind, now if kind is EventKind.OPENED_BY_TEAM else case.team_replied_at or now, actor=actor)
    if case.tags:
        yield Event(EventKind.TAGGED, now, actor=actor, value=" ".join(case.tags))
    if FIELD in case.fields and FIELD not in into.fields:
        yield Event(EventKind.FIELDS_SET, now, actor=actor, fields={FIELD: case.fields[FIELD]})
    if case.no_auto_close and not into.no_auto_close:
        yield Event(EventKind.AUTO_CLOSE_SWITCHED, now, actor=actor, switch=True)
    if case.hold_until is not None and (into.hold_until is None or into.hold_until < case.hold_until):
        yield Event(EventKind.HELD, now, actor=actor, until=case.hold_until)


def _status_event(into: Case, case: Case) -> EventKind | None:
    if case.status in _OWED and into.status not in _OWED:
        return EventKind.OPENED_BY_TEAM
    if case.status is Status.PENDING and into.status not in _OWED:
        later = into.team_replied_at is None or (case.team_replied_at is not None and case.team_replied_at > into.team_replied_at)
        return EventKind.TEAM_REPLIED if later or into.status is Status.CLOSED else None
    if into.status is Status.NEW and case.team_replied_at is not None:
        return EventKind.TEAM_REPLY_OVERTAKEN
    return None


def undo(case: Case, entries: Sequence[JournalEntry], messages: Collection[int], actor: str, now: datetime) -> Event | None:
    """What takes back what these messages (ledger ids: one mail and its copies) did to the status of the case that they leave.

    None when they did nothing to it, or when something else has decided the status since. What the clock did because of them (it closed
    the case at the end of their reply window) is taken back with them.
    """
    at = next((index for index, entry in enumerate(entries) if entry.ledger_id in messages and _STATUS_FIELDS & entry.changes.keys()), None)
    before = fold(entries[:at]) if at else None
    if at is None or before is None:
        return None
    since = [entry for entry in entries[at + 1 :] if _STATUS_FIELDS & entry.changes.keys() and entry.ledger_id not in messages]
    if any(entry.event not in _OF_THE_CLOCK for entry in since):
        return None
    if case.status is Status.CLOSED and before.status in {Status.PENDING, Status.CLOSED}:
        return None
    until = before.closed_at if before.status is Status.CLOSED else before.reply_window_ends_at
    return Event(_BACK_TO[before.status], now, actor=actor, until=until)
