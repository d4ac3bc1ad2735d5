"""Pace: how much of everything a run has. A short run exaggerates what its seed says; one of months has an ordinary share of everything.

docs/simulation.md, "A year", says what comes of LONG.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from sim.chance import swarm

Often = float | None
"""A factor on how often a kind of thing happens; None: the seed says, and exaggerates."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Rates are of a day; 0 is never."""

    threads: float
    busy: tuple[float, ...]
    """The seed chooses among these shares of the threads."""
    rounds: int
    """At most so many answers in a thread."""
    lively: float
    """Of the answers to the team, those that come the same day; the others come at odd times, and most threads end early."""
    robots: float
    robot_answers: float
    """After so many it is switched off."""
    renumbered: float
    """Folders that get a new UIDVALIDITY."""
    backups: float
    put_back: float
    """Whatever backup there is, though nothing was lost."""
    disks_lost: float
    """A backup, and days later it is needed."""
    troubles: Often
    stumbles: Often
    crashes: Often
    mischief: Often
    operators: Often
    incidents: Often
    """On the public status page."""
    detours: Often


SHORT = Pace(
    threads=13.0,
    busy=(0.2, 0.4, 0.6, 1.0),  # what goes wrong goes wrong with few mails as well
    rounds=4,
    lively=0.0,
    robots=0.2,
    robot_answers=math.inf,
    renumbered=0.05,
    backups=0.3,
    put_back=0.04,
    disks_lost=0.0,
    troubles=None,
    stumbles=None,
    crashes=None,
    mischief=None,
    operators=None,
    incidents=None,
    detours=None,
)
LONG = Pace(
    threads=3.6,  # a year has more than 20,000 mails, and people wrote more than half of them
    busy=(1.0,),
    rounds=6,
    lively=0.6,
    robots=0.05,
    robot_answers=15,  # more than anybody gets in a day; nobody would let it make most of the mail
    renumbered=0.003,  # once a year is much for a server
    backups=0.0,
    put_back=0.0,
    disks_lost=0.012,
    troubles=0.5,  # each a few dozen times a year
    stumbles=1.0,
    crashes=0.5,
    mischief=1.0,
    operators=1.0,
    incidents=1.0,
    detours=0.2,
)


def drawn(often: Often, random: Random) -> float:
    """A factor: the one that is given, or the seed's."""
    return swarm(random) if often is None else often
