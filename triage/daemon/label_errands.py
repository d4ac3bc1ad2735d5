"""LabelErrands: what the mailbox thread does about labels when it has nothing else to do: sets them, and looks who has changed one.

Labels wait for mail: a sweep, a copy for Sent and a move come first. All of it is cosmetic, so a failure is told to the engine, which asks
again, and to nobody else. Called by mailbox.py on its thread; `ask` by the engine.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from triage.adapters.logs import log_crash
from triage.core.cases.labels import EVERY_LABEL, EVERY_PLACE
from triage.core.failures import TriageError
from triage.core.seams import Clock, Mailbox, Position
from triage.core.settings import Filing
from triage.core.settings import Labels as Settings
from triage.store import labels
from triage.store.database import Store
from triage.workers.labelling import Relabel

FILED_AT_ONCE = 5
WHOLE_LOOK_EVERY = timedelta(minutes=10)
"""Also where the server tells only what has changed: what was told while the store could not be written is found again."""


class LabelErrands:
    def __init__(
        self,
        mailbox: Mailbox,
        clock: Clock,
        settings: Settings,
        intake: str,
        on_done: Callable[[Relabel, bool], None],
        on_seen: Callable[[Mapping[int, frozenset[str]]], None],
    ) -> None:
        """`on_done` hears of every batch, and whether the server could be asked; `on_seen` of flags by ledger row. Only what arrived in
        `intake` is filed into folders."""
        self._mailbox = mailbox
        self._clock = clock
        self._follow = settings.follow
        self._filing = settings.folders
        self._intake = intake
        self._to_file: tuple[Relabel, list[int]] | None = None
        self._on_done = on_done
        self._on_seen = on_seen
        self._batches: queue.Queue[Relabel] = queue.Queue()
        self._whole_look_at: datetime | None = None

    def ask(self, batch: Relabel) -> None:
        self._batches.put(batch)

    def set_one(self) -> bool:
        """False when there is nothing left to set."""
        if self._to_file is not None:
            self._file_some(*self._to_file)
            return True
        try:
            batch = self._batches.get_nowait()
        except queue.Empty:
            return False
        keywords = batch.labels.keywords
        dropped = tuple(sorted(EVERY_LABEL.difference(keywords)))
        uids = list(batch.messages)
        kept: list[bool] = []
        survived = _survived(lambda: kept.append(self._mailbox.relabel(batch.folder, batch.uidvalidity, uids, keywords, dropped)))
        if survived and kept == [False] and self._filing is not Filing.OFF and batch.folder == self._intake:
            self._to_file = batch, uids
        else:
            self._on_done(batch, survived)
        return True

    def _file_some(self, batch: Relabel, uids: list[int]) -> None:
        """A few messages, so that new mail never waits for a long list."""
        target = batch.labels.place(self._filing)
        for uid in uids[:FILED_AT_ONCE]:
            where, message_id = Position(batch.uidvalidity, uid), batch.message_ids.get(uid, "")
            if not _survived(partial(self._mailbox.file, batch.folder, where, message_id, EVERY_PLACE, target)):
                self._to_file = None
                self._on_done(batch, False)
                return
        left = uids[FILED_AT_ONCE:]
        self._to_file = (batch, left) if left else None
        if not left:
            self._on_done(batch, True)

    def look(self, store: Store) -> None:
        """After a sweep. What people have changed goes to the engine, which knows what we set ourselves."""
        if self._follow:
            _survived(lambda: self._look(store))

    def _look(self, store: Store) -> None:
        now = self._clock.now()
        whole = self._whole_look_at is None or abs(now - self._whole_look_at) >= WHOLE_LOOK_EVERY
        by_folder = sorted(labels.followed(store), key=lambda one: (one.folder, -one.uid))
        for (folder, uidvalidity), group in groupby(by_folder, key=lambda one: (one.folder, one.uidvalidity)):
            messages = {one.uid: one for one in group}
            found = self._mailbox.flags(folder, uidvalidity, list(messages), whole=whole)
            changed = {messages[uid].ledger_id: flags for uid, flags in found.items() if not _as_we_set(messages[uid].label, flags)}
            if changed:
                self._on_seen(changed)
        if whole:
            self._whole_look_at = now


def _as_we_set(label: str, flags: frozenset[str]) -> bool:
    return flags & EVERY_LABEL == frozenset(label.split())


def _survived(work: Callable[[], object]) -> bool:
    """False when it has to be tried again."""
    try:
        work()
    except TriageError:
        return False
    except Exception as error:  # noqa: BLE001 (a label is not worth the thread)
        log_crash(error)
        return False
    return True
