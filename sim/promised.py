"""Promised: what the program owes to people in words: a receipt for every new matter, a word at its closing and at its re-opening.

Of every notice there is one copy in Sent. A duty like those of duties.py: it runs only while nothing is wrong. A notice may be owed to
nobody any more; then the program says so in the journal, or the case has moved on.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim.ears import DAY, ONCE, Ears
from sim.faults import Faults
from sim.model import Model
from sim.server import SENT
from sim.time import SimClock
from sim.trace import Violation
from sim.world import Sent, World

PATIENCE = timedelta(minutes=100)
"""A mail that has waited long is tried again every 30 minutes, and may be refused for the moment once more."""
COPY_PATIENCE = timedelta(minutes=45)
SET_ASIDE = "set aside"
"""Words of the mail to the team about a mail that cannot be read."""
RECEIPTS = ("receipt", "receipt-question", "severity-1", "linked")


@dataclass(frozen=True, slots=True)
class Word:
    """One of `kinds` on a case, owed since then."""

    number: int
    kinds: tuple[str, ...]
    since: datetime


class Promised:
    def __init__(self, world: World, model: Model, faults: Faults, clock: SimClock, ears: Ears) -> None:
        self._world, self._model, self._faults, self._clock, self._ears = world, model, faults, clock, ears
        self._words: list[Word] = []
        self._set_aside: list[datetime] = []
        """When mails were set aside of which the team has not been told."""
        self._copies: list[str] = []
        """Message-IDs of notices that were taken."""
        world.on_mail.append(self._hear)

    def forget(self) -> None:
        """The store is an old copy: what it owes was said, or was said by another."""
        self._words.clear()
        self._set_aside.clear()
        self._copies.clear()

    def look(self, store: sqlite3.Connection) -> None:
        """Raises Violation."""
        self._note()
        calm, at = self._faults.calm_since(), self._clock.at
        self._words = [one for one in self._words if not self._is_said(one)]
        self._copies = [one for one in self._copies if not self._is_filed(one)]
        if calm is None:
            return
        for word in [one for one in self._words if at > max(one.since, calm) + PATIENCE]:
            if not self._is_excused(store, word):
                raise Violation(f"#{word.number} was owed a {word.kinds[0]} since {word.since}, and nothing was said")
            self._words.remove(word)
        if self._set_aside and at > max(self._set_aside[0], calm) + PATIENCE:
            raise Violation(f"a mail was set aside at {self._set_aside[0]}, and nobody was told")
        for message_id in self._copies:
            arrived = self._ears.arrived.get(message_id)
            if arrived is not None and at > max(arrived, calm) + COPY_PATIENCE:
                raise Violation(f"{message_id} was sent at {arrived}, and no copy of it is in {SENT}")

    def _note(self) -> None:
        told, at = self._model.told, self._clock.at
        self._set_aside += self._model.set_aside
        while self._set_aside and self._ears.warnings_refused:
            self._ears.warnings_refused -= 1
            del self._set_aside[0]
        self._ears.warnings_refused = 0
        self._model.set_aside.clear()
        self._words += [Word(number, _WORDS[what], at) for number, what in told]
        told.clear()

    def _hear(self, sent: Sent) -> None:
        if SET_ASIDE in sent.subject and self._set_aside:
            del self._set_aside[0]
        if sent.notice in ONCE:
            self._copies.append(sent.message_id)

    def _is_said(self, word: Word) -> bool:
        said = [at for kind in word.kinds if (at := self._ears.said.get((word.number, kind))) is not None]
        # What was said just now may be about it already; a second closing within a day is not said again.
        before = DAY if word.kinds == ("closed",) else timedelta(0)
        return any(at >= word.since - before for at in said)

    def _is_excused(self, store: sqlite3.Connection, word: Word) -> bool:
        """The case is not where the word would be true; the journal says why it was held back; or a server refused it for good."""
        known = self._model.cases.get(word.number)
        if known is None or (word.kinds == ("closed",) and (known.status != "closed" or (known.changed_at or word.since) > word.since)):
            return True
        if any(one.startswith(f"<c{word.number}.{kind}.") for one in self._ears.refused for kind in word.kinds):
            return True
        found = store.execute("SELECT detail FROM case_journal WHERE case_number = ? AND event = 'noted'", (word.number,))
        return any(f"no {kind} notice" in row["detail"] for row in found for kind in word.kinds)

    def _is_filed(self, message_id: str) -> bool:
        copies = self._world.server.folders[SENT].count(message_id)
        if copies > 1:
            raise Violation(f"{message_id} is in {SENT} {copies} times")
        return copies == 1


_WORDS = {"begun": RECEIPTS, "closed": ("closed",), "reopened": ("reopened",)}
