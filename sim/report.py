"""Report: what one seed came to, and how it is told. Runs a seed, in this process or in one of several."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

from sim.mutations import MUTATIONS, Mutation, planted
from sim.run import Broken, Wanted, simulate


@dataclass(frozen=True, slots=True)
class Report:
    """`problem` is empty when every promise was kept. `cpu_s` and `counts` are of the whole run."""

    wanted: Wanted
    digest: str = ""
    steps: int = 0
    messages: int = 0
    """In the ledger at the end."""
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
                f"seed {self.wanted.seed}: {self.wanted.days:g} days, {self.steps} steps, {self.messages} messages, {self.cases} cases, "
                f"{self.lives} lives, {self.cpu_s:.1f} CPU s, trace {self.digest[:16]}"
            ]
        return [*self.last, f"seed {self.wanted.seed}, step {self.steps}: {self.problem}", f"again: {self.replay}"]


def run(wanted: Wanted, mutation: str = "", tell: Callable[[str], None] | None = None) -> Report:
    """Never raises for what the program does wrong."""
    logging.disable(logging.CRITICAL)
    began = time.process_time()
    with planted(named(mutation)) if mutation else nullcontext():
        try:
            done = simulate(wanted, tell)
        except Broken as broken:
            cpu_s = time.process_time() - began
            return Report(wanted, steps=broken.step, cpu_s=cpu_s, problem=broken.problem, last=tuple(broken.last), mutation=mutation)
    return Report(
        wanted,
        done.trace.digest,
        done.steps,
        len(done.model.rows),
        len(done.model.cases),
        done.machine.lives,
        time.process_time() - began,
        done.trace.counts,
        mutation=mutation,
    )


def named(mutation: str) -> Mutation:
    return next(one for one in MUTATIONS if one.name == mutation)
