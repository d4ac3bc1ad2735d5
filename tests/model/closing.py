"""The world of one case and its mailbox: mails that arrive, are fetched and decided in any order with the clock; every state.

A reply window is an hour or two long here, and time passes by the hour. The daemon looks at the folders, decides
and lets the clock act whenever it likes, in between as well; it may be restarted, or be down. The case moves by `advance`, what is due by
`due_event`, and whether the clock may act by core/cases/silence: the functions that the program runs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from tests.model.search import Graph, Move, Wrong, explore
from triage.core.cases import silence
from triage.core.cases.case import Case, Status, due_event, next_deadline, reply_event
from triage.core.cases.events import CasePolicy, Event, EventKind
from triage.core.cases.silence import Reading
from triage.core.cases.transitions import advance, begin

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
E = EventKind


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is to search."""

    policy: CasePolicy
    most_mails: int
    """On the server and in the ledger, not decided yet, at a time."""

    @property
    def long_ago(self) -> timedelta:
        """Longer than anything that anybody counts with."""
        return self.policy.reply_window + HOUR


WINDOW = CasePolicy(reply_window=HOUR, remind_after=None, second_close_notice_after=HOUR, reopen_notices=1)
REMINDED = replace(WINDOW, reply_window=2 * HOUR, remind_after=HOUR)
QUICK = Scale(WINDOW, 1)
SCALES: Mapping[str, Scale] = {"two mails unread": Scale(WINDOW, 2), "with a reminder": Scale(REMINDED, 1)}


class Author(Enum):
    PARTNER = "the partner"
    TEAM = "the team"


@dataclass(frozen=True, slots=True)
class Letter:
    author: Author
    at: datetime


@dataclass(frozen=True, slots=True)
class Office:
    """`arrived`: on the server only. `fetched`: in the ledger, undecided. `looking_since`: a look at the folders is going on."""

    case: Case
    now: datetime
    reading: Reading
    arrived: tuple[Letter, ...] = ()
    fetched: tuple[Letter, ...] = ()
    looking_since: datetime | None = None

    @property
    def unread(self) -> tuple[Letter, ...]:
        return self.arrived + self.fetched


def start(scale: Scale) -> Office:
    seed = Case(1, Status.NEW, 3, "acme.example", "ops@acme.example", "payouts", opened_at=NOW)
    return Office(begin(seed, Event(E.PARTNER_WROTE, NOW), scale.policy, NOW).case, NOW, Reading(NOW, NOW))


def moves(office: Office, scale: Scale) -> Iterator[Move[Office]]:
    yield Move("an hour passes", replace(office, now=office.now + HOUR))
    if len(office.unread) < scale.most_mails:
        for author in Author:
            yield Move(f"{author.value} writes", replace(office, arrived=(*office.arrived, Letter(author, office.now))))
    yield from _reading(office, scale.policy)
    yield from _people(office, scale.policy)
    yield from _clock(office, scale.policy)
    yield Move("triage is started anew", replace(office, reading=replace(office.reading, complete_since=None), looking_since=None))


def _reading(office: Office, policy: CasePolicy) -> Iterator[Move[Office]]:
    """Mails that come while it looks may be brought by this look or the next: its end says only what was there when it began."""
    if office.looking_since is None:
        yield Move("a look at the folders begins", replace(office, looking_since=office.now))
    else:
        there = tuple(each for each in office.arrived if each.at <= office.looking_since)
        ended = Reading(office.looking_since, office.reading.complete_since or office.looking_since)
        left = tuple(each for each in office.arrived if each not in there)
        after = replace(office, arrived=left, fetched=office.fetched + there, reading=ended, looking_since=None)
        yield Move("the look is complete", after)
    for letter in dict.fromkeys(office.fetched):
        kind = E.PARTNER_WROTE if letter.author is Author.PARTNER else reply_event(office.case, letter.at)
        case = advance(office.case, Event(kind, letter.at), policy, office.now).case
        left = tuple(each for each in office.fetched if each != letter)
        yield Move(f"what {letter.author.value} wrote is decided", replace(office, case=case, fetched=left))


def _people(office: Office, policy: CasePolicy) -> Iterator[Move[Office]]:
    events = (
        ("the team holds the case for an hour", Event(E.HELD, office.now, until=office.now + HOUR)),
        ("the team opens the case again", Event(E.OPENED_BY_TEAM, office.now)),
        ("the team closes the case", Event(E.CLOSED_BY_TEAM, office.now)),
        ("a mail of the team comes back", Event(E.DELIVERY_FAILED, office.now)),
    )
    for name, event in events:
        yield Move(name, replace(office, case=advance(office.case, event, policy, office.now).case))


def _clock(office: Office, policy: CasePolicy) -> Iterator[Move[Office]]:
    """As the timekeeper does it: recompute what is due, ask whether silence counts, apply."""
    kind = due_event(office.case, office.now)
    if kind is None:
        return
    until = silence.rests_on_silence(office.case, kind)
    if until is not None:
        through = silence.to_be_decided_through(until, office.reading, office.now)
        if through is None or any(letter.at <= through for letter in office.fetched):
            return
    at = office.case.hold_until if kind is E.HOLD_ENDED and office.case.hold_until is not None else office.now
    case = advance(office.case, Event(kind, at, actor="clock"), policy, office.now).case
    yield Move(f"the clock: {kind.value}", replace(office, case=case), (kind, office.case.reply_window_ends_at))


def shape(office: Office, scale: Scale) -> Hashable:
    case, now = office.case, office.now

    def ago(at: datetime | None) -> timedelta | None:
        return None if at is None else max(at - now, -scale.long_ago)

    return (
        case.status, ago(case.partner_wrote_at), ago(case.team_replied_at), ago(case.reply_window_ends_at), ago(case.remind_at),
        ago(case.hold_until), ago(case.closed_at), ago(office.reading.synced_through), office.reading.complete_since is None,
        tuple((one.author, ago(one.at)) for one in office.arrived), tuple((one.author, ago(one.at)) for one in office.fetched),
        ago(office.looking_since), ago(office.reading.complete_since),
    )  # fmt: skip


def world(scale: Scale) -> Graph[Office]:
    return explore(start(scale), lambda office: moves(office, scale), lambda office: shape(office, scale))


# --- the properties ----------------------------------------------------------------------------------------------------


def no_close_over_an_unread_answer(graph: Graph[Office]) -> Iterator[Wrong]:
    """The clock never closes a case while anything the partner wrote before the window's end is not decided, wherever it is."""
    for edge in graph.all_edges():
        if not isinstance(edge.seen, tuple) or edge.seen[0] is not E.WINDOW_ENDED:
            continue
        if any(letter.author is Author.PARTNER and letter.at <= edge.seen[1] for letter in graph.states[edge.source].unread):
            yield graph.wrong("the case is closed over an unread answer", edge.source, edge.name)


def whoever_waits_has_a_timer(graph: Graph[Office]) -> Iterator[Wrong]:
    """A case that waits for the partner, or is on hold, has a deadline; so it is not forgotten."""
    for number, office in enumerate(graph.states):
        waits = office.case.status is Status.PENDING or office.case.hold_until is not None
        if waits and next_deadline(office.case) is None:
            yield graph.wrong(f"a {office.case.status.value} case waits without a deadline", number)


def silence_ends_in_closing(graph: Graph[Office]) -> Iterator[Wrong]:
    """When nobody writes any more, every case that waits for the partner is closed in the end: the daemon looks, decides, time passes."""
    wanted = ("the look is complete", "what the partner wrote is decided", "what the team wrote is decided", "the clock: ")
    for number, office in enumerate(graph.states):
        state = number
        for _ in range(40):
            if office.case.status is not Status.PENDING:
                break
            out = {edge.name: edge.target for edge in graph.edges[state]}
            begun = [name for name in out if name.startswith(wanted)]
            looks = "a look at the folders begins" in out and graph.states[state].reading.synced_through != graph.states[state].now
            name = begun[0] if begun else "a look at the folders begins" if looks else "an hour passes"
            state = out[name]
            office = graph.states[state]
        else:
            yield graph.wrong("a case that waits for the partner is never closed", number)


def an_answer_always_counts(graph: Graph[Office]) -> Iterator[Wrong]:
    """Once what the partner wrote is decided, the case is the team's again, whatever it was; or the team has answered since."""
    for edge in graph.all_edges():
        if edge.name == "what the partner wrote is decided" and graph.states[edge.target].case.status not in (Status.NEW, Status.OPEN):
            yield graph.wrong("an answer left the case as it was", edge.source, edge.name)


PROPERTIES = (no_close_over_an_unread_answer, whoever_waits_has_a_timer, silence_ends_in_closing, an_answer_always_counts)
