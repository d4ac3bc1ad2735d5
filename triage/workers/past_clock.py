"""PastClock: lets the clock of past times do to cases what was due, each thing at its time, while past mail is judged again.

Only reminders, closings and ends of holds; pages are the present's matter. Called by replay.py and rebuild.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from triage.store import cases, folders
from triage.workers.desk import Desk
from triage.workers.timekeeper import Timekeeper

INSTANT = timedelta(microseconds=1)


class PastClock:
    def __init__(self, desk: Desk, watched: Sequence[str]) -> None:
        """`watched`: the folders that count as looked at completely at every instant."""
        self._desk = desk
        self._watched = watched
        self._timekeeper = Timekeeper(desk)

    def until(self, at: datetime) -> None:
        """Everything that became due before `at`. What waits for something (a mail in quarantine) holds nothing else back."""
        store = self._desk.store
        done_through: datetime | None = None
        while (due := cases.next_due_at(store, done_through)) is not None and due <= at:
            now = due + INSTANT
            with store.write():
                for folder in self._watched:
                    folders.swept(store, folder, now)
            if not self._timekeeper.step_cases(now):
                done_through = due
