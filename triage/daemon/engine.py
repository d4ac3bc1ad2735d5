"""The engine thread: the only one that writes to the store. Takes items of sweeps and answers of senders, and steps the workers.

A store that cannot be written (disk full) voids the running sweep, is told once, and is tried again with growing pauses; what arrived
meanwhile is fetched again, because no position has moved. Each worker steps whatever has become of the others: one case that cannot be
dealt with holds back no page.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from triage.adapters.logs import LogEvent, log, log_crash
from triage.core.deliveries import Channel, Delivery
from triage.core.failures import TemporaryFailure
from triage.core.seams import Clock, SendResult
from triage.core.sending_rate import KEPT
from triage.workers.dispatcher import Dispatcher
from triage.workers.intake import Intake
from triage.workers.sync import Arrivals, Item
from triage.workers.timekeeper import Timekeeper

TICK_S = 0.5
"""The longest the engine sleeps: due times are looked up, not waited for, so a clock that is set does no harm."""
IN_HAND = {Channel.PAGE: 64, Channel.MAIL: 16 + KEPT, Channel.SENT_COPY: 16, Channel.MOVE: 16, Channel.WEBHOOK: 8}
"""Deliveries on their way at a time, by channel, in the order in which they are handed out: a slow mail server holds back mails, never
pages, and receipts never an urgent notice, for which `KEPT` places are free of them."""
BUSY = 200
"""So many undecided messages are a backlog. Among them is news; receipts are none, so they go out beside it twice a second."""
ENOUGH = 2 * BUSY
"""With so many the engine needs no more mail, and the mailbox thread has time to listen for what is urgent."""
NO_NEWS = frozenset({Channel.MAIL, Channel.SENT_COPY, Channel.MOVE})
INBOX = 4
"""Items of a sweep in memory at a time, each at most 50 messages or 2 MB: the mailbox thread waits for the engine."""
EXPRESS = 2
"""Further items, of urgent mail, which are taken before all others."""
AT_ONCE = 50
"""Messages of one turn."""
URGENT_S = 3.0
"""So long all that is no news waits for urgent mail, if it goes on and on."""
LOOK_EVERY_S = 0.5
PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True)
class FromSweep:
    """One item of the sweep with that number."""

    number: int
    item: Item


@dataclass(frozen=True, slots=True)
class SweepEnded:
    """All watched folders were looked at; `failed` when the mailbox could not be reached in the middle of it."""

    number: int
    failed: bool = False
    seen: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Attempted:
    delivery: Delivery
    result: SendResult


@dataclass(frozen=True, slots=True)
class Call:
    """Something to be done on the engine's thread, such as a reload."""

    function: Callable[[datetime], None]
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Nudge:
    """The parser has finished something."""


def no_audit(_now: datetime) -> None:
    return None


Message = Nudge | FromSweep | SweepEnded | Attempted | Call
M = TypeVar("M")


class Engine:
    def __init__(
        self,
        intake: Intake,
        timekeeper: Timekeeper,
        dispatcher: Dispatcher,
        clock: Clock,
        hand_out: Callable[[Delivery], None],
        recorded: Callable[[Sequence[Attempted]], None],
        request_sweep: Callable[[], int],
        data_version: Callable[[], int],
        duties: Sequence[Callable[[datetime], bool]] = (),
        audit: Callable[[datetime], None] = no_audit,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        stepped: bool = False,
    ) -> None:
        """`hand_out` starts an attempt, whose answer comes back as `Attempted`; `recorded` hears of the answers that were dealt with.
        `data_version` changes when another process has written. `duties` are further steps; `audit` looks after every turn, also after one
        that failed. `monotonic` paces what is tried again. `stepped`: there is no thread that runs the engine; whoever posts a message
        takes a turn with it, items of a sweep in batches."""
        self.inbox: queue.Queue[Message] = queue.Queue(maxsize=INBOX)
        self._express: queue.Queue[FromSweep] = queue.Queue(maxsize=EXPRESS)
        self._answers: queue.SimpleQueue[Attempted] = queue.SimpleQueue()
        """Never full: no more of them can come than are in hand."""
        self._intake = intake
        self._timekeeper = timekeeper
        self._dispatcher = dispatcher
        self._clock = clock
        self._hand_out = hand_out
        self._recorded = recorded
        self._request_sweep = request_sweep
        self._data_version = data_version
        self._duties = duties
        self._audit = audit
        self._monotonic = monotonic
        self._stepped = stepped
        self._seen_version = -1
        self._in_hand: dict[Channel, set[int]] = {channel: set() for channel in IN_HAND}
        self._void_sweep = -1
        self._leisure_at = 0.0
        self._failures = 0
        self._told = False
        self._again_at = 0.0
        """When what failed is tried again."""
        self._proof: int | None = None
        """The sweep whose end shows that the store can be written again."""
        self._has_enough = False
        self._nudged = threading.Event()
        """A nudge lies in the inbox."""
        self._stopping = threading.Event()
        self._resting = False
        self._busy = False
        """Something happened in the last turn: there may be more of it, which nobody has to say."""
        self.ended_sweeps = 0
        self.idle_turns = 0
        """Counts turns in which nothing happened."""
        self.steps_worked = 0
        """Counts turns in which something happened: `Daemon.settle` watches it stand still."""

    def run(self) -> None:
        """Until `stop`. Never raises: what should be impossible is logged and the engine goes on with the next message."""
        self.begin()
        while not self._stopping.is_set():
            self.turn(self._pause())

    def begin(self) -> None:
        """Before the first turn: what an earlier life has left undecided."""
        self._seen_version = self._data_version()
        self._intake.resume()

    def _survive(self, work: Callable[[], object]) -> None:
        try:
            self.steps_worked += bool(work())
        except TemporaryFailure as failure:
            self._in_trouble(failure)
        except Exception as error:  # noqa: BLE001 (the last line of defence: a daemon that pages people must not die of one case)
            log_crash(error)
            self._stumbled()

    def stop(self) -> None:
        """From any thread, and never waits: an engine that has just ended takes nothing from a full inbox any more."""
        self._stopping.set()
        self.nudge()

    def nudge(self) -> None:
        """From any thread; a full inbox needs no nudge, and one that holds a nudge no second, which would take the place of mail."""
        if self._nudged.is_set():
            return
        self._nudged.set()
        try:
            self.inbox.put_nowait(Nudge())
        except queue.Full:
            self._nudged.clear()

    def call(self, function: Callable[[datetime], None], *, wait: bool = True, timeout_s: float = 30.0) -> None:
        """Run `function(now)` on the engine's thread; not any more once it stops."""
        call = Call(function)
        if self.post(call) and wait:
            call.done.wait(timeout_s)

    def post(self, message: Message) -> bool:
        """Waits while the inbox is full; False once the engine stops: nobody would take it. Urgent mail overtakes what is in the inbox."""
        if self._stepped:
            self.inbox.put_nowait(message)
            while not self.inbox.empty() and (self.inbox.full() or not isinstance(message, FromSweep)):
                self.turn(0.0)
            return True
        if isinstance(message, FromSweep) and isinstance(message.item, Arrivals) and message.item.urgent:
            posted = self._put(self._express, message)
            self.nudge()
            return posted
        if isinstance(message, Attempted) and not self._stopping.is_set():
            self._answers.put(message)
            self.nudge()
            return True
        return self._put(self.inbox, message)

    def has_room(self) -> bool:
        """For another item of a sweep, at once. Whoever steps the engine would wait in vain: nothing is decided meanwhile."""
        return self._stepped or not (self.inbox.full() or self._has_enough)

    def _put(self, lane: queue.Queue[M], message: M) -> bool:
        while not self._stopping.is_set():
            try:
                lane.put(message, timeout=LOOK_EVERY_S)
            except queue.Full:
                continue
            return True
        return False

    def turn(self, pause_s: float) -> None:
        """One turn: wait for a message, take what is there, step every worker."""
        before = self.steps_worked
        answers: list[Attempted] = []
        self._survive(lambda: self._take(pause_s, answers))
        self._survive(lambda: self._record(answers))
        self._survive(self._notice_other_writers)
        now = self._clock.now()
        leisure = self._has_leisure()
        duties = self._duties if leisure else ()
        for step in (self._decide, self._timekeeper.step, *duties):
            self._survive(partial(step, now))
        self._survive(lambda: self._dispatch(now, leisure=leisure))
        self._busy = self.steps_worked != before
        self.idle_turns += not self._busy
        self._has_enough = self._intake.backlog > ENOUGH
        if self._failures:
            self._survive(self._recover)
        self._survive(lambda: self._audit(self._clock.now()))

    def _decide(self, now: datetime) -> bool:
        return self._intake.step(now, lambda: not self._express.empty())

    def _has_leisure(self) -> bool:
        """For duties and for what is no news, each of which may be a commit: beside a backlog twice a second, not between any two mails;
        beside urgent mail, which is soon over, hardly ever."""
        is_urgent = self._intake.has_urgent or not self._express.empty()
        pause_s = URGENT_S if is_urgent else TICK_S if self._intake.backlog > BUSY else 0.0
        if self._monotonic() - self._leisure_at < pause_s:
            return False
        self._leisure_at = self._monotonic()
        return True

    def _notice_other_writers(self) -> None:
        """The command line may have taken a message out of quarantine: to be decided again, or to be fetched again."""
        version = self._data_version()
        if version != self._seen_version:
            self._seen_version = version
            self._intake.resume()
            self._request_sweep()

    def rest(self) -> None:
        """Hand nothing out any more: what is on its way may still come back before `stop`."""
        self._resting = True

    @property
    def is_quiet(self) -> bool:
        return self.inbox.empty() and self._express.empty() and not self._intake.backlog and not any(self._in_hand.values())

    @property
    def is_quiet_outside(self) -> bool:
        """Nothing is on its way to people any more (copies to Sent may be: they are only cosmetic)."""
        return not self._in_hand[Channel.PAGE] and not self._in_hand[Channel.MAIL]

    @property
    def tries_again_in_s(self) -> float | None:
        """None while nothing fails."""
        return max(0.0, self._again_at - self._monotonic()) if self._failures and self._proof is None else None

    def _pause(self) -> float:
        pause_s = self.tries_again_in_s
        if pause_s is not None:
            return pause_s
        return 0.0 if self._busy else TICK_S

    def _take(self, pause_s: float, answers: list[Attempted]) -> bool:
        """What is there, up to one item of a sweep that brings mail: then it is time to decide. Answers of senders are only collected."""
        pause, worked = pause_s, False
        for _ in range(AT_ONCE):
            try:
                message = self.inbox.get(timeout=pause) if pause else self.inbox.get_nowait()
            except queue.Empty:
                break
            pause = 0.0
            brought = False
            try:
                # Whatever is in the express lane now was put there before this message, which may be the end of its sweep.
                brought = self._take_express()
            finally:  # a message that has been taken is dealt with, also when the store cannot be written
                worked |= self._handle(message)
            worked |= brought
            if brought or (isinstance(message, FromSweep) and isinstance(message.item, Arrivals)):
                break
        with contextlib.suppress(queue.Empty):
            while True:
                answers.append(self._answers.get_nowait())
        return self._take_express() or worked

    def _take_express(self) -> bool:
        """As much as the lane holds and no more: the mailbox thread may fill it as fast as it is emptied here."""
        worked = False
        with contextlib.suppress(queue.Empty):
            for _ in range(EXPRESS):
                worked |= self._handle(self._express.get_nowait())
        return worked

    def _record(self, answers: Sequence[Attempted]) -> bool:
        for answer in answers:
            self._in_hand[answer.delivery.outgoing.channel].discard(answer.delivery.id)
        if not answers:
            return False
        try:
            self._dispatcher.record_all([(answer.delivery, answer.result) for answer in answers], self._clock.now())
        finally:
            self._recorded(answers)
        return True

    def _handle(self, message: Message) -> bool:
        now = self._clock.now()
        match message:
            case FromSweep():
                return self._receive(message, now)
            case Attempted():
                self._answers.put(message)
            case Nudge():
                self._nudged.clear()
            case SweepEnded():
                self.ended_sweeps = max(self.ended_sweeps, message.number)
                message.seen.set()
            case Call():
                try:
                    message.function(now)
                finally:
                    message.done.set()
        return False

    def _receive(self, message: FromSweep, now: datetime) -> bool:
        if message.number == self._void_sweep:
            return False
        try:
            return self._intake.receive(message.item, now)
        except Exception:
            # Whatever it was: without this item the sweep is not complete, and its end must not move the position past it.
            self._void_sweep = message.number
            raise

    def _dispatch(self, now: datetime, *, leisure: bool) -> bool:
        if self._resting or not self._dispatcher.is_due(now):
            return False
        channels = [
            channel for channel in IN_HAND if (leisure or channel not in NO_NEWS) and len(self._in_hand[channel]) < IN_HAND[channel]
        ]
        rooms = [([channel], IN_HAND[channel] - len(self._in_hand[channel]), self._in_hand[channel]) for channel in channels]
        claimed = self._dispatcher.claim_each(now, rooms)
        for delivery in claimed:
            self._in_hand[delivery.outgoing.channel].add(delivery.id)
            self._hand_out(delivery)
        return bool(claimed)

    def _in_trouble(self, failure: TemporaryFailure) -> None:
        if not self._told:
            log(LogEvent.STORE_TROUBLE, logging.ERROR, problem=failure.message, hint=failure.hint)
            self._told = True
        self._stumbled()

    def _stumbled(self) -> None:
        """What fails again before its next try is the same failure."""
        self._proof = None
        if self._monotonic() >= self._again_at:
            self._failures += 1
            self._again_at = self._monotonic() + PAUSES_S[min(self._failures, len(PAUSES_S)) - 1]

    def _recover(self) -> None:
        """A turn that goes well proves nothing, because most of them write nothing. A complete sweep does: its end is written down."""
        if self._proof is None and self._monotonic() >= self._again_at:
            self._intake.resume()
            self._proof = self._request_sweep()
        elif self._proof is not None and self.ended_sweeps >= self._proof:
            if self._told:
                log(LogEvent.STORE_BACK)
            self._failures, self._told, self._proof = 0, False, None
