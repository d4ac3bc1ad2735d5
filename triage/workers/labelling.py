"""Labelling: the labels of a case follow it onto the server; where it is wanted, a severity that is set in a mail client comes back.

Compares what a message should carry with what was last set on it, asks the mailbox thread for the difference, a batch at a time, and notes
what came of it. What fails is asked for again later. Never talks to the server, never keeps a mail or a page waiting: called by the
engine after everything else, on its thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.cases.labels import Labels, labels_of, severity_meant
from triage.core.settings import Keywords
from triage.store import cases, labels
from triage.store.labels import Labelled
from triage.workers import casework
from triage.workers.desk import Desk

CASES_AT_ONCE = 20
MESSAGES_OF_A_CASE = 500
"""The newest ones: nobody colours the five hundredth mail of a thread."""
AGAIN_AFTER = timedelta(minutes=1)
ACTOR = "mail client"


@dataclass(frozen=True, slots=True)
class Relabel:
    """Messages of one folder that should carry the same labels, and no others of ours."""

    folder: str
    uidvalidity: int
    messages: Mapping[int, int]
    """Ledger row by UID."""
    labels: Labels
    message_ids: Mapping[int, str] = field(default_factory=dict)
    """By UID."""


class Labelling:
    def __init__(self, desk: Desk, hand_out: Callable[[Relabel], None]) -> None:
        """`hand_out` starts a relabelling, whose end comes back by `done`."""
        self._desk = desk
        self._hand_out = hand_out
        self._in_hand = 0
        self._again_at: datetime | None = None

    @property
    def is_quiet(self) -> bool:
        return not self._in_hand

    def step(self, now: datetime) -> bool:
        """True when something was handed out or settled. One batch at a time, so that a long list is not a flood."""
        if self._in_hand or self._desk.config.labels.keywords is Keywords.OFF or not self._is_time(now):
            return False
        numbers = labels.due(self._desk.store, CASES_AT_ONCE)
        if not numbers:
            return False
        batches, settled = self._compare(numbers)
        if settled:
            with self._desk.store.write():
                for number in settled:
                    labels.settle(self._desk.store, number)
        self._in_hand = len(batches)
        for batch in batches:
            self._hand_out(batch)
        return True

    def done(self, batch: Relabel, succeeded: bool, now: datetime) -> None:
        """`succeeded` is False when the server could not be reached. One that keeps no keywords has done what it can."""
        self._in_hand -= 1
        if not succeeded:
            self._again_at = now + AGAIN_AFTER
            return
        with self._desk.store.write():
            labels.note(self._desk.store, list(batch.messages.values()), batch.labels.text)

    def seen(self, flags: Mapping[int, Collection[str]], now: datetime) -> None:
        """What messages carry on the server now, by ledger row: whether a person has changed a severity by it."""
        meant = [(severity, ledger_id) for ledger_id, found in flags.items() if (severity := self._meant(ledger_id, found)) is not None]
        for severity, ledger_id in sorted(meant):  # the worst first: the others of its case then have nothing to say
            with self._desk.store.write():
                message = labels.message(self._desk.store, ledger_id)
                if message is not None and self._meant(ledger_id, flags[ledger_id]) == severity:
                    event = Event(EventKind.SEVERITY_SET, now, actor=ACTOR, severity=severity)
                    casework.apply(self._desk, cases.get_existing(self._desk.store, message.case_number), event, now, Cause(ledger_id))

    def _is_time(self, now: datetime) -> bool:
        """A clock that was set back by more than the pause makes nothing wait."""
        return self._again_at is None or not self._again_at - AGAIN_AFTER <= now < self._again_at

    def _compare(self, numbers: list[int]) -> tuple[list[Relabel], list[int]]:
        """What must be set, by folder and labels; and the cases on which there is nothing left to do."""
        wanted: dict[tuple[str, int, Labels], list[Labelled]] = {}
        settled = []
        for number in numbers:
            stored = cases.get_final(self._desk.store, number)
            should = labels_of(stored.case) if stored is not None else None
            stale = [one for one in self._messages(number) if should is not None and one.label != should.text]
            if not stale:
                settled.append(number)
            for one in stale:
                assert should is not None  # noqa: S101 (there is nothing stale otherwise)
                wanted.setdefault((one.folder, one.uidvalidity, should), []).append(one)
        return [_batch(*key, messages) for key, messages in wanted.items()], settled

    def _messages(self, number: int) -> list[Labelled]:
        return labels.messages_of(self._desk.store, number, MESSAGES_OF_A_CASE)

    def _meant(self, ledger_id: int, found: Collection[str]) -> int | None:
        message = labels.message(self._desk.store, ledger_id)
        stored = cases.get(self._desk.store, message.case_number) if message is not None else None
        if message is None or stored is None:
            return None
        return severity_meant(found, message.label, stored.case.severity)


def _batch(folder: str, uidvalidity: int, should: Labels, messages: list[Labelled]) -> Relabel:
    rows = {one.uid: one.ledger_id for one in messages}
    return Relabel(folder, uidvalidity, rows, should, {one.uid: one.message_id for one in messages})
