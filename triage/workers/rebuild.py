"""Rebuild: a new store from the mailbox alone, and from the journal export where there is one, by judging all mail once more.

Every mail of the intake and the Sent folder goes through the workers' own code in the order of the server's time, under a clock that
follows it; case numbers come from our own notices in Sent. Nothing is sent: what would go out is withdrawn, and no page stays open. The
clock closes cases up to the last sign of life of the lost instance (its last mail); later deadlines are the daemon's. Called by `triage
rebuild`, and by whatever has a Mailbox and an empty store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage.core.cases.by_hand import HandEntry, event_of
from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind, NoticeKind
from triage.core.cases.journal import Cause
from triage.core.cases.labels import CLOSED_LABEL, severity_shown
from triage.core.deliveries import Channel, DeliveryState, Settlement
from triage.core.failures import PermanentFailure
from triage.core.mail.addresses import read_addresses
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.core.rebuilding import Circle, Trace, next_free, numbers_in_threads, numbers_told
from triage.core.seams import Mailbox, Parser, Position
from triage.core.settings import StartFrom
from triage.store import cases, folders, outbox, pages
from triage.store.folders import Role
from triage.store.ledger import SeenHeader
from triage.workers import casework, merging, paging
from triage.workers.desk import Desk
from triage.workers.intake import Intake
from triage.workers.judging import Judgement
from triage.workers.past_clock import PastClock
from triage.workers.past_mail import Letter, fetched, read_letters
from triage.workers.sync import Arrivals, FirstLook, Settled, Swept

NOT_SENT = "not sent: the store was rebuilt"
ACTOR = "rebuild"
BATCH = 50

Progress = Callable[[int, int], None]
"""Messages that are done, and all of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`watched`: the folders by role. `also`: further folders to which mail was moved. `since`: what came before is history; None: what
    came before the first mail that a notice of ours answers. `until`: what came later is left to the daemon; None: nothing is."""

    watched: Mapping[str, Role]
    also: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    by_hand: tuple[HandEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it. `told`: cases whose number a notice tells. `look_at`: what people have to look at, the worst first."""

    messages: int
    history: int
    left: int
    cases: int
    told: int
    quarantined: int
    withdrawn: int
    last_sign_of_life: datetime | None
    unanswered: int
    """Messages that were judged here and came after the last sign of life: perhaps nobody has answered them, or was paged."""
    done_again: int
    not_done_again: tuple[HandEntry, ...]
    look_at: tuple[Case, ...]


@dataclass(slots=True)
class _Tally:
    given: list[int] = field(default_factory=list)
    told: int = 0
    done_again: int = 0
    not_done_again: list[HandEntry] = field(default_factory=list)
    quarantined: int = 0


def no_progress(_done: int, _total: int) -> None:
    return None


def no_pause() -> None:
    return None


def rebuild(
    desk: Desk,
    mailbox: Mailbox,
    parser: Parser,
    plan: Plan,
    now: datetime,
    *,
    progress: Progress = no_progress,
    pause: Callable[[], None] = no_pause,
) -> Rebuilt:
    """The desk's store is an empty one. `pause` waits a moment for the parser. Raises what the mailbox raises, and PermanentFailure when
    nobody can tell from when on the mailbox was looked after."""
    return _Rebuild(desk, mailbox, parser, plan, now, pause).run(progress)


class _Rebuild:
    def __init__(self, desk: Desk, mailbox: Mailbox, parser: Parser, plan: Plan, now: datetime, pause: Callable[[], None]) -> None:
        self._desk = replace(desk, numbers=self._number)
        self._config = desk.config
        self._store = desk.store
        self._mailbox = mailbox
        self._plan = plan
        self._now = now
        self._pause = pause
        self._intake = Intake(self._desk, parser, self._judged)
        self._clock = PastClock(self._desk, tuple(plan.watched))
        self._reading: tuple[str, ...] = ()
        """Message-IDs of the mail that is being judged, and of what it answers: a colleague's reply may have been seen first."""
        self._told: dict[str, int] = {}
        self._of_threads: dict[str, set[int]] = {}
        self._reserved: frozenset[int] = frozenset()
        self._judgements: list[Judgement] = []
        self._flags: dict[int, frozenset[str]] = {}
        """By case: the flags of its latest mail in the intake folder."""
        self._tally = _Tally()

    def run(self, progress: Progress) -> Rebuilt:
        folders.watch(self._store, dict(self._plan.watched))
        validities, letters = read_letters(self._mailbox, self._roles(), self._config, self._desk.keys, self._now)
        self._told = numbers_told([one.trace for one in letters if one.trace is not None], self._circle(letters))
        self._of_threads = numbers_in_threads(self._told, {one.message_id: one.answers for one in letters if one.trace is None})
        self._reserved = frozenset(self._told.values())
        since, until = self._since(letters), self._plan.until or self._now
        history = [one for one in letters if one.at < since]
        live = [one for one in letters if since <= one.at <= until]
        left = [one for one in letters if one.at > until]
        last_sign = max((one.at for one in letters if one.trace is not None and one.at <= until), default=None)
        self._keep_history(history)
        waiting = sorted((one for one in self._plan.by_hand if one.at <= until), key=lambda one: one.at)
        for done, (letter, message) in enumerate(fetched(self._mailbox, live), 1):
            self._by_hand(waiting, letter.at)
            self._clock_until(letter.at, last_sign)
            self._take_in(letter, message)
            progress(done, len(live))
        self._by_hand(waiting, None)
        self._clock_until(until, last_sign)
        self._by_labels(until, last_sign)
        withdrawn = self._finish(validities, history, letters, left)
        kept = list(cases.each(self._store))
        return Rebuilt(
            messages=len(live),
            history=len(history),
            left=len(left),
            cases=len(kept),
            told=self._tally.told,
            quarantined=self._tally.quarantined,
            withdrawn=withdrawn,
            last_sign_of_life=last_sign,
            unanswered=sum(last_sign is None or one.at > last_sign for one in live),
            done_again=self._tally.done_again,
            not_done_again=tuple(self._tally.not_done_again),
            look_at=tuple(sorted((one for one in kept if _waits_for_us(one)), key=lambda one: (one.severity, one.opened_at))),
        )

    # --- what there is -------------------------------------------------------------------------------------------------

    def _roles(self) -> dict[str, Role]:
        intake = {name: role for name, role in self._plan.watched.items() if role is Role.INTAKE}
        return {**intake, **{name: Role.INTAKE for name in self._plan.also if name not in self._plan.watched}, **self._plan.watched}

    def _since(self, letters: Sequence[Letter]) -> datetime:
        """From when on the lost instance answered: everything earlier is history, as it was at its first start (promise 11)."""
        start_from = self._config.imap.start_from
        if self._plan.since is not None:
            return self._plan.since
        if isinstance(start_from, datetime):
            return start_from
        direct = {one.trace.answers[0] for one in letters if one.trace is not None and one.trace.case_number and one.trace.answers}
        answered = [one.at for one in letters if one.trace is None and one.message_id in direct]
        oldest = min((one.at for one in letters), default=self._now)
        if not answered and start_from is not StartFrom.ALL and letters:
            raise PermanentFailure(
                "no notice of this instance is in the Sent folder, so that nobody can tell from when on it looked after this mailbox",
                hint="say it: --since 2026-11-01",
            )
        return oldest if start_from is StartFrom.ALL else min(answered, default=self._now)

    def _circle(self, letters: Sequence[Letter]) -> Circle:
        by_id = {one.message_id: one.people for one in reversed(letters)}  # of two with one id the first counts
        partner_of = self._desk.rules().partners.partner_of

        def circle(message_id: str) -> frozenset[str] | None:
            people = by_id.get(message_id)
            if people is None:
                return None
            addresses = (one.address for one in read_addresses(people.encode("latin-1"))[0])
            return frozenset(partner_of(one).key for one in addresses if not self._desk.is_ours(one))

        return circle

    def _keep_history(self, history: Sequence[Letter]) -> None:
        by_folder: dict[str, list[SeenHeader]] = {}
        for one in history:
            by_folder.setdefault(one.folder, []).append(one.seen)
        for folder, seen in by_folder.items():
            self._intake.receive(Settled(folder, tuple(seen), history=True), self._now)

    # --- one after the other -------------------------------------------------------------------------------------------

    def _take_in(self, letter: Letter, arrived: Arrivals) -> None:
        self._reading = (letter.message_id, *letter.answers)
        self._judgements.clear()
        self._intake.receive(arrived, letter.at)
        while self._intake.backlog:
            if not self._intake.step(letter.at):
                self._pause()
        number = self._judgements[-1].case_number if self._judgements else None
        flags = frozenset(flag.lower() for one in arrived.messages for flag in getattr(one, "flags", ()))
        if number is not None and letter.folder == self._config.imap.intake:
            self._flags[number] = flags
        if letter.trace is not None and letter.trace.case_number is not None:
            self._own_word(letter, letter.trace, letter.trace.case_number)

    def _judged(self, _ledger_id: int, judgement: Judgement) -> None:
        self._judgements.append(judgement)
        self._tally.quarantined += judgement.outcome.value == "quarantined"

    def _number(self) -> int:
        """Inside a write transaction."""
        told = self._told.get(self._reading[0])
        if told is None or cases.get(self._store, told) is not None:
            told = self._next_number()
        self._tally.told += told in self._reserved
        self._tally.given.append(told)
        return told

    def _next_number(self) -> int:
        """The one after the last, unless a notice has told it of another thread: of the first mail of a case a colleague's reply may have
        been seen before."""
        told_here = frozenset[int]().union(*(self._of_threads.get(one, ()) for one in self._reading))
        others = self._reserved - told_here
        number = next_free(self._tally.given[-1] if self._tally.given else 0, self._config.cases.first_number, others)
        while cases.get(self._store, number) is not None:
            number = next_free(number, self._config.cases.first_number, others)
        return number

    def _own_word(self, letter: Letter, trace: Trace, number: int) -> None:
        """A notice of ours says what happened: it leads to its case, it was sent, and a closing that no clock explains was somebody's."""
        stored = cases.get_final(self._store, number)
        if stored is None:
            return
        with self._store.write():
            cases.add_thread(self._store, number, (trace.message_id,))
            if trace.notice == NoticeKind.CLOSED.value and stored.case.status is not Status.CLOSED:
                event = Event(EventKind.CLOSED_BY_TEAM, letter.at, actor=ACTOR)
                casework.apply(self._desk, stored, event, letter.at, Cause(detail="as the notice in the Sent folder says"))
            for row in outbox.of_case(self._store, number):
                outgoing = row.delivery.outgoing
                if row.settled_at is None and outgoing.channel is Channel.MAIL and outgoing.purpose == trace.notice:
                    settlement = Settlement(DeliveryState.DELIVERED, "seen in the Sent folder")
                    outbox.settle(self._store, row.delivery.id, settlement, letter.at)
                    break

    def _clock_until(self, at: datetime, last_sign: datetime | None) -> None:
        if last_sign is not None:
            self._clock.until(min(at, last_sign))

    def _by_hand(self, waiting: list[HandEntry], before: datetime | None) -> None:
        """What people did before that instant, each at its time. The server counts in seconds: within one, the mail came first."""
        while waiting and (before is None or waiting[0].at < before):
            entry = waiting.pop(0)
            self._clock.until(entry.at)
            if self._do_again(entry):
                self._tally.done_again += 1
            else:
                self._tally.not_done_again.append(entry)

    def _do_again(self, entry: HandEntry) -> bool:
        stored = cases.get(self._store, entry.case_number)
        if stored is None or stored.case.merged_into is not None:
            return stored is not None and entry.event is EventKind.MERGED
        with self._store.write():
            if entry.event is EventKind.MERGED and entry.merged_into is not None:
                return self._merge(entry.case_number, entry.merged_into, entry)
            event = event_of(entry, stored.case)
            if event is None:
                return False
            casework.apply(self._desk, stored, event, entry.at, Cause(detail=entry.detail))
        return True

    def _merge(self, number: int, into: int, entry: HandEntry) -> bool:
        try:
            merging.merge_cases(self._desk, number, into, entry.actor, entry.at, force=True, why=entry.detail)
        except PermanentFailure:
            return False
        return True

    # --- the end -------------------------------------------------------------------------------------------------------

    def _by_labels(self, at: datetime, last_sign: datetime | None) -> None:
        """The keywords that the lost instance had set last: a severity, or a closing, that no mail tells of. They say nothing about a
        case on which somebody wrote after its last sign of life."""
        for number, flags in self._flags.items():
            with self._store.write():
                stored = cases.get(self._store, number)
                if stored is None or stored.case.merged_into is not None or last_sign is None:
                    continue
                wrote_at = [one for one in (stored.case.partner_wrote_at, stored.case.team_replied_at) if one is not None]
                if max(wrote_at, default=last_sign) > last_sign:
                    continue
                shown = severity_shown(flags)
                if shown is not None and shown != stored.case.severity:
                    self._as_labelled(Event(EventKind.SEVERITY_SET, at, actor=ACTOR, severity=shown), number, at)
                if CLOSED_LABEL in flags and stored.case.status is not Status.CLOSED:
                    self._as_labelled(Event(EventKind.CLOSED_BY_TEAM, at, actor=ACTOR), number, at)

    def _as_labelled(self, event: Event, number: int, at: datetime) -> None:
        casework.apply_to(self._desk, number, event, at, Cause(detail="as the labels on the server say"))

    def _finish(self, validities: Mapping[str, int], history: Sequence[Letter], letters: Sequence[Letter], left: Sequence[Letter]) -> int:
        """No page stays open, nothing waits to be sent, and the daemon goes on behind what was read."""
        with self._store.write():
            for stored in pages.all_open(self._store):
                paging.advance(self._desk, stored, PageEvent(PageEventKind.RESOLVED, why="the store was rebuilt"), self._now)
        with self._store.write():
            withdrawn = outbox.withdraw_all(self._store, NOT_SENT, self._now)
        for folder in self._plan.watched:
            validity = validities[folder]
            first_left = min((one.uid for one in left if one.folder == folder), default=None)
            highest = max((one.uid for one in letters if one.folder == folder), default=0)
            read_to = highest if first_left is None else min(highest, first_left - 1)
            old = max((one.uid for one in history if one.folder == folder), default=0)
            self._intake.receive(FirstLook(folder, Position(validity, old)), self._now)
            self._intake.receive(Swept(folder, None, Position(validity, read_to), self._now), self._now)
        return withdrawn


def _waits_for_us(case: Case) -> bool:
    return case.severity == 1 and case.status is not Status.CLOSED
