"""Stage: lets the cast act, lets time pass, tells what came of it, and compares that with what must come of it.

Time goes from one due instant to the next, as it does for a daemon that runs: a reminder happens at its own time, not at the end of a leap.
Called by `story`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

from triage.core.cases.case import Case
from triage.core.cases.events import Event, EventKind
from triage.core.cases.notice_dictionary import ENGLISH
from triage.core.mail.message import Missing
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.core.outcomes import Outcome
from triage.demo.cast import SHARED, Person
from triage.demo.clock import PushedClock
from triage.demo.letters import Letter, answer, submit
from triage.demo.news import Arrival, Change, Happening, News, Notice
from triage.demo.telling import Teller
from triage.demo.turns import Deviation
from triage.demo.wording import asked_for
from triage.demo.world import World
from triage.store import cases, outbox, pages
from triage.store.database import open_store
from triage.workers import casework, paging

MOMENT = timedelta(seconds=1)
PROMPT = timedelta(minutes=1)
"""Something due is done within that."""
MANY = 200
"""Due instants between two acts: more means that something stays due for ever."""


class Stage:
    def __init__(self, world: World, clock: PushedClock, teller: Teller, start: datetime) -> None:
        self.world = world
        self.news = News(world)
        self.start = start
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._teller = teller
        self._signs: list[tuple[datetime, str]] = []

    @property
    def now(self) -> datetime:
        return self._clock.now()

    # --- time ------------------------------------------------------------------------------------------------------------

    def until(self, day: int, hour: int, minute: int) -> None:
        """Time passes until then; `day` 0 is the first one. What becomes due on the way happens on the way."""
        goal = self.start.replace(hour=hour, minute=minute) + timedelta(days=day)
        for _ in range(MANY):
            due = self._next_due()
            if due is None or due + MOMENT >= goal:
                break
            self._clock.push(max(due + MOMENT - self.now, MOMENT))
            self.settle()
        else:
            raise Deviation(f"something stays due and is never done, at {self.now:%a %H:%M}")
        self._clock.push(goal - self.now)
        self.settle()

    def settle(self) -> None:
        """Everything that can happen now happens, and is told."""
        try:
            self.world.daemon.settle()
        except TimeoutError as error:
            raise Deviation(str(error)) from error
        happenings = self.news.collect()
        # Cases move on in many small entries; what must come of an act is said in mails, pages and the states of cases.
        self._signs += [(self.now, one.sign) for one in happenings if not isinstance(one, Change)]
        self.counts.update(type(one).__name__ for one in happenings)
        self._teller.happened(self.now, happenings)
        _check_receipts(happenings)

    def _next_due(self) -> datetime | None:
        with open_store(self.world.config.instance.state_dir) as store:
            found = (cases.next_due_at(store), pages.next_due_at(store), outbox.next_due_at(store))
        return min((at for at in found if at is not None), default=None)

    # --- what people do --------------------------------------------------------------------------------------------------

    def mails(self, person: Person, letter: Letter) -> EmailMessage:
        """The mail as it was sent, to be answered later."""
        sent = submit(self.world.office, person.address, letter, self.now)
        self.settle()
        return sent

    def replies(self, person: Person, to: EmailMessage, text: str, *, also_to: Person | None = None) -> EmailMessage:
        """A team member answers in an ordinary mail client that is logged in to the shared mailbox."""
        letter = answer((person.name, SHARED), to, text, cc=also_to.address if also_to else "")
        sent = submit(self.world.office, SHARED, letter, self.now)
        self.settle()
        return sent

    def acknowledges(self, person: Person, number: int) -> None:
        desk = self.world.daemon.desk

        def acknowledge(now: datetime) -> None:
            stored = pages.open_of_case(desk.store, number)
            if stored is not None:
                paging.advance(desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=person.key), now)

        self._does(person, f"triage ack {number}", acknowledge)

    def sets_severity(self, person: Person, number: int, severity: int) -> None:
        def set_severity(now: datetime) -> None:
            event = Event(EventKind.SEVERITY_SET, now, actor=person.key, severity=severity)
            casework.apply_to(self.world.daemon.desk, number, event, now)

        self._does(person, f"triage case {number} severity {severity}", set_severity)

    def _does(self, person: Person, command: str, deed: Callable[[datetime], None]) -> None:
        """What the command line does for a team member, without a process of its own."""
        self._teller.command(self.now, person, command)
        self.world.team_does(deed)
        self.settle()

    # --- what must come of it --------------------------------------------------------------------------------------------

    def then(self, expected: list[str], states: Mapping[int, str], *, at: datetime | None = None) -> None:
        """Exactly this happened since the last time (at that time, if one is given), and cases are in these states ("open 3").

        Raises Deviation."""
        signs, self._signs = self._signs, []
        happened = Counter(sign for _, sign in signs)
        missing, unexpected = Counter(expected) - happened, happened - Counter(expected)
        if missing or unexpected:
            raise Deviation(f"missing: {_listed(missing)}; not expected: {_listed(unexpected)}")
        for when, sign in signs:
            if at is not None and not at <= when <= at + PROMPT:
                raise Deviation(f"{sign} happened at {when:%a %H:%M:%S}, not at {at:%a %H:%M:%S}")
        found = {case.number: f"{case.status.value} {case.severity}" for case in self.news.cases()}
        if found != dict(states):
            raise Deviation(f"the cases are {found}, not {dict(states)}")

    def check_promises(self) -> None:
        """What must be true whatever happened: one outcome for every message, and a journal that adds up to the cases."""
        imap = self.world.office.imap
        held = sum(len(imap.messages(folder, user=SHARED)) for folder in ("INBOX", "Sent"))
        if self.news.messages != held or self.news.undecided():
            raise Deviation(f"{held} messages are in the mailbox, {self.news.messages} have an outcome")
        if not self.news.replays():
            raise Deviation("the journal does not add up to the cases")
        if any(not one.signed for one in self.world.phones.pages()):
            raise Deviation("a page reached a phone without its signature")

    def case(self, number: int) -> Case:
        return next(case for case in self.news.cases() if case.number == number)


def _check_receipts(happenings: Sequence[Happening]) -> None:
    """A receipt asks for what the mail lacks, and for nothing else."""
    for mail in happenings:
        if not isinstance(mail, Arrival) or mail.row.outcome is not Outcome.CASE:
            continue
        lacks = [ENGLISH.missing[Missing(item)] for item in mail.row.missing]
        for one in happenings:
            if isinstance(one, Notice) and one.number == mail.row.case_number and asked_for(one.text) != lacks:
                raise Deviation(f"{one.sign} asks for {asked_for(one.text)}; the mail lacks {lacks}")


def _listed(signs: Counter[str]) -> str:
    return ", ".join(f"“{sign}”" for sign in sorted(signs.elements())) or "nothing"
