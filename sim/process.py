"""Process: one life of the daemon on one thread, which may end at any boundary.

A boundary is an instant at which a crash can leave something half done: before and after every commit, and after every attempt before
it is recorded. `Crashed` is a BaseException, as `except Exception` does not survive kill -9 either. A crash loses exactly what was not
committed: the transaction that is open is rolled back, and everything in memory is gone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from triage.adapters.measured import Measured
from triage.adapters.parsing import InlineParser
from triage.adapters.sender import Sender
from triage.core.deliveries import Delivery
from triage.core.seams import Clock, Entropy, Parsed, Parser, SendOutcome, SendResult
from triage.core.settings import Config, Limits
from triage.daemon.outside import Outside
from triage.daemon.service import Daemon
from triage.store.database import Store, open_store

T = TypeVar("T")
MOST_ROUNDS = 2_000
"""Of one instant: more means that the program turns in a circle."""
UNREADABLE = b"\r\nX-Sim: cannot be read\r\n"
"""A mail with this field breaks every parser."""
REMEMBERED = 2_000
"""Mails whose meaning is known without reading them again."""


class Crashed(BaseException):
    """The process is gone."""


class Fuse:
    """Burns through at the n-th boundary from now; None: never. While `full` is set no commit succeeds, as on a full disk; one for which
    `stumbles` says so fails by itself, as on a store that another process holds."""

    def __init__(self, left: int | None = None, stumbles: Callable[[], bool] = lambda: False) -> None:
        self.left = left
        self.stumbles = stumbles
        self.failed = 0
        self.passed = 0
        self.where = ""
        self.full = False

    def commit(self) -> None:
        """Raises sqlite3.OperationalError where the store cannot be written."""
        if self.full or self.stumbles():
            self.failed += 1
            raise sqlite3.OperationalError("database or disk is full" if self.full else "database is locked")

    def pass_(self, where: str) -> None:
        self.passed += 1
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            self.where = where
            raise Crashed(where)


class FusedStore(Store):
    """A store whose every commit of something is a boundary; one of nothing leaves nothing half done, and cannot fail."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        super().__init__(store.connection)
        self._fuse = fuse

    @contextmanager
    def write(self) -> Iterator[None]:
        before = self.connection.total_changes
        with super().write():
            yield
            wrote = self.connection.total_changes != before
            if wrote:
                self._fuse.pass_("before commit")
                self._fuse.commit()
        if wrote:
            self._fuse.pass_("after commit")


def open_fused(fuse: Fuse) -> Callable[..., Store]:
    """As `open_store`. What is written is on the disk when it is read again, whatever `synchronous` says: only the power can lose it, and
    the power never goes here. So nothing waits for the disk."""

    def open_(state_dir: Path, *, create: bool = False) -> Store:
        store = open_store(state_dir, create=create)
        store.connection.execute("PRAGMA synchronous = OFF")
        return FusedStore(store, fuse) if create else store

    return open_


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """Carry out what waits for nothing: everything simulated answers at once."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("something simulated has waited for a real event")


BeginAttempt = Callable[[Delivery, Callable[[], SendResult], Callable[[SendResult], None]], None]
"""(delivery, attempt, answer): whoever drives the program decides when."""


class SteppedLoop:
    """`Loop` of daemon/outside.py without a thread: `begin_attempt(attempt, answer)` decides when an attempt is made and when it is
    answered. What has not been answered when the process ends never is."""

    def __init__(self, begin_attempt: BeginAttempt, carry_out: Callable[[Coroutine[Any, Any, Any]], Any] | None = None) -> None:
        """`carry_out` for what does wait for something: a real server."""
        self._begin_attempt = begin_attempt
        self._carry_out = carry_out or run_now
        self.loop = asyncio.new_event_loop()
        self.lag = Measured()

    def start(self) -> None:
        return None

    def send(self, sender: Sender, delivery: Delivery, answer: Callable[[Delivery, SendResult], None]) -> None:
        def attempt() -> SendResult:
            try:
                result: SendResult = self._carry_out(sender.send(delivery))
                return result
            except Exception as error:
                return SendResult(SendOutcome.UNKNOWN, f"{type(error).__name__}: {error}")

        self._begin_attempt(delivery, attempt, lambda result: answer(delivery, result))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._carry_out(work)

    def run_soon(self, function: Callable[[], None]) -> None:
        return None

    def stop(self, sender: Sender) -> None:
        self.loop.close()


class RememberingParser(InlineParser):
    """What a mail says follows from its bytes alone: those it has read before are not read again, in whichever life."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._known: OrderedDict[bytes, Parsed] = OrderedDict()

    def submit(self, ticket: int, raw: bytes, _urgent: bool = False, /) -> None:
        if UNREADABLE in raw:
            self._done.append(Parsed(ticket, None, "took longer than 10 s"))
            return
        key = sha256(raw).digest()
        known = self._known.get(key)
        if known is None:
            super().submit(ticket, raw)
            self._known[key] = self._done[-1]
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return
        self._done.append(replace(known, ticket=ticket))


class Process:
    """`outside` must be stepped."""

    def __init__(
        self, config: Config, clock: Clock, entropy: Entropy, outside: Outside, parser: Parser | None = None, *, audited: bool = False
    ) -> None:
        """Raises TriageError as `Daemon` does, and Crashed."""
        self.daemon = Daemon(config, clock, entropy, parser=parser or InlineParser(config.limits), audited=audited, outside=outside)
        self._outside = outside
        self._at_rest: tuple[int, int] | None = None
        """Turns in which something happened, and the store's version, when nothing could be done any more."""
        self.daemon.engine.begin()
        self.daemon.request_sweep()

    @property
    def has_news(self) -> bool:
        """Something has been told to the program since it came to rest, or was written beside it."""
        daemon = self.daemon
        return daemon.mailbox.is_awake or not daemon.engine.inbox.empty() or self._at_rest != self._now()

    def _now(self) -> tuple[int, int]:
        return self.daemon.engine.steps_worked, self.daemon.desk.store.data_version()

    def settle(self) -> None:
        """Until nothing can be done at this instant. Raises Crashed."""
        self._at_rest = None
        daemon = self.daemon
        for _ in range(MOST_ROUNDS):
            idle, worked = daemon.engine.idle_turns, daemon.engine.steps_worked
            if daemon.mailbox.is_awake:
                daemon.mailbox.look()  # takes turns of its own
            if daemon.engine.idle_turns == idle or daemon.engine.steps_worked != worked:
                worked = daemon.engine.steps_worked
                daemon.engine.turn(0.0)
            if daemon.engine.steps_worked == worked and not daemon.mailbox.is_awake and daemon.engine.inbox.empty():
                self._at_rest = self._now()
                return
        raise RuntimeError(f"after {MOST_ROUNDS} rounds at one instant there is still something to do")

    def end(self) -> None:
        """The process is gone, by a crash or otherwise: what it held open is closed, nothing is finished."""
        self.daemon.abandon()
        self._outside.loop.loop.close()
