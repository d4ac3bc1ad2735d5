"""Chance: everything that is random in a run, drawn from its seed; each part of the world has a stream of its own.

Separate streams keep one part from disturbing another: a daemon that asks for one token more does not change what partners write.
"""

from __future__ import annotations

from random import Random


def stream(seed: int, name: str) -> Random:
    """The same in every process: a text seeds by its bytes, not by its hash."""
    return Random(f"{seed}/{name}")


class DrawnEntropy:
    """The program's `Entropy`."""

    def __init__(self, seed: int) -> None:
        self._random = stream(seed, "entropy")

    def token(self, n_bytes: int) -> str:
        return self._random.randbytes(n_bytes).hex()


def swarm(random: Random) -> float:
    """How often a seed wants one kind of thing: a run in which everything happens a little finds less than runs that each exaggerate."""
    return random.choice((0.0, 0.3, 1.0, 1.0, 3.0, 10.0))


def poisson_gap(random: Random, per_day: float) -> float:
    """Seconds until the next of so many events a day."""
    return random.expovariate(per_day / 86_400.0) if per_day > 0 else float("inf")
