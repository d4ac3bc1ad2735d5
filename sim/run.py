"""Simulation: one world from one seed, the program in it, and somebody who watches both after every step."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sim.chance import DrawnEntropy, poisson_gap, stream, swarm
from sim.consequences import check_consequences
from sim.duties import Duties
from sim.ears import Ears
from sim.faults import Faults, Trouble
from sim.loss import check_rebuilt
from sim.mischief import Mischief
from sim.model import Model
from sim.operators import Operators
from sim.partners import Partners
from sim.phones import SimSubmission, contact_builder
from sim.place import furnish
from sim.process import Crashed, Fuse, Process, RememberingParser, SteppedLoop, open_fused
from sim.promised import Promised
from sim.server import INBOX, SimMailbox
from sim.status import StatusWorld
from sim.team import OnCall, Team
from sim.time import START, Agenda, SimClock
from sim.trace import Trace, Violation
from sim.world import World
from triage.adapters.rulefiles import RuleFiles
from triage.core.deliveries import Delivery
from triage.core.failures import TriageError
from triage.core.seams import SendOutcome, SendResult
from triage.daemon.outside import Outside
from triage.store.database import STORE_NAME
from triage.store.times import to_text

POLL = timedelta(seconds=60)
QUIET_POLL = timedelta(hours=1)
PATIENCE = timedelta(minutes=6)
"""So long what is due and cannot be done is looked at every minute; then once an hour."""
CRASHES_PER_DAY = 1.0
THREADS_PER_DAY = {False: 13.0, True: 4.0}
"""In a short run, and in one of months: there a year has more than 20,000 mails."""
RENUMBERED_A_DAY = {False: 0.05, True: 0.005}
"""Folders that get a new UIDVALIDITY, in short runs and in long ones: twice a year is much for a server."""
MOST_OLD = 30
"""Mails that lie in the mailbox when the program comes."""
SHORT_SHARE = (0.2, 0.4, 0.6, 1.0)
"""Of the threads of a day, in a short run: what goes wrong there goes wrong with few mails as well."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run. `until` ends it at a step; `quiet`: nothing fails; `lose`: neither, and at the end the store is lost and made again
    from the mailbox."""

    seed: int
    days: float = 5.0
    until: int = 0
    quiet: bool = False
    lose: bool = False

    @property
    def is_long(self) -> bool:
        """A run of months has an ordinary share of everything; a short one exaggerates what its seed says."""
        return self.days > 30


class Broken(Exception):
    """A promise was not kept: which, at which step, and what happened before."""

    def __init__(self, wanted: Wanted, step: int, problem: str, last: list[str]) -> None:
        super().__init__(problem)
        self.wanted, self.step, self.problem, self.last = wanted, step, problem, last


class Simulation:
    def __init__(self, wanted: Wanted, directory: Path, tell: Callable[[str], None] | None = None) -> None:
        self.wanted = wanted
        self.clock = SimClock()
        self.agenda = Agenda(self.clock)
        self.trace = Trace(lambda: self.clock.at, tell)
        self.fuse = Fuse()
        seed = wanted.seed
        self.faults = Faults(seed, self.clock, self.agenda, self.trace, self.fuse, self._clock_set, steady=wanted.is_long)
        self.faults.quiet = wanted.quiet or wanted.lose
        self.fuse.stumbles = self.faults.commit
        self.world = World(seed, self.clock, self.agenda, self.trace, self.faults)
        self.config = furnish(directory, labels=seed % 4 == 0)
        self.model = Model(self.world, self.faults, self.clock)
        self.duties = Duties(self.world, self.model, self.faults, self.clock)
        self.status = StatusWorld(seed, self.clock, self.agenda, self.trace, self.faults, self._wake, steady=wanted.is_long)
        self.ears = Ears(self.world, self.model, self.clock, self.trace, self.status)
        self.promised = Promised(self.world, self.model, self.faults, self.clock, self.ears)
        random = stream(seed, "run")
        self._often = {name: 1.0 if wanted.is_long else swarm(random) for name in ("crash", "mischief", "operators")}
        busy = 1.0 if wanted.is_long else random.choice(SHORT_SHARE)
        self.operators = Operators(self.world, self.model, self.config, self, self._often["operators"])
        self._partners = Partners(self.world, THREADS_PER_DAY[wanted.is_long] * busy)
        self._team = Team(self.world, self.model.number_of)
        renumbered = RENUMBERED_A_DAY[wanted.is_long]
        self._mischief = Mischief(self.world, self.model.number_of, self._often["mischief"], renumbered)
        self._on_call = OnCall(self.world, self.operators.act_on_page)
        self._entropy = DrawnEntropy(seed)
        self._random = stream(seed, "process")
        self._process: Process | None = None
        self._parser = RememberingParser(self.config.limits)
        self._life = 0
        self._store: sqlite3.Connection | None = None
        self._rules: RuleFiles | None = None
        self._quiet_poll_at = START
        self._minute_poll_at = START
        self._polled_at = START
        self._is_due = False
        """The program has something to do by its own clock."""
        self.steps = 0
        self.lives = 0
        self.world.on_place = self._arrived

    # --- the run ---------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Raises Broken."""
        end = START + timedelta(days=self.wanted.days)
        self.world.fill(stream(self.wanted.seed, "history"), MOST_OLD)
        try:
            self._begin()
            while (at := self._next_at()) <= end and (not self.wanted.until or self.steps < self.wanted.until):
                self.clock.at = max(self.clock.at, at)
                self._step()
            if self.wanted.lose:
                self._lose()
        except Violation as violation:
            raise Broken(self.wanted, self.steps, str(violation), list(self.trace.last)) from violation
        except Exception as error:
            raise Broken(self.wanted, self.steps, f"{type(error).__name__}: {error}", list(self.trace.last)) from error
        finally:
            self.close()

    def _begin(self) -> None:
        self._start()
        self._step()
        self._partners.begin()
        self.operators.begin(put_back=not self.wanted.lose)
        if not self.faults.quiet:
            self.faults.begin()
            self._mischief.begin()
            self.status.begin()
            self._plan_crash()

    def close(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None
        if self._store is not None:
            self._store.close()
            self._store = None

    def _lose(self) -> None:
        mailbox = SimMailbox(self.world.server, self.faults)
        target = self.config.instance.state_dir.parent / "rebuilt.sqlite3"
        cases = check_rebuilt(self.config, mailbox, self.rules(), self.clock, self.wanted.seed, target, self.world.letters)
        self.trace.counts["cases rebuilt"] += cases

    def _step(self) -> None:
        self.steps += 1
        while (entry := self.agenda.take_due()) is not None:
            self._carry_out(entry)
        if self._process is not None:
            if self.clock.at >= self._quiet_poll_at or (self._is_due and self.clock.at >= self._polled_at + POLL):
                self._poll()
            if self._is_due or self._process.has_news:
                self._carry_out(self._process.settle)
        self._look()

    def _carry_out(self, what: Callable[[], object]) -> None:
        try:
            what()
        except Crashed as crashed:
            self.trace.count("crashed", str(crashed))
            self._end_process()
            down = self._random.uniform(1, 90) if self._random.random() < 0.95 else self._random.uniform(600, 3 * 86_400)
            self._start_after(down)

    def _look(self) -> None:
        if self._store is None:
            return
        touched = self.model.look(self._store)
        check_consequences(self.model, self.world.letters)
        self.ears.look()
        self.duties.look(self._store, touched)
        self.promised.look(self._store)

    def _next_at(self) -> datetime:
        """The next thing that happens in the world, or that the program has to do by its own clock."""
        due_at = self._due_at()
        known = [at for at in (self.agenda.next_at, due_at) if at is not None]
        self._is_due = due_at == min(known)
        return min(known)

    def _due_at(self) -> datetime | None:
        if self._process is None or self._store is None:
            return None
        now, recent = to_text(self.clock.now()), to_text(self.clock.now() - PATIENCE)
        found = [at for sql in _DUE if (at := self._store.execute(sql, (recent,)).fetchone()[0]) is not None]
        if any(at <= now for at in found):
            self._quiet_poll_at = min(self._quiet_poll_at, self.clock.at + POLL)
            found = [at for sql in _DUE if (at := self._store.execute(sql, (now,)).fetchone()[0]) is not None]
        due = [datetime.fromisoformat(at) - self.clock.skew for at in found]
        again_s = self._process.daemon.engine.tries_again_in_s
        if again_s is not None:
            due.append(self.clock.at + timedelta(seconds=max(again_s, 0.1)))
        return min([*due, self._quiet_poll_at])

    # --- the process -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._life += 1
        try:
            self._process = Process(self.config, self.clock, self._entropy, self._outside(self._life), self._parser)
        except Crashed:
            self.trace.count("crashed", "at its start")
            self._start_after(5.0)
            return
        except TriageError as failure:
            self.trace.line(f"does not start: {failure.message}")
            self._start_after(30.0)
            return
        self.lives += 1
        self._rules = self._process.daemon.rules.current
        self._quiet_poll_at = self.clock.at + QUIET_POLL
        self._open_view()
        if Trouble.DOWN in self.faults.now:
            self.faults.end(Trouble.DOWN)

    def _start_after(self, seconds: float) -> None:
        if Trouble.DOWN not in self.faults.now:
            self.faults.start(Trouble.DOWN, f"for {seconds:.0f} s")
        life = self._life

        def start() -> None:
            if self._process is None and self._life == life:
                self._start()

        self.agenda.after(seconds, start)

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def _outside(self, life: int) -> Outside:
        def later(seconds: float, function: Callable[[], object]) -> None:
            self.agenda.after(seconds, lambda: function() if self._life == life and self._process is not None else None)

        submission = SimSubmission(self.faults, self._mail_taken)
        return Outside(
            loop=SteppedLoop(lambda delivery, attempt, answer: self._attempt(life, delivery, attempt, answer)),
            mailbox=SimMailbox(self.world.server, self.faults),
            notices=submission,
            page_mails=submission,
            status_page=self.status.fetch,
            build_contact=contact_builder(self.faults, self._rang),
            open_store=open_fused(self.fuse),
            monotonic=self.clock.monotonic,
            later=later,
            stepped=True,
            listens=False,
        )

    def _attempt(self, life: int, delivery: Delivery, attempt: Callable[[], SendResult], answer: Callable[[SendResult], None]) -> None:
        """Made now or a little later; answered at once, unless the process dies between the two."""
        message_id = delivery.outgoing.message_id

        def make() -> None:
            if self._life != life or self._process is None:
                return
            self.ears.attempt(message_id)
            result = attempt()
            self.ears.unsure.add(message_id)
            self.fuse.pass_("sent, not recorded")
            failed = self.fuse.failed
            answer(result)
            if result.outcome is SendOutcome.PERMANENT:
                self.ears.refused.add(message_id)
            if result.outcome is SendOutcome.ACCEPTED and self.fuse.failed == failed:
                self.ears.unsure.discard(message_id)
                self.ears.arrived[message_id] = self.clock.at

        self.agenda.after(self.faults.delay_s(), make)

    def _plan_crash(self) -> None:
        def arm() -> None:
            self.fuse.left = self._random.randrange(1, 40)
            self._plan_crash()

        self.agenda.after(poisson_gap(self._random, CRASHES_PER_DAY * self._often["crash"]), arm)

    # --- what reaches the program, and what it says ----------------------------------------------------------------------------

    def _arrived(self, folder: str) -> None:
        """IDLE tells of the intake folder within a second; everything else is seen at the next poll."""
        if folder == INBOX and Trouble.UNWATCHED not in self.faults.now:
            self.agenda.after(1.0, self._poll)
        elif self._minute_poll_at <= self.clock.at:
            self._minute_poll_at = self.clock.at + timedelta(seconds=60.0 - self.clock.at.timestamp() % 60.0)
            self.agenda.at(self._minute_poll_at, self._poll)

    def _poll(self) -> None:
        if self._process is not None:
            self._process.daemon.request_sweep()
            self._polled_at = self.clock.at
            self._quiet_poll_at = self.clock.at + QUIET_POLL

    def _wake(self) -> None:
        if self._process is not None:
            self._process.daemon.engine.nudge()

    def _mail_taken(self, raw: bytes, recipients: tuple[str, ...]) -> None:
        sent = self.ears.mail(raw, recipients)
        for hear in self.world.on_mail:
            hear(sent)

    def _rang(self, contact: str, key: str, payload: dict[str, object], heard: bool) -> None:
        person = str(payload.get("person", ""))
        self.trace.line(
            f"page out: {payload.get('action')} page {payload.get('page')} to {person} by {contact}" + ("" if heard else ", unheard")
        )
        self.ears.page(key, payload)
        self.duties.rang(person, payload)
        if heard:
            for hear in self.world.on_ring:
                hear(person, contact, payload)

    def _clock_set(self) -> None:
        self._quiet_poll_at = min(self._quiet_poll_at, self.clock.at + POLL)  # what is due may have become so long ago
        if self._process is not None:
            self._carry_out(self._process.daemon.clock_jumped)

    def _open_view(self) -> None:
        """The model reads by a connection of its own."""
        if self._store is None:
            self._store = sqlite3.connect(self.config.instance.state_dir / STORE_NAME, isolation_level=None)
            self._store.row_factory = sqlite3.Row

    # --- `Service` of operators.py -------------------------------------------------------------------------------------------------

    def stop(self, for_s: float) -> None:
        self._end_process()
        self._start_after(for_s)

    def cannot(self, person: str, page_id: int) -> None:
        self.duties.cannot(person, page_id)

    def look_at_rules(self) -> None:
        if self._process is not None:
            self._process.daemon.look_at_rules()
            self._rules = self._process.daemon.rules.current

    def rules(self) -> RuleFiles:
        assert self._rules is not None  # there was a first start
        return self._rules

    def store_replaced(self, made_at: datetime) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
        self._open_view()
        self.model.forget()
        self.duties.forget()
        self.promised.forget()
        self.ears.forget(made_at)


def simulate(wanted: Wanted, tell: Callable[[str], None] | None = None) -> Simulation:
    """One run in a directory that is gone afterwards. Raises Broken."""
    shm = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(prefix="triage-sim-", dir=shm if shm.is_dir() else None))
    try:
        simulation = Simulation(wanted, directory, tell)
        simulation.run()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return simulation


_DUE = tuple(
    f"SELECT min({column}) FROM {table} WHERE {column} > ?"
    for table, column in (("cases", "next_deadline_at"), ("cases", "promise_at"), ("pages", "next_at"), ("outbox", "next_attempt_at"))
)
