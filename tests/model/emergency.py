"""The world of one case and its page: rules, partner, team and clock do what they may; every state, by the program's own functions.

A page that is open keeps paging by itself (tests/model/pages.py shows it), so here only whether there is one counts. Merging, splitting and
storms are left out: they have stories of their own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from tests.model import pages
from tests.model.search import Graph, Move, Wrong, explore
from triage.core.cases.case import Case, Status, due_event, reply_event
from triage.core.cases.events import CasePolicy, Effect, EffectKind, Event, EventKind
from triage.core.cases.transitions import Step, advance, begin
from triage.core.oncall.page import Page, PageEvent, PageEventKind, PageState
from triage.core.oncall.transitions import advance_page, open_page

NOW = pages.NOW
HOUR = timedelta(hours=1)
POLICY = CasePolicy(reply_window=2 * HOUR, remind_after=HOUR, second_close_notice_after=HOUR, reopen_notices=1)
E = EventKind

URGENT = {"severity": 1, "page": "emergency"}
HAPPENINGS: Sequence[tuple[str, Event]] = (
    ("the partner writes", Event(E.PARTNER_WROTE, NOW)),
    ("the partner says thanks", Event(E.PARTNER_THANKED, NOW)),
    ("the partner says that it is resolved", Event(E.CLOSED_BY_PARTNER, NOW)),
    ("a machine writes", Event(E.AUTOMATIC_MAIL, NOW)),
    ("a mail of the team comes back", Event(E.DELIVERY_FAILED, NOW)),
    ("the team replies", Event(E.TEAM_REPLIED, NOW, actor="ana")),
    ("the team comments", Event(E.TEAM_COMMENTED, NOW, actor="ana")),
    ("the team closes the case", Event(E.CLOSED_BY_TEAM, NOW)),
    ("the team opens the case again", Event(E.OPENED_BY_TEAM, NOW)),
    ("the team sets Severity 1", Event(E.SEVERITY_SET, NOW, severity=1)),
    ("the team sets Severity 3", Event(E.SEVERITY_SET, NOW, severity=3)),
    ("the team holds the case", Event(E.HELD, NOW, until=NOW + HOUR)),
    ("a promise is told", Event(E.PROMISE_TOLD, NOW, value="first response: late")),
)
URGENT_MAIL = "the partner writes that it is urgent"
OPENINGS: Mapping[str, int] = MappingProxyType({"an urgent mail opens a case": 1, "a mail opens a case": 3})
NOBODY, OPEN, ACKNOWLEDGED = "nobody", "open", "acknowledged"


@dataclass(frozen=True, slots=True)
class Desk:
    """`let_go`: the team itself has taken the case up again after it was closed, and the partner has not written since: whoever did that
    has it, so that nobody has to be reached."""

    case: Case | None
    page: Page | None
    now: datetime
    let_go: bool = False

    @property
    def paged(self) -> str:
        if self.page is None or self.page.state is PageState.RESOLVED:
            return NOBODY
        return ACKNOWLEDGED if self.page.state is PageState.ACKED else OPEN


def start() -> Desk:
    return Desk(None, None, NOW)


def moves(desk: Desk) -> Iterator[Move[Desk]]:
    if desk.case is None:
        for name, severity in OPENINGS.items():
            yield Move(name, _opened(severity))
        return
    yield Move("an hour passes", replace(desk, now=desk.now + HOUR))
    for name, event in HAPPENINGS:
        yield _move(name, desk, event)
    raised = Event(E.SEVERITY_RAISED, desk.now, severity=1, page="emergency")
    wrote = _after(desk, Event(E.PARTNER_WROTE, desk.now))
    yield Move(URGENT_MAIL, replace(_after(wrote, raised), let_go=False))
    due = due_event(desk.case, desk.now)
    if due is not None:
        yield _move(f"the clock: {due.value}", desk, Event(due, desk.now))
    if desk.page is not None and desk.paged != NOBODY:
        acked = advance_page(desk.page, PageEvent(PageEventKind.ACKNOWLEDGED, by="ana"), pages.ONCALL, desk.now)
        yield Move("ana acknowledges", replace(desk, page=acked.page))


def _opened(severity: int) -> Desk:
    """As an urgent mail does it: the case begins, then the rule raises it, which pages also when it began there."""
    seed = Case(1, Status.NEW, severity, "acme.example", "ops@acme.example", "payouts", opened_at=NOW)
    desk = _with(Desk(seed, None, NOW), begin(seed, Event(E.PARTNER_WROTE, NOW), POLICY, NOW))
    raised = Event(E.SEVERITY_RAISED, NOW, severity=1, page="emergency")
    return _after(desk, raised) if severity == 1 else desk


def _move(name: str, desk: Desk, event: Event) -> Move[Desk]:
    assert desk.case is not None
    event = replace(event, at=desk.now, until=desk.now + HOUR if event.until else None)
    if event.kind is E.TEAM_REPLIED:
        event = replace(event, kind=reply_event(desk.case, desk.now))
    after = _after(desk, event)
    assert after.case is not None
    if _needs_somebody(event.kind, desk.case.status):
        after = replace(after, let_go=False)
    elif desk.case.status is Status.CLOSED and event.kind in (E.OPENED_BY_TEAM, E.TEAM_REPLIED):
        after = replace(after, let_go=True)
    return Move(name, after)


def _needs_somebody(kind: EventKind, status: Status) -> bool:
    """The partner writes; mere thanks only where they are an answer to the team."""
    return kind is E.PARTNER_WROTE or (kind is E.PARTNER_THANKED and status is Status.PENDING)


def _after(desk: Desk, event: Event) -> Desk:
    assert desk.case is not None
    return _with(desk, advance(desk.case, event, POLICY, desk.now))


def _with(desk: Desk, step: Step) -> Desk:
    desk = replace(desk, case=step.case)
    for effect in step.effects:
        desk = replace(desk, page=_effect(desk, effect))
    return desk


def _effect(desk: Desk, effect: Effect) -> Page | None:
    """As workers/paging does it for a case on a page of its own."""
    page, now = desk.page, desk.now
    if effect.kind is EffectKind.PAGE and desk.paged == NOBODY:
        return open_page(1, 1, pages.POLICY, pages.ONCALL, now).page
    kinds = {
        EffectKind.PAGE: PageEventKind.OPENED,
        EffectKind.ACKNOWLEDGE_PAGE: PageEventKind.WORK_SEEN,
        EffectKind.END_PAGE: PageEventKind.RESOLVED,
    }
    if page is None or effect.kind not in kinds:
        return page
    return advance_page(page, PageEvent(kinds[effect.kind], by="ana", case_number=1), pages.ONCALL, now).page


def shape(desk: Desk) -> Hashable:
    case, now = desk.case, desk.now
    if case is None:
        return None

    def ago(at: datetime | None) -> timedelta | None:
        return None if at is None else max(at - now, -3 * HOUR)

    return (
        case.status, case.severity, case.assessed, min(case.closings, 1), min(case.reopenings, 2), ago(case.partner_wrote_at),
        ago(case.team_replied_at), ago(case.reply_window_ends_at), ago(case.remind_at), ago(case.hold_until), ago(case.closed_at),
        ago(case.closed_notice_at), desk.paged, desk.let_go,
    )  # fmt: skip


def world() -> Graph[Desk]:
    return explore(start(), moves, shape)


# --- the properties ----------------------------------------------------------------------------------------------------


def severity_1_has_somebody(graph: Graph[Desk]) -> Iterator[Wrong]:
    """Whenever the team owes a Severity 1 case something, its page is open, or somebody has acknowledged it."""
    for number, desk in enumerate(graph.states):
        case = desk.case
        if case is None or case.severity != 1 or case.status not in (Status.NEW, Status.OPEN) or desk.let_go:
            continue
        if desk.paged == NOBODY:
            yield graph.wrong("a Severity 1 case waits for the team and nobody is paged", number)


def an_urgent_mail_always_pages(graph: Graph[Desk]) -> Iterator[Wrong]:
    """Whatever the case has been through, a mail that is urgent anew leaves it with a page."""
    for edge in graph.all_edges():
        if edge.name in (URGENT_MAIL, "an urgent mail opens a case") and graph.states[edge.target].paged == NOBODY:
            yield graph.wrong("an urgent mail pages nobody", edge.source, edge.name)


def no_page_without_its_case(graph: Graph[Desk]) -> Iterator[Wrong]:
    """A page ends with its case: nobody is woken for a case that is closed or not severe."""
    for number, desk in enumerate(graph.states):
        if desk.paged != NOBODY and desk.case is not None and (desk.case.status is Status.CLOSED or desk.case.severity != 1):
            yield graph.wrong("a page goes on without a reason", number)


PROPERTIES = (severity_1_has_somebody, an_urgent_mail_always_pages, no_page_without_its_case)
