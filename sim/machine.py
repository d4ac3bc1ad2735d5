"""Machine: where the program lives. It starts, dies at any boundary, and is started again, by systemd or by somebody.

A life is one `Process`; what an earlier life has begun and not recorded is never answered. Also what the program says on its way out, as
the ears hear it. Decides nothing about what goes wrong but when the process crashes; faults.py does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim.chance import DrawnEntropy, poisson_gap, stream
from sim.ears import Ears
from sim.faults import Faults, Trouble
from sim.phones import Ring, SimSubmission, contact_builder
from sim.process import Crashed, Fuse, Process, RememberingParser, SteppedLoop, open_fused
from sim.server import SimMailbox
from sim.status import StatusWorld
from sim.world import World
from triage.adapters.rulefiles import RuleFiles
from triage.core.deliveries import Delivery
from triage.core.failures import TemporaryFailure
from triage.core.problems import BrokenFiles
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Config
from triage.daemon.outside import Outside

CRASHES_PER_DAY = 1.0


class Machine:
    def __init__(
        self,
        config: Config,
        world: World,
        faults: Faults,
        fuse: Fuse,
        ears: Ears,
        status: StatusWorld,
        rang: Ring,
        started: Callable[[], None],
        crashes: float,
    ) -> None:
        """`rang`: a provider was asked to ring somebody. `started`: a life has begun. `crashes`: how often the seed wants them."""
        self.config = config
        self._world, self._faults, self._fuse, self._ears, self._status = world, faults, fuse, ears, status
        self._clock, self._agenda, self._trace = world.clock, world.agenda, world.trace
        self._rang, self._started, self._crashes = rang, started, crashes
        self._entropy = DrawnEntropy(world.seed)
        self._random = stream(world.seed, "process")
        self._parser = RememberingParser(config.limits)
        self._life = 0
        self._rules: RuleFiles | None = None
        self.process: Process | None = None
        self.lives = 0

    # --- lives -----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._life += 1
        try:
            self.process = Process(self.config, self._clock, self._entropy, self._outside(self._life), self._parser)
        except Crashed:
            self._trace.count("crashed", "at its start")
            self._start_after(5.0)
            return
        except (TemporaryFailure, BrokenFiles) as failure:  # by systemd, or by whoever has mended the files; any other refusal is for good
            self._trace.line(f"does not start: {failure.message}")
            self._start_after(30.0)
            return
        self.lives += 1
        self._rules = self.process.daemon.rules.current
        self._started()
        if Trouble.DOWN in self._faults.now:
            self._faults.end(Trouble.DOWN)

    def stop(self, for_s: float) -> None:
        self.end()
        self._start_after(for_s)

    def end(self) -> None:
        if self.process is not None:
            self.process.end()
            self.process = None

    def carry_out(self, what: Callable[[], object]) -> None:
        """Whatever may burn the fuse."""
        try:
            what()
        except Crashed as crashed:
            self._trace.count("crashed", str(crashed))
            self.end()
            down = self._random.uniform(1, 90) if self._random.random() < 0.95 else self._random.uniform(600, 3 * 86_400)
            self._start_after(down)

    def plan_crashes(self) -> None:
        def arm() -> None:
            self._fuse.left = self._random.randrange(1, 40)

        self._agenda.again_and_again(partial(poisson_gap, self._random, CRASHES_PER_DAY * self._crashes), arm)

    def _start_after(self, seconds: float) -> None:
        if Trouble.DOWN not in self._faults.now:
            self._faults.start(Trouble.DOWN, f"for {seconds:.0f} s")
        life = self._life

        def start() -> None:
            if self.process is None and self._life == life:
                self.start()

        self._agenda.after(seconds, start)

    # --- its seams ---------------------------------------------------------------------------------------------------------

    def _outside(self, life: int) -> Outside:
        def later(seconds: float, function: Callable[[], object]) -> None:
            self._agenda.after(seconds, lambda: function() if self._life == life and self.process is not None else None)

        submission = SimSubmission(self._faults, self._mail_taken)
        return Outside(
            loop=SteppedLoop(lambda delivery, attempt, answer: self._attempt(life, delivery, attempt, answer)),
            mailbox=SimMailbox(self._world.server, self._faults),
            notices=submission,
            urgent_notices=submission,
            page_mails=submission,
            status_page=self._status.fetch,
            build_contact=contact_builder(self._faults, self._rang),
            open_store=open_fused(self._fuse),
            monotonic=self._clock.monotonic,
            later=later,
            stepped=True,
            listens=False,
        )

    def _attempt(self, life: int, delivery: Delivery, attempt: Callable[[], SendResult], answer: Callable[[SendResult], None]) -> None:
        """Made now or a little later; answered at once, unless the process dies between the two."""
        message_id, ears = delivery.outgoing.message_id, self._ears

        def make() -> None:
            if self._life != life or self.process is None:
                return
            ears.attempt(message_id)
            result = attempt()
            ears.unsure.add(message_id)
            self._fuse.pass_("sent, not recorded")
            failed = self._fuse.failed
            if result.outcome is SendOutcome.PERMANENT:  # before the answer: what is written down survives a crash that follows
                ears.refuse(message_id, is_warning=delivery.outgoing.purpose == "warning")
            answer(result)
            if result.outcome is SendOutcome.ACCEPTED and self._fuse.failed == failed:
                ears.unsure.discard(message_id)
                ears.arrived[message_id] = self._clock.at

        self._agenda.after(self._faults.delay_s(), make)

    def _mail_taken(self, raw: bytes, recipients: tuple[str, ...]) -> None:
        sent = self._ears.mail(raw, recipients)
        for hear in self._world.on_mail:
            hear(sent)

    # --- what people do to it ------------------------------------------------------------------------------------------------

    def look_at_rules(self) -> None:
        if self.process is not None:
            self.process.daemon.look_at_rules()
            self._rules = self.process.daemon.rules.current

    def rules(self) -> RuleFiles:
        assert self._rules is not None  # there was a first start
        return self._rules
