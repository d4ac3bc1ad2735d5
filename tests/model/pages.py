"""The world of one page: two people, two levels, a second case that may join; every state, by `open_page` and `advance_page` themselves.

What happens, happens at once or in the minute in which the next timer fires, before or after it; the program may also have been down.
Left out: hand-offs of rotas and a clock that is set (tests/core/oncall has their stories); they only add times at which somebody is paged.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.model.search import Edge, Graph, Move, Wrong, explore, walk
from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageState, PageStep
from triage.core.oncall.people import ContactMethod, Medium, Person
from triage.core.oncall.policy import EscalationPolicy, Level, OnCall
from triage.core.oncall.transitions import advance_page, open_page

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
E = PageEventKind
WAITING = frozenset({PageState.PAGING, PageState.BROADCAST})


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def person(name: str, *contacts: str) -> Person:
    return Person(name, name.title(), tuple(ContactMethod(one, one, medium=Medium.PUSH, failure_domain=one) for one in contacts))


POLICY = EscalationPolicy(
    "emergency",
    (Level(minutes(0), ("ana",)), Level(minutes(5), ("ben",))),
    broadcast_at=minutes(10),
    broadcast_every=(minutes(10), minutes(20)),
    restart_every=minutes(20),
    ack_ttl=minutes(10),
    ack_longest=minutes(20),
    ack_grace=minutes(5),
    nudge_grace=minutes(5),
    work_ttl=minutes(20),
    repage_until_age=minutes(30),
    late_after=minutes(15),
    shortest_late_level=minutes(5),
)
"""Everything is a multiple of five minutes, so that few times are different ones."""
PEOPLE = {one.name: one for one in (person("ana", "push", "mail"), person("ben", "push"))}
ONCALL = OnCall(PEOPLE, {}, {"emergency": POLICY})
LONGEST_SILENCE = minutes(20)
"""The longest pause of POLICY between two steps of a page that nobody has."""

HAPPENINGS: Sequence[tuple[str, PageEvent]] = (
    ("ana acknowledges", PageEvent(E.ACKNOWLEDGED, by="ana")),
    ("ben acknowledges what he saw, for 20 minutes", PageEvent(E.ACKNOWLEDGED, by="ben", until=NOW + minutes(20), seen=1)),
    ("the acknowledge is given back", PageEvent(E.UNACKNOWLEDGED, by="ana")),
    ("the team replies", PageEvent(E.WORK_SEEN, by="ana", case_number=1)),
    ("another case joins", PageEvent(E.CASE_ATTACHED, case_number=2, newcomer=True)),
    ("the case asks again", PageEvent(E.OPENED)),
    ("ana's push fails for good", PageEvent(E.CONTACT_FAILED, person="ana", contact="push", permanent=True)),
    ("ana's push fails twice", PageEvent(E.CONTACT_FAILED, person="ana", contact="push")),
    ("ana's mail fails for good", PageEvent(E.CONTACT_FAILED, person="ana", contact="mail", permanent=True)),
    ("ben's push fails for good", PageEvent(E.CONTACT_FAILED, person="ben", contact="push", permanent=True)),
    ("nothing of the level is accepted", PageEvent(E.LEVEL_DEAD)),
    ("ana cannot", PageEvent(E.CANNOT, person="ana")),
    ("ben cannot", PageEvent(E.CANNOT, person="ben")),
    ("a person escalates", PageEvent(E.ESCALATE, by="ana")),
    ("the second case is over", PageEvent(E.RESOLVED, case_number=2)),
    ("the first case is over", PageEvent(E.RESOLVED, case_number=1)),
    ("the page is resolved", PageEvent(E.RESOLVED)),
)

QUICK = tuple(one for one in HAPPENINGS if one[1].kind not in (E.CONTACT_FAILED, E.OPENED, E.WORK_SEEN))
"""Enough for every run of the tests."""


@dataclass(frozen=True, slots=True)
class Moment:
    page: Page
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a step made people notice."""

    reached: frozenset[str]
    """Whom a page or a reminder went to."""
    after: timedelta
    """How much time passed with it."""


def start() -> Moment:
    return Moment(open_page(1, 1, POLICY, ONCALL, NOW).page, NOW)


def moves(moment: Moment, happenings: Sequence[tuple[str, PageEvent]]) -> Iterator[Move[Moment]]:
    page, now = moment.page, moment.now
    if page.next_at is not None:
        due = max(page.next_at, now)
        yield _move("the timer fires", page, PageEvent(E.TICK), now, due)
        yield _move("the timer fires late: the program was down", page, PageEvent(E.TICK), now, due + POLICY.late_after)
        if due > now:
            yield Move("time passes, the timer is about to fire", Moment(page, due), Told(frozenset(), due - now))
    for name, event in happenings:
        yield _move(name, page, event, now, now)


def _move(name: str, page: Page, event: PageEvent, before: datetime, now: datetime) -> Move[Moment]:
    if event.until is not None:
        event = PageEvent(event.kind, by=event.by, until=now + (event.until - NOW), seen=event.seen)
    step = advance_page(page, event, ONCALL, now)
    return Move(name, Moment(step.page, now), Told(_reached(step), now - before))


def _reached(step: PageStep) -> frozenset[str]:
    return frozenset(one.person for one in step.deliveries if one.action in (Action.TRIGGER, Action.UPDATE))


def shape(moment: Moment) -> Hashable:
    """What the transition functions can tell apart: counters and what lies further back than any length of the policy are all one."""
    page, now = moment.page, moment.now
    if page.state is PageState.RESOLVED:
        return page.state
    ahead = tuple(
        None if at is None else max(at - now, -POLICY.late_after) for at in (page.level_ends_at, page.broadcast_due_at, page.acked_until)
    )
    age, cycle_age = min(now - page.opened_at, POLICY.repage_until_age), min(now - page.cycle_started_at, POLICY.restart_every)
    return (
        page.state, page.level, ahead, age, cycle_age, min(page.broadcasts, len(POLICY.broadcast_every)), frozenset(page.paged),
        frozenset(page.cannot), frozenset(page.level_contacts), frozenset(page.dead_contacts), page.cases, frozenset(page.done),
        page.acked_by, page.acked_cases, page.reminded, page.nudged,
    )  # fmt: skip


def world(happenings: Sequence[tuple[str, PageEvent]] = HAPPENINGS) -> Graph[Moment]:
    return explore(start(), lambda moment: moves(moment, happenings), shape)


# --- the properties ----------------------------------------------------------------------------------------------------


def no_dead_state(graph: Graph[Moment]) -> Iterator[Wrong]:
    """A page that is not resolved has a timer, and the timer moves it on: it never fires for ever in the same minute."""
    for number, moment in enumerate(graph.states):
        if moment.page.state is PageState.RESOLVED:
            continue
        loop = _loop(list(walk(graph, number, _the_timer)))
        if _the_timer(graph.edges[number]) is None:
            yield graph.wrong("there is no timer", number)
        elif loop and not any(_told(edge).after for edge in loop):
            yield graph.wrong("the timer fires again and again and nothing changes", number)


def only_people_end_it(graph: Graph[Moment]) -> Iterator[Wrong]:
    """No timer and no failure takes a page from people's hands: only an acknowledge, work or the end of its cases does."""
    people = {name for name, event in HAPPENINGS if event.kind in (E.ACKNOWLEDGED, E.WORK_SEEN, E.RESOLVED)}
    for edge in graph.all_edges():
        before, after = graph.states[edge.source].page.state, graph.states[edge.target].page.state
        if before in WAITING and after not in WAITING and edge.name not in people:
            yield graph.wrong(f"the page is {after.value} without anybody", edge.source, edge.name)


def left_alone_it_pages_for_ever(graph: Graph[Moment]) -> Iterator[Wrong]:
    """From every state, when nobody does anything any more: everybody is reached again and again, and the pauses have a bound."""
    for number, moment in enumerate(graph.states):
        if moment.page.state is PageState.RESOLVED:
            continue
        steps = list(walk(graph, number, _the_timer))
        loop = _loop(steps)
        if not loop:
            yield graph.wrong("left alone it stops", number)
        elif not set(PEOPLE) <= frozenset().union(*(_told(edge).reached for edge in loop)):
            yield graph.wrong("left alone it does not reach everybody again and again", number, *(edge.name for edge in steps))
        elif max(_told(edge).after for edge in loop) > LONGEST_SILENCE:
            yield graph.wrong("left alone it is silent for too long", number, *(edge.name for edge in steps))


def the_levels_end_in_broadcast(graph: Graph[Moment]) -> Iterator[Wrong]:
    """A page that nobody has, left alone, comes to the broadcast and stays there."""
    for number, moment in enumerate(graph.states):
        if moment.page.state not in WAITING:
            continue
        loop = _loop(list(walk(graph, number, _the_timer)))
        if {graph.states[edge.target].page.state for edge in loop} != {PageState.BROADCAST}:
            yield graph.wrong("left alone it does not end in the broadcast", number)


def people_can_always_take_and_end_it(graph: Graph[Moment]) -> Iterator[Wrong]:
    """An acknowledge is taken in every state that wants one; the end of the cases ends the page in every state."""
    for number, moment in enumerate(graph.states):
        ends = {edge.name: graph.states[edge.target].page.state for edge in graph.edges[number]}
        if moment.page.state in WAITING and ends["ana acknowledges"] is not PageState.ACKED:
            yield graph.wrong("an acknowledge is not taken", number, "ana acknowledges")
        if ends["the page is resolved"] is not PageState.RESOLVED:
            yield graph.wrong("the page cannot be ended", number, "the page is resolved")


PROPERTIES = (
    no_dead_state,
    only_people_end_it,
    left_alone_it_pages_for_ever,
    the_levels_end_in_broadcast,
    people_can_always_take_and_end_it,
)


def _the_timer(edges: Sequence[Edge]) -> Edge | None:
    return next((edge for edge in edges if edge.name == "the timer fires"), None)


def _loop(steps: list[Edge]) -> list[Edge]:
    """The part of a way that repeats for ever: what follows the first visit of the state in which it ends."""
    sources = [edge.source for edge in steps]
    return steps[sources.index(steps[-1].target) :] if steps and steps[-1].target in sources else []


def _told(edge: Edge) -> Told:
    assert isinstance(edge.seen, Told)
    return edge.seen
