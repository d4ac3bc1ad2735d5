"""Plan: how much of what is done in one run. A seed settles the order, the instants and the bytes; the machine's speed does the rest."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import Enum

from chaos.letters import MAILS_PER_TEN_SHOPS


class Trouble(Enum):
    """What is done to the service during one of its lives, besides ending it with kill -9."""

    IMAP = "faults on the wire to the IMAP server"
    SMTP = "faults on the wire to the submission server"
    WEBHOOK = "faults on the wire to the pager"
    ALL_WIRES = "faults on all wires at once"
    IMAP_RESTART = "IMAP server restarted"
    IMAP_KILL = "IMAP server killed and started"
    RENUMBERED = "IMAP folder renumbered (UIDVALIDITY)"
    SMTP_AWAY = "submission server away"
    DISK_FULL = "disk full"
    READ_ONLY = "store read-only"
    NO_DESCRIPTORS = "no file descriptor left"
    CLOCK = "clock set, forward or back"


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    shops: int
    every_s: float
    """Between two shops' first mails."""
    lives: int
    """Lives of the service without other trouble, each ended by kill -9."""
    troubled: int
    """Lives with trouble, of each kind, ended by kill -9 in the middle of it or after it."""
    patient: int
    """Troubles of each kind that the service must get over by itself: a mail that comes afterwards must be decided. No kill follows."""
    window_s: int = 20
    """The reply window."""
    longest_life_s: float = 2.0
    pace: float = 1.0
    """How long a trouble lasts, against that of a full run."""
    settle_s: float = 300.0
    hurry: bool = False
    """Let the last start's clock be ahead, so that what waits for another try does not have to be waited for."""
    only: tuple[Trouble, ...] = tuple(Trouble)

    def deck(self, dice: random.Random) -> list[tuple[Trouble | None, bool]]:
        """The lives in their order: what is done to each, and whether it has to get over it by itself."""
        lives: list[tuple[Trouble | None, bool]] = [(None, False)] * self.lives
        for trouble in self.only:
            lives += [(trouble, False)] * self.troubled + [(trouble, True)] * self.patient
        dice.shuffle(lives)
        return lives


def full(seed: int) -> Plan:
    return Plan(seed, shops=1540, every_s=1.2, lives=430, troubled=6, patient=3)


def short(seed: int) -> Plan:
    return Plan(
        seed, shops=64, every_s=0.5, lives=2, troubled=0, patient=1, window_s=7, longest_life_s=1.0, pace=0.4, settle_s=90.0, hurry=True
    )


def scaled(plan: Plan, mails: int | None, kills: int | None, only: tuple[Trouble, ...]) -> Plan:
    """What the command line asks for instead."""
    if mails is not None:
        plan = replace(plan, shops=max(1, mails * 10 // MAILS_PER_TEN_SHOPS))
    if kills is not None:
        plan = replace(plan, lives=kills)
    return replace(plan, only=only) if only else plan
