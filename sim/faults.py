"""Faults: what goes wrong, when, and for how long; every answer of the simulated outside is asked for here.

Troubles begin by chance and end by themselves. `calm_since` is the instant from which nothing has been wrong any more: what must happen
soon must happen soon after that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sim.chance import poisson_gap, stream
from sim.pace import Pace, drawn
from sim.process import Fuse
from sim.time import START, Agenda, SimClock
from sim.trace import Trace
from triage.core.failures import TemporaryFailure
from triage.core.seams import SendOutcome, SendResult


class Trouble(Enum):
    """A state of the world that lasts."""

    IMAP = "mail server cannot be reached"
    SMTP = "submission server refuses"
    PHONES = "providers cannot be reached"
    SILENT = "providers take pages and deliver none"
    FULL = "disk full"
    CLOCK = "wall clock is wrong"
    DOWN = "daemon is down"
    UNWATCHED = "the doorbell is dead"


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a trouble begins a day, and how many seconds it lasts at most."""

    per_day: float
    lasts_s: float


TROUBLES = {
    Trouble.IMAP: Rates(0.5, 7_200),
    Trouble.SMTP: Rates(0.5, 10_800),
    Trouble.PHONES: Rates(0.3, 3_600),
    Trouble.SILENT: Rates(0.2, 7_200),
    Trouble.FULL: Rates(0.15, 1_800),
    Trouble.CLOCK: Rates(0.1, 7_200),
    Trouble.UNWATCHED: Rates(0.3, 7_200),
}
LOST, ANSWER_LOST, SLOW, MAIL_CUT, MAIL_ANSWER_LOST, REFUSED_LATER, RECIPIENT_REFUSED = 0.003, 0.003, 0.05, 0.01, 0.01, 0.02, 0.003
"""Shares of commands, attempts and mails that fail by themselves."""
HALF_OPEN = LOST / 3
"""Of the commands that are lost, those where nobody says so."""
IMAP_PATIENCE = timedelta(seconds=30)
"""So long an answer is then waited for."""
STUMBLES = 0.002
"""The share of commits that fail by themselves."""
CUT_BEFORE = (
    ("in the greeting", SendOutcome.TEMPORARY),
    ("at MAIL", SendOutcome.TEMPORARY),
    ("at RCPT", SendOutcome.TEMPORARY),
    ("at DATA", SendOutcome.TEMPORARY),
    ("in the text", SendOutcome.UNKNOWN),
)
CUT_AFTER = (("after the dot", SendOutcome.UNKNOWN), ("at QUIT", SendOutcome.ACCEPTED))
"""Phases in which a connection is cut, before and after the server has taken the mail; and what a sender may conclude."""


class Faults:
    def __init__(
        self, seed: int, clock: SimClock, agenda: Agenda, trace: Trace, fuse: Fuse, on_jump: Callable[[], None], pace: Pace
    ) -> None:
        """`on_jump`: the program's wall clock was set."""
        self._random = stream(seed, "faults")
        self._often = {trouble: drawn(pace.troubles, self._random) for trouble in TROUBLES}
        self._stumbling = drawn(pace.stumbles, self._random)
        self._wire = stream(seed, "wire")
        self._clock = clock
        self._agenda = agenda
        self._trace = trace
        self._fuse = fuse
        self._on_jump = on_jump
        self.now: set[Trouble] = set()
        self._ended_at = START
        self.quiet = False
        """Nothing fails: for runs that look for what people alone can do."""

    def begin(self) -> None:
        for trouble in TROUBLES:
            self._plan(trouble)

    def calm_since(self) -> datetime | None:
        """None while something is wrong."""
        return None if self.now else self._ended_at

    def start(self, trouble: Trouble, detail: str = "") -> None:
        self.now.add(trouble)
        self._trace.count(trouble.value, detail)

    def end(self, trouble: Trouble) -> None:
        self.now.discard(trouble)
        self._ended_at = self._clock.at
        self._trace.line(f"over: {trouble.value}")

    def disturbed(self) -> None:
        """Something went wrong for an instant."""
        self._ended_at = self._clock.at

    # --- what fails by itself --------------------------------------------------------------------------------------------

    def imap(self, command: str) -> bool:
        """As `Wire` of server.py."""
        if Trouble.IMAP in self.now:
            raise TemporaryFailure("The mail server cannot be reached.")
        chance = self._wire.random()
        if self.quiet or chance > LOST + ANSWER_LOST:
            return False
        self.disturbed()
        if chance < HALF_OPEN:
            self._trace.count("connection half open", command)
            self._clock.at += IMAP_PATIENCE
            raise TemporaryFailure("The mail server did not answer in time.")
        if chance < LOST:
            self._trace.count("connection dropped", command)
            raise TemporaryFailure("The connection to the mail server was lost.")
        self._trace.count("answer torn", command)
        return True

    def commit(self) -> bool:
        """Whether a commit fails by itself."""
        if self.quiet or self._wire.random() >= STUMBLES * self._stumbling:
            return False
        self.disturbed()
        self._trace.count("commit failed")
        return True

    def delay_s(self) -> float:
        """Of one attempt to send: mostly none that matters."""
        return self._wire.uniform(1.0, 30.0) if not self.quiet and self._wire.random() < SLOW else 0.0

    def smtp(self) -> tuple[SendResult, bool]:
        """What the program hears, and whether the mail was taken."""
        if Trouble.SMTP in self.now:
            return SendResult(SendOutcome.TEMPORARY, "451 try again later"), False
        chance = self._wire.random() + (1.0 if self.quiet else 0.0)
        if chance < MAIL_CUT:
            return self._cut(CUT_BEFORE, chance / MAIL_CUT), False
        if chance < MAIL_CUT + MAIL_ANSWER_LOST:
            return self._cut(CUT_AFTER, (chance - MAIL_CUT) / MAIL_ANSWER_LOST), True
        if chance < MAIL_CUT + MAIL_ANSWER_LOST + REFUSED_LATER:
            self._trace.count("SMTP 4xx")
            return SendResult(SendOutcome.TEMPORARY, "450 busy"), False
        if chance < MAIL_CUT + MAIL_ANSWER_LOST + REFUSED_LATER + RECIPIENT_REFUSED:
            self._trace.count("SMTP 5xx")
            return SendResult(SendOutcome.PERMANENT, "550 no such user"), False
        return SendResult(SendOutcome.ACCEPTED, "250 taken"), True

    def _cut(self, phases: Sequence[tuple[str, SendOutcome]], where: float) -> SendResult:
        """`where`: how far in, from 0 to 1."""
        phase, outcome = phases[min(int(where * len(phases)), len(phases) - 1)]
        self._trace.count(f"SMTP cut {phase}")
        return SendResult(outcome, f"cut {phase}")

    def phone(self) -> tuple[SendResult, bool]:
        """What the program hears of a page, and whether the person does."""
        if Trouble.PHONES in self.now:
            return SendResult(SendOutcome.TEMPORARY, "503"), False
        if Trouble.SILENT in self.now:
            return SendResult(SendOutcome.ACCEPTED, "202"), False
        chance = self._wire.random() + (1.0 if self.quiet else 0.0)
        if chance < 0.02:
            self._trace.count("provider's answer lost")
            return SendResult(SendOutcome.UNKNOWN, "timeout"), chance < 0.01
        if chance < 0.03:
            self._trace.count("provider refuses for good")
            return SendResult(SendOutcome.PERMANENT, "410 gone"), False
        return SendResult(SendOutcome.ACCEPTED, "202"), True

    # --- troubles --------------------------------------------------------------------------------------------------------

    def _plan(self, trouble: Trouble) -> None:
        self._agenda.after(poisson_gap(self._random, TROUBLES[trouble].per_day * self._often[trouble]), lambda: self._begin(trouble))

    def _begin(self, trouble: Trouble) -> None:
        lasts = self._random.uniform(10.0, TROUBLES[trouble].lasts_s)
        self._plan(trouble)
        if trouble in self.now or self.quiet:
            return
        self.start(trouble, f"for {lasts:.0f} s")
        if trouble is Trouble.FULL:
            self._fuse.full = True
        elif trouble is Trouble.CLOCK:
            self._set_clock(timedelta(seconds=self._random.choice((-3_600, -300, 300, 3_600, 14_400))))
        self._agenda.after(lasts, lambda: self._over(trouble))

    def _over(self, trouble: Trouble) -> None:
        if trouble is Trouble.FULL:
            self._fuse.full = False
        elif trouble is Trouble.CLOCK:
            self._set_clock(timedelta(0))
        self.end(trouble)

    def _set_clock(self, skew: timedelta) -> None:
        self._clock.skew = skew
        self._on_jump()
