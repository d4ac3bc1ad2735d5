"""The mailbox thread: sweeps the watched folders when it is asked to, appends Sent copies, moves messages, sets labels.

Owns the one working connection. Never writes to the store: what it finds goes to the engine's inbox. Network trouble is waited out with
growing pauses; the state is kept in words for `triage check`, the log and systemd's status line.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

from triage.adapters.logs import LogEvent, log, log_crash
from triage.core.deliveries import Channel, Delivery, Outgoing
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.seams import Clock, Mailbox, Position, SendOutcome, SendResult
from triage.core.settings import Limits, StartFrom
from triage.daemon.engine import Attempted, FromSweep, Message, SweepEnded
from triage.daemon.label_errands import LabelErrands
from triage.daemon.reconciling import HourlyReconcile
from triage.store import folders, ledger
from triage.store.database import Store
from triage.store.folders import Folder, Role
from triage.store.ledger import SeenHeader
from triage.workers.labelling import Relabel
from triage.workers.sync import Item, Knowledge, Swept, always, never, sweep

NOT_YET, CONNECTED = "not connected yet", "connected"
"""States of the mailbox in words; any other is the sentence of what went wrong."""
PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
LONGEST_WAIT_S = 900.0
"""What a server may ask for: mail that is there may be urgent."""
LOOK_EVERY_S = 0.02
"""While a batch waits for the engine; the bell is heard at once."""


def nobody() -> None:
    return None


class MailboxThread:
    def __init__(
        self,
        mailbox: Mailbox,
        store: Store,
        is_own: Callable[[Store, SeenHeader], bool],
        is_urgent: Callable[[bytes], bool],
        limits: Limits,
        start_from: StartFrom | datetime,
        clock: Clock,
        post: Callable[[Message], None],
        prepare: Callable[[Mailbox], None],
        on_refusal: Callable[[TriageError], None],
        label_errands: LabelErrands,
        reconcile: HourlyReconcile,
        later: Callable[[float, Callable[[], object]], None],
        has_room: Callable[[], bool] = always,
    ) -> None:
        """`store` is a connection of its own, which is only read. `is_own`: a message in Sent is one that we have sent. `is_urgent`: one
        with this header goes before others. `prepare` runs once, on the first good connection: it settles which folders are watched.
        `on_refusal` hears of what a person must mend, for as long as the mailbox has never been reached. `later` calls a function in so
        many seconds. `has_room`: the engine would take another item at once."""
        self._mailbox = mailbox
        self._store = store
        self._is_own = is_own
        self._is_urgent = is_urgent
        self._limits = limits
        self._start_from = start_from
        self._clock = clock
        self._post = post
        self._prepare = prepare
        self._on_refusal = on_refusal
        self._labels = label_errands
        self._reconcile = reconcile
        self._later = later
        self._has_room = has_room
        self._prepared = False
        self._reached_once = False
        self._errands: queue.Queue[Delivery] = queue.Queue()
        self._sweep_wanted = threading.Event()
        self._rung = threading.Event()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._requested = 0
        self._lock = threading.Lock()
        self._failures = 0
        self.on_state: Callable[[], object] = nobody
        """Called whenever `state` has changed."""
        self._retry_is_planned = False
        self._must_wait = False
        """The server has asked for a pause: until the retry no poll and no bell makes it longer."""
        self.state = NOT_YET
        self.lost_at: datetime | None = None
        """Since when `state` says what is wrong."""
        self.progress_at: datetime | None = None
        """When the look that is going on has brought something, or waited for the engine; None between two looks."""

    def request_sweep(self) -> int:
        """Ask for a complete look at all folders that begins from now on; returns its number."""
        with self._lock:
            self._requested += 1
            number = self._requested
        self._sweep_wanted.set()
        self._rung.set()
        self._wake.set()
        return number

    def run_errand(self, work: Delivery) -> None:
        self._errands.put(work)
        self._wake.set()

    def relabel(self, batch: Relabel) -> None:
        self._labels.ask(batch)
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self.look()
        self._mailbox.close()

    @property
    def is_awake(self) -> bool:
        """There is something to do."""
        return self._wake.is_set()

    def look(self) -> None:
        """One round: a sweep if one is asked for, then errands, then labels."""
        self._wake.clear()
        if self._sweep_wanted.is_set() and not self._must_wait and not self._stopping.is_set():
            self._sweep_all()
        self._do_errands()
        # Labels last, one batch at a time: a sweep that is asked for meanwhile goes first.
        if not self._sweep_wanted.is_set() and not self._stopping.is_set() and self._labels.set_one():
            self._wake.set()

    def _sweep_all(self) -> None:
        knowledge = self._knowledge()
        with self._lock:
            self._sweep_wanted.clear()
            self._rung.clear()
            number = self._requested
        try:
            if not self._prepared:
                self._prepare(self._mailbox)
                self._prepared = bool(folders.watched(self._store))
                if not self._prepared:
                    raise TemporaryFailure("It could not be written down yet which folders are watched.")
            for folder in folders.watched(self._store):
                self._sweep(number, folder, knowledge)
            if self._stopping.is_set():
                return
        except TriageError as failure:
            self._lost(failure)
            self._end_sweep(SweepEnded(number, failed=True))
            return
        except Exception as error:  # noqa: BLE001 (without this thread no mail is ever seen again)
            log_crash(error)
            self._lost(TemporaryFailure(f"A mistake in triage while looking at the mailbox: {type(error).__name__}."))
            self._end_sweep(SweepEnded(number, failed=True))
            return
        self._reached()
        self._end_sweep(SweepEnded(number))
        self._labels.look(self._store)
        self._reconcile.look(self._store)

    def _sweep(self, number: int, folder: Folder, knowledge: Knowledge) -> None:
        is_intake = folder.role is Role.INTAKE
        is_rung = self._is_rung_meanwhile if is_intake else never
        for item in sweep(self._mailbox, folder, self._start_from, knowledge, self._limits, self._clock, is_rung, self._has_room):
            if self._stopping.is_set():
                return
            self._post(FromSweep(number, item))
            self.progress_at = self._clock.now()
            _tell(folder, item)
            if not is_intake:
                while self._is_rung_meanwhile():
                    self._look_at_intake(number, knowledge)
                    if self._has_room():
                        break  # a bell that never rests holds nothing back

    def _is_rung_meanwhile(self) -> bool:
        """Until the engine has room for another batch, errands are done; at once when the bell has rung. A server that is slow enough to
        hold the engine up has no time for copies: they wait until the sweep is over."""
        while not self._was_rung():
            if self._has_room() or self._stopping.is_set():
                return False
            self.progress_at = self._clock.now()  # a mailbox is not lost because the engine has much to do
            if not self._do_errand():
                self._rung.wait(LOOK_EVERY_S)
        return True

    def _look_at_intake(self, number: int, knowledge: Knowledge) -> None:
        """In the middle of another folder: the bell rings for new mail. What the engine has not taken yet is told twice, which does no
        harm. Not before the first look at it was complete: that draws the line between history and news."""
        for folder in folders.watched(self._store):
            if folder.role is Role.INTAKE and folder.position is not None:
                self._sweep(number, folder, knowledge)

    def _knowledge(self) -> Knowledge:
        store = self._store
        return Knowledge(
            uids=lambda folder, uidvalidity, above: ledger.known_uids(store, folder, uidvalidity, above),
            headers=lambda hashes: ledger.known_headers(store, hashes),
            own=lambda seen: self._is_own(store, seen),
            urgent=self._is_urgent,
        )

    def _was_rung(self) -> bool:
        """Whether a sweep was asked for since this was asked last, or since the sweep began."""
        was_rung = self._rung.is_set()
        self._rung.clear()
        return was_rung

    def _end_sweep(self, ended: SweepEnded) -> None:
        """The next sweep starts from positions that the engine has committed, so it waits for the engine here."""
        self.progress_at = None
        self._post(ended)
        while not self._stopping.is_set() and not ended.seen.wait(0.5):
            pass

    def _do_errands(self) -> None:
        """One, and the others for as long as no sweep is asked for: copies for Sent never hold back mail that has come."""
        while not self._stopping.is_set() and self._do_errand():
            if self._sweep_wanted.is_set():
                self._wake.set()
                break

    def _do_errand(self) -> bool:
        try:
            work = self._errands.get_nowait()
        except queue.Empty:
            return False
        errand = self._move if work.outgoing.channel is Channel.MOVE else self._append
        self._post(Attempted(work, _result(partial(errand, work.outgoing))))
        return True

    def _append(self, outgoing: Outgoing) -> str:
        """Looks first: a copy that is there already (an append whose answer was lost) is not appended again."""
        folder = str(outgoing.payload["folder"])
        if not self._mailbox.holds(folder, outgoing.message_id):
            self._mailbox.append(folder, outgoing.mail, self._clock.now())
        return f"in {folder}"

    def _move(self, outgoing: Outgoing) -> str:
        """Flags go along. A message that is gone was moved by the attempt before, or by a person: both are fine."""
        where = outgoing.payload
        position = Position(int(where["uidvalidity"]), int(where["uid"]))
        moved = self._mailbox.move(str(where["folder"]), position, str(where["target"]))
        return f"in {where['target']}" if moved else f"is not in {where['folder']} any more"

    def _lost(self, failure: TriageError) -> None:
        """Try again after a pause, or when the server asked for more, after that. However many looks fail meanwhile, since every poll asks
        for one, there is one retry at a time: a server that comes back is not stormed."""
        pause = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        if isinstance(failure, TemporaryFailure) and failure.retry_after_s is not None:
            pause = max(pause, min(failure.retry_after_s, LONGEST_WAIT_S))
            self._must_wait = True
        if not self._failures or failure.message != self.state:
            log(LogEvent.MAILBOX_LOST, logging.ERROR, problem=failure.message, hint=failure.hint)
        self._failures += 1
        self.lost_at = self.lost_at or self._clock.now()
        if isinstance(failure, PermanentFailure) and not self._reached_once:
            self._on_refusal(failure)
        self._say(failure.message)
        if not self._retry_is_planned:
            self._retry_is_planned = True
            self._later(pause, self._retry)

    def _retry(self) -> None:
        self._retry_is_planned = self._must_wait = False
        self.request_sweep()

    def _reached(self) -> None:
        if self._failures:
            log(LogEvent.MAILBOX_BACK)
        self._failures = 0
        self._reached_once = True
        self.lost_at = None
        self._say(CONNECTED)

    def _say(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.on_state()


def _result(attempt: Callable[[], str]) -> SendResult:
    try:
        return SendResult(SendOutcome.ACCEPTED, attempt())
    except TemporaryFailure as failure:
        return SendResult(SendOutcome.TEMPORARY, failure.message, retry_after_s=failure.retry_after_s)
    except PermanentFailure as failure:
        return SendResult(SendOutcome.PERMANENT, failure.message)
    except Exception as error:  # noqa: BLE001 (a copy or a move is not worth the thread)
        log_crash(error)
        return SendResult(SendOutcome.UNKNOWN, type(error).__name__)


def _tell(folder: Folder, item: Item) -> None:
    """For the log: a folder was looked at completely; and whether the server had renumbered it, which means that it was read anew."""
    if not isinstance(item, Swept):
        return
    if folder.position is not None and folder.position.uidvalidity != item.position.uidvalidity:
        log(LogEvent.FOLDER_RENUMBERED, logging.WARNING, folder=folder.name, uidvalidity=item.position.uidvalidity)
    log(LogEvent.SWEPT, logging.DEBUG, folder=folder.name, uid=item.position.uid)
