"""Merging: a case lives on as another one. Done by the team, when a partner has written about one thing in two threads.

Moves messages and people, lets the events of core/cases/merge.py happen to both cases, and hands an open page over. The old number, and
every id that led to it, leads to the case that is left, for ever. Never sends a notice. Called by the command line.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases import merge
from triage.core.cases.case import Case
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.failures import PermanentFailure
from triage.core.oncall.page import PageEvent, PageEventKind, PageState
from triage.store import cases, ledger, pages
from triage.store.cases import StoredCase
from triage.store.pages import StoredPage
from triage.workers import casework, paging
from triage.workers.desk import Desk


def merge_cases(desk: Desk, number: int, into: int, actor: str, now: datetime, *, force: bool = False, why: str = "") -> Case:
    """Inside a write transaction: case `number` lives on as `into`, or as the case that this one lives on as. Returns that case.

    `force` merges across partners, too: then everybody of either case takes part in the one that is left.
    Raises PermanentFailure, in words, when there is no such case or the two may not be merged.
    """
    because = f": {why}" if why else ""
    old, kept = _there_is(cases.get(desk.store, number), number), _there_is(cases.get_final(desk.store, into), into)
    if refusal := merge.merging_refused(old.case, kept.case, force=force):
        raise PermanentFailure(refusal)
    final = kept.case.number
    page = pages.open_of_case(desk.store, number)
    paged = pages.open_of_case(desk.store, final) is not None
    needed = merge.page_needed(old.case, kept.case, is_paged=page is not None, into_is_paged=paged)
    ledger.move_all(desk.store, number, final)
    cases.copy_people_and_subjects(desk.store, number, final)
    casework.apply(desk, old, Event(EventKind.MERGED, now, actor=actor, other=final), now, Cause(detail=f"into #{final}{because}"))
    policy = desk.case_policy.default_page if needed else ""
    for event in merge.take_in(kept.case, old.case, policy, actor, now):
        casework.apply_to(desk, final, event, now, Cause(detail=f"#{number} was merged into this case{because}"))
    if needed and page is not None:
        _hand_over(desk, page, final, now)
    left = _there_is(cases.get(desk.store, final), final)
    cases.set_promise_at(desk.store, final, left.version, now)  # what is owed may be due earlier, though no field has changed
    return left.case


def _there_is(stored: StoredCase | None, number: int) -> StoredCase:
    if stored is None:
        raise PermanentFailure(f"there is no case #{number}")
    return stored


def _hand_over(desk: Desk, page: StoredPage, number: int, now: datetime) -> None:
    """Somebody had acknowledged the page of the case that was merged: the page that follows it is theirs, and wakes nobody else."""
    opened = pages.open_of_case(desk.store, number)
    if opened is not None and page.page.state is PageState.ACKED and opened.page.state is not PageState.ACKED:
        taken = PageEvent(PageEventKind.ACKNOWLEDGED, by=page.page.acked_by or "")
        paging.advance(desk, opened, taken, now)
