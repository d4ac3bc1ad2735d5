"""Report: what one seed came to, and how it is told. Runs a seed, in this process or in one of several."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from sim.mutations import MUTATIONS, Mutation, planted
from sim.run import Broken, Wanted, simulate
from sim.tally import by_whom


@dataclass(frozen=True, slots=True)
class Report:
    """`problem` is empty when every promise was kept. `cpu_s` and `counts` are of the whole run."""

    wanted: Wanted
    digest: str = ""
    steps: int = 0
    mails: Counter[str] = field(default_factory=Counter)
    """Written by people and machines, and by the program, by whose they are; copies are the same mail."""
    cases: int = 0
    lives: int = 0
    cpu_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    last: tuple[str, ...] = ()
    mutation: str = ""

    @property
    def replay(self) -> str:
        """The command that runs into the problem again, and ends there."""
        planted_bug = f" --plant {self.mutation}" if self.mutation else ""
        planted_bug += " --quiet" * self.wanted.quiet + " --lose" * self.wanted.lose
        return f"python -m sim --seed {self.wanted.seed} --days {self.wanted.days:g} --until {self.steps}{planted_bug} --trace"

    def lines(self) -> list[str]:
        if not self.problem:
            return [
                f"seed {self.wanted.seed}: {self.wanted.days:g} days, {self.steps} steps, {self.mails.total()} mails, {self.cases} cases, "
                f"{self.lives} lives, {self.cpu_s:.1f} CPU s, trace {self.digest[:16]}",
                "  mails: " + ", ".join(f"{whose} {count}" for whose, count in self.mails.most_common()),
            ]
        return [*self.last, f"seed {self.wanted.seed}, step {self.steps}: {self.problem}", f"again: {self.replay}"]


def run(wanted: Wanted, mutation: str = "", tell: Callable[[str], None] | None = None) -> Report:
    """Never raises for what the program does wrong."""
    began = time.process_time()
    with _in_silence(), planted(named(mutation)) if mutation else nullcontext():
        try:
            done = simulate(wanted, tell)
        except Broken as broken:
            cpu_s = time.process_time() - began
            return Report(wanted, steps=broken.step, cpu_s=cpu_s, problem=broken.problem, last=tuple(broken.last), mutation=mutation)
    return Report(
        wanted,
        done.trace.digest,
        done.steps,
        by_whom(done.world.letters.values(), done.ears.mails),
        len(done.model.cases),
        done.machine.lives,
        time.process_time() - began,
        done.trace.counts,
        mutation=mutation,
    )


@contextmanager
def _in_silence() -> Iterator[None]:
    """No log: the trace tells what happens."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def named(mutation: str) -> Mutation:
    return next(one for one in MUTATIONS if one.name == mutation)
