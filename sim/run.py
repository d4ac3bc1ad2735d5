"""Simulation: one world from one seed, the program in it, and somebody who watches both after every step."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sim.chance import stream
from sim.consequences import check_consequences
from sim.detours import Detours
from sim.duties import Duties
from sim.ears import Ears
from sim.faults import Faults, Trouble
from sim.loss import check_rebuilt
from sim.machine import Machine
from sim.mischief import Mischief
from sim.model import Model
from sim.operators import Operators
from sim.pace import LONG, SHORT, Pace, drawn
from sim.partners import Partners
from sim.place import furnish
from sim.process import Fuse
from sim.promised import Promised
from sim.server import INBOX, SimMailbox
from sim.status import StatusWorld
from sim.team import OnCall, Team
from sim.time import START, Agenda, SimClock
from sim.trace import Trace, Violation
from sim.world import World
from triage.adapters.rulefiles import RuleFiles
from triage.store.database import STORE_NAME
from triage.store.times import to_text

POLL = timedelta(seconds=60)
QUIET_POLL = timedelta(hours=1)
PATIENCE = timedelta(minutes=6)
"""So long what is due and cannot be done is looked at every minute; then once an hour."""
MOST_OLD = 30
"""Mails that lie in the mailbox when the program comes."""
MONTHS = 30
"""Days; a run of more is a long one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run. `until` ends it at a step; `quiet`: nothing fails, and nobody means harm; `lose`: nothing fails and nobody deletes mail,
    and at the end the store is lost and made again from the mailbox."""

    seed: int
    days: float = 5.0
    until: int = 0
    quiet: bool = False
    lose: bool = False

    @property
    def pace(self) -> Pace:
        return LONG if self.days > MONTHS else SHORT


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
        seed, pace = wanted.seed, wanted.pace
        self.faults = Faults(seed, self.clock, self.agenda, self.trace, self.fuse, self._clock_set, pace)
        self.faults.quiet = wanted.quiet or wanted.lose
        self.fuse.stumbles = self.faults.commit
        self.world = World(seed, self.clock, self.agenda, self.trace, self.faults)
        self.config = furnish(directory, labels=seed % 4 == 0)
        self.model = Model(self.world, self.faults, self.clock)
        self.duties = Duties(self.world, self.model, self.faults, self.clock)
        self.status = StatusWorld(seed, self.clock, self.agenda, self.trace, self.faults, self._wake, pace)
        self.ears = Ears(self.world, self.model, self.clock, self.trace, self.status)
        self.promised = Promised(self.world, self.model, self.faults, self.clock, self.ears)
        random = stream(seed, "run")
        crashes, mischief, operators = (drawn(often, random) for often in (pace.crashes, pace.mischief, pace.operators))
        busy = random.choice(pace.busy)
        self.machine = Machine(self.config, self.world, self.faults, self.fuse, self.ears, self.status, self._rang, self._started, crashes)
        self.operators = Operators(self.world, self.model, self.config, self, operators, pace)
        self._partners = Partners(self.world, busy, pace)
        self._team = Team(self.world, self.model.number_of)
        self._mischief = Mischief(self.world, self.model.number_of, mischief, pace)
        self._detours = Detours(self.world, drawn(pace.detours, stream(seed, "detours of the seed")))
        self._on_call = OnCall(self.world, self.operators.act_on_page)
        self._store: sqlite3.Connection | None = None
        self._quiet_poll_at = START
        self._minute_poll_at = START
        self._polled_at = START
        self._is_due = False
        """The program has something to do by its own clock."""
        self.steps = 0
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
        self.machine.start()
        self._step()
        self._partners.begin()
        self._detours.begin()
        self.operators.begin(put_back=not self.wanted.lose)
        if self.wanted.lose:
            self._mischief.begin(delete=False)
        elif not self.wanted.quiet:
            self.faults.begin()
            self._mischief.begin()
            self.status.begin()
            self.machine.plan_crashes()

    def close(self) -> None:
        self.machine.end()
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
            self.machine.carry_out(entry)
        if self.machine.process is not None:
            if self.clock.at >= self._quiet_poll_at or (self._is_due and self.clock.at >= self._polled_at + POLL):
                self._poll()
            if self._is_due or self.machine.process.has_news:
                self.machine.carry_out(self.machine.process.settle)
        self._look()

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
        if self.machine.process is None or self._store is None:
            return None
        now, recent = to_text(self.clock.now()), to_text(self.clock.now() - PATIENCE)
        found = [at for sql in _DUE if (at := self._store.execute(sql, (recent,)).fetchone()[0]) is not None]
        if any(at <= now for at in found):
            self._quiet_poll_at = min(self._quiet_poll_at, self.clock.at + POLL)
            found = [at for sql in _DUE if (at := self._store.execute(sql, (now,)).fetchone()[0]) is not None]
        due = [datetime.fromisoformat(at) - self.clock.skew for at in found]
        again_s = self.machine.process.daemon.engine.tries_again_in_s
        if again_s is not None:
            due.append(self.clock.at + timedelta(seconds=max(again_s, 0.1)))
        return min([*due, self._quiet_poll_at])

    # --- what reaches the program, and what it says ----------------------------------------------------------------------------

    def _arrived(self, folder: str) -> None:
        """IDLE tells of the intake folder within a second; everything else is seen at the next poll."""
        if folder == INBOX and Trouble.UNWATCHED not in self.faults.now:
            self.agenda.after(1.0, self._poll)
        elif self._minute_poll_at <= self.clock.at:
            self._minute_poll_at = self.clock.at + timedelta(seconds=60.0 - self.clock.at.timestamp() % 60.0)
            self.agenda.at(self._minute_poll_at, self._poll)

    def _poll(self) -> None:
        if self.machine.process is not None:
            self.machine.process.daemon.request_sweep()
            self._polled_at = self.clock.at
            self._quiet_poll_at = self.clock.at + QUIET_POLL

    def _wake(self) -> None:
        if self.machine.process is not None:
            self.machine.process.daemon.engine.nudge()

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
        if self.machine.process is not None:
            self.machine.carry_out(self.machine.process.daemon.clock_jumped)

    def _started(self) -> None:
        self._quiet_poll_at = self.clock.at + QUIET_POLL
        self._open_view()

    def _open_view(self) -> None:
        """The model reads by a connection of its own."""
        if self._store is None:
            self._store = sqlite3.connect(self.config.instance.state_dir / STORE_NAME, isolation_level=None)
            self._store.row_factory = sqlite3.Row

    # --- `Service` of operators.py -------------------------------------------------------------------------------------------------

    def stop(self, for_s: float) -> None:
        self.machine.stop(for_s)

    def cannot(self, person: str, page_id: int) -> None:
        self.duties.cannot(person, page_id)

    def look_at_rules(self) -> None:
        self.machine.look_at_rules()

    def rules(self) -> RuleFiles:
        return self.machine.rules()

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
