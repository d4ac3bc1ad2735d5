"""Planted mistakes: for every property one way to break the program that the search must find, or the property could not fail.

Each is put into the program's own tables and functions for as long as one search takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.model import closing, emergency, pages
from tests.model.search import Wrong
from triage.core.cases import silence, transitions
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.core.cases.transitions import Do
from triage.core.oncall import chain, moves
from triage.core.oncall import transitions as page_transitions
from triage.core.oncall.page import Page, PageEvent, PageEventKind, PageReason, PageState, PageStep
from triage.core.oncall.transitions import PageTransition

FEW = tuple(
    one for one in pages.HAPPENINGS if one[1].kind in {PageEventKind.ACKNOWLEDGED, PageEventKind.LEVEL_DEAD, PageEventKind.RESOLVED}
)
Swap = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Planted:
    mistake: str
    breaks: Callable[..., Iterator[Wrong]]
    plant: Callable[[Swap], None]


def found(planted: Planted) -> list[Wrong]:
    """What the property says while the mistake is in the program."""
    with pytest.MonkeyPatch.context() as swap:
        planted.plant(swap)
        if planted.breaks in pages.PROPERTIES:
            return list(planted.breaks(pages.world(FEW)))
        if planted.breaks in closing.PROPERTIES:
            return list(planted.breaks(closing.world(closing.QUICK)))
        return list(planted.breaks(emergency.world()))


# --- pages -------------------------------------------------------------------------------------------------------------


def _page_row(swap: Swap, state: PageState, kind: PageEventKind, change: Callable[[Page], Page]) -> None:
    def move(page: Page, _event: PageEvent, _oncall: object, _now: object) -> PageStep:
        return PageStep(change(page), (), PageReason.NOT_DUE)

    swap.setitem(page_transitions.PAGE_TRANSITIONS, (state, kind), PageTransition(move, frozenset(PageState)))  # type: ignore[arg-type]


def _timer_without_effect(swap: Swap) -> None:
    _page_row(swap, PageState.BROADCAST, PageEventKind.TICK, lambda page: page)


def _escalation_finished(swap: Swap) -> None:
    def finish(page: Page) -> Page:
        over = replace(page, acked_until=page.next_at)
        return replace(over, state=PageState.ACKED, level_ends_at=None, broadcast_due_at=None)

    _page_row(swap, PageState.BROADCAST, PageEventKind.LEVEL_DEAD, finish)


def _acknowledge_that_never_ends(swap: Swap) -> None:
    def prolong(page: Page) -> Page:
        assert page.acked_until is not None
        return replace(page, acked_until=page.acked_until + timedelta(minutes=10))

    _page_row(swap, PageState.ACKED, PageEventKind.TICK, prolong)


def _no_broadcast(swap: Swap) -> None:
    def silent(page: Page, _oncall: object, _now: object) -> chain.Move:
        return page, ()

    swap.setattr(chain, "broadcast", silent)
    swap.setattr(moves, "broadcast", silent)


def _deaf_to_acknowledges(swap: Swap) -> None:
    _page_row(swap, PageState.BROADCAST, PageEventKind.ACKNOWLEDGED, lambda page: page)


# --- cases -------------------------------------------------------------------------------------------------------------


def _case_row(swap: Swap, status: Status, kind: EventKind, **changes: object) -> None:
    row = transitions.TRANSITIONS[status, kind]
    swap.setitem(transitions.TRANSITIONS, (status, kind), replace(row, **changes))  # type: ignore[arg-type]


def _closes_without_a_look(swap: Swap) -> None:
    swap.setattr(silence, "to_be_decided_through", lambda silent_until, _reading, _now: silent_until)


def _window_without_an_end(swap: Swap) -> None:
    _case_row(swap, Status.OPEN, EventKind.TEAM_REPLIED, do=(Do.NOTE_TEAM,))


def _window_that_never_closes(swap: Swap) -> None:
    _case_row(swap, Status.PENDING, EventKind.WINDOW_ENDED, to=None, do=(Do.OPEN_WINDOW,))


def _answer_that_is_not_heard(swap: Swap) -> None:
    _case_row(swap, Status.PENDING, EventKind.PARTNER_WROTE, to=None, do=(Do.NOTE_PARTNER,))


def _reopened_without_a_page(swap: Swap) -> None:
    _case_row(swap, Status.CLOSED, EventKind.PARTNER_WROTE, do=(Do.NOTE_PARTNER, Do.UNCLOSE))


def _raise_without_a_page(swap: Swap) -> None:
    _case_row(swap, Status.PENDING, EventKind.SEVERITY_RAISED, do=())
    _case_row(swap, Status.OPEN, EventKind.SEVERITY_RAISED, do=())


def _page_that_outlives_its_case(swap: Swap) -> None:
    _case_row(swap, Status.PENDING, EventKind.WINDOW_ENDED, do=(Do.CLOSE,))


PLANTED = (
    Planted("the broadcast's timer does nothing", pages.no_dead_state, _timer_without_effect),
    Planted("“escalation finished” when nothing of a level was accepted", pages.only_people_end_it, _escalation_finished),
    Planted("an acknowledge without work is prolonged in silence", pages.left_alone_it_pages_for_ever, _acknowledge_that_never_ends),
    Planted("the levels start over without a broadcast", pages.the_levels_end_in_broadcast, _no_broadcast),
    Planted("no acknowledge is taken during a broadcast", pages.people_can_always_take_and_end_it, _deaf_to_acknowledges),
    Planted("a window's end closes without a look at the folders", closing.no_close_over_an_unread_answer, _closes_without_a_look),
    Planted("a team reply opens no window", closing.whoever_waits_has_a_timer, _window_without_an_end),
    Planted("a window's end opens another one", closing.silence_ends_in_closing, _window_that_never_closes),
    Planted("an answer within the window changes nothing", closing.an_answer_always_counts, _answer_that_is_not_heard),
    Planted("a Severity 1 case is re-opened without a page", emergency.severity_1_has_somebody, _reopened_without_a_page),
    Planted("a rule's Severity 1 is not carried out", emergency.an_urgent_mail_always_pages, _raise_without_a_page),
    Planted("the clock closes a case and leaves its page", emergency.no_page_without_its_case, _page_that_outlives_its_case),
)
