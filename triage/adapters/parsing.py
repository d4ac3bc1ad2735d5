"""`Parser` of core/seams.py: in this process (tests, `explain`), or in limited worker processes (the daemon).

Decides nothing about mail; it decides when a mail has taken too long or too much, and then that mail goes to quarantine and the next one
goes on. A worker is started by exec, never by fork: the daemon has threads, and a forked child inherits their locks, SQLite's and
TLS's included, in whatever state they are in. `multiprocessing`'s own spawn would import the daemon's main module in every worker; these
import core/mail only.
"""

from __future__ import annotations

import itertools
import pickle
import queue
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import triage
from triage.adapters.logs import log_crash
from triage.adapters.parse_worker import describe
from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import parse
from triage.core.seams import Parsed
from triage.core.settings import Limits

_START_TIMEOUT_S = 60.0
"""For a worker to start and import on a busy machine; not part of a mail's time."""
START_PATIENCE_S = 60.0
_START_AGAIN_S = 0.5
TRIES = 2
"""Workers that one mail may cost."""


class InlineParser:
    """Parses in the calling thread when a mail is submitted; no time limit."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._done: list[Parsed] = []

    def submit(self, ticket: int, raw: bytes, _urgent: bool = False, /) -> None:
        try:
            self._done.append(Parsed(ticket, parse(raw, self._limits)))
        except Exception as error:  # noqa: BLE001 - the message boundary: what a mail caused is its quarantine reason
            self._done.append(Parsed(ticket, None, describe(error, self._limits)))

    def finished(self) -> list[Parsed]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        self._done.clear()


class ParserPool:
    """`limits.parse_workers` processes, started with the first mails. One thread of the pool looks after each.

    `submit` and `finished` never block; `wait` does, until something is finished. `on_result`, if given, is called from a pool thread
    after each mail (to wake an event loop). What was submitted and not begun lives in memory: the caller bounds how much it submits.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        on_result: Callable[[], None] | None = None,
        took: Callable[[float], None] | None = None,
        start_patience_s: float = START_PATIENCE_S,
    ) -> None:
        """`took` hears from a pool thread how many seconds each mail took. For `start_patience_s` mails wait for a worker that cannot be
        started: a machine without a free descriptor or memory for a process is no fault of theirs. Then each costs one try and its place
        in the quarantine, where it is told of."""
        self._limits = limits or Limits()
        self._start_patience_s = start_patience_s
        self._on_result = on_result
        self._took = took
        self._waiting: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._done: deque[Parsed] = deque()
        self._news = threading.Condition()
        self._slots: list[_Slot] = []
        self._unfinished = 0
        self._closed = False

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        if self._closed:
            raise RuntimeError("the parser pool is closed")
        self._waiting.put(_Job(_Lane.URGENT if urgent else _Lane.ORDINARY, next(self._numbers), ticket, raw))
        with self._news:
            self._unfinished += 1
            more = len(self._slots) < min(self._unfinished, max(1, self._limits.parse_workers))
        if more:
            self._add_slot()

    def warm(self) -> None:
        """Starts the first worker, so that the first mail need not wait for it. Does not wait itself."""
        if not self._slots:
            self._add_slot()

    def finished(self) -> list[Parsed]:
        with self._news:
            done = list(self._done)
            self._done.clear()
        return done

    def wait(self, timeout_s: float) -> bool:
        """Until something is finished or the time is over; True when `finished` has something."""
        with self._news:
            return self._news.wait_for(lambda: bool(self._done) or self._closed, timeout_s) and bool(self._done)

    def close(self) -> None:
        """Ends every worker, also in the middle of a mail, and waits until they are gone. What was not finished is dropped."""
        self._closed = True
        for slot in self._slots:
            slot.stop()
        for _ in self._slots:
            self._waiting.put(_Job(_Lane.END, next(self._numbers)))
        for slot in self._slots:
            slot.join()
        self._slots.clear()
        with self._news:
            self._news.notify_all()

    def worker_pids(self) -> tuple[int, ...]:
        """Of the workers that run now; for `triage doctor` and the tests."""
        return tuple(worker.process.pid for slot in self._slots if (worker := slot.worker) is not None)

    def _add_slot(self) -> None:
        self._slots.append(_Slot(self._limits, self._waiting, self._publish, self._took, self._start_patience_s))

    def _publish(self, parsed: Parsed) -> None:
        with self._news:
            self._done.append(parsed)
            self._unfinished -= 1
            self._news.notify_all()
        if self._on_result is not None:
            self._on_result()


class _Lane(IntEnum):
    END = 0
    URGENT = 1
    ORDINARY = 2


class _Job(NamedTuple):
    """In the order in which they are begun. `number` is no other's, so nothing behind it is ever compared."""

    lane: _Lane
    number: int
    ticket: int = 0
    raw: bytes = b""


class _WorkerGone(Exception):
    """The worker process ended, or never got ready; the text says how."""


class _TookTooLong(Exception):
    """The time limit of one mail is over."""


@dataclass(slots=True)
class _Worker:
    """One running parser process and the pool's end of its pipe. Used by one thread; only `kill` may come from another."""

    process: subprocess.Popen[bytes]
    connection: Connection

    def parse(self, raw: bytes, timeout_s: float) -> tuple[InboundMessage | None, str]:
        try:
            self.connection.send_bytes(raw)
            if not self.connection.poll(timeout_s):
                raise _TookTooLong
            answer: tuple[InboundMessage | None, str] = pickle.loads(self.connection.recv_bytes())  # noqa: S301 - our own process
        except BlockingIOError:
            raise _TookTooLong from None
        except (EOFError, OSError):
            raise _WorkerGone(self.end()) from None
        return answer

    def end(self) -> str:
        """Kills and reaps; says how the process ended if it had ended by itself."""
        try:
            status = self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.connection.close()
        return f"signal {-status}" if status < 0 else f"exit status {status}"


class _Slot:
    """A thread that keeps one worker running and feeds it one mail at a time: a fault of a worker concerns that one mail."""

    def __init__(
        self,
        limits: Limits,
        waiting: queue.PriorityQueue[_Job],
        publish: Callable[[Parsed], None],
        took: Callable[[float], None] | None,
        start_patience_s: float,
    ) -> None:
        self.worker: _Worker | None = None
        self._limits = limits
        self._patience_s = self._patience_left_s = start_patience_s
        self._waiting = waiting
        self._publish = publish
        self._took = took
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parser-pool", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        worker = self.worker
        if worker is not None:
            worker.process.kill()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        self._warm_up()
        while True:
            job = self._waiting.get()
            if job.lane is _Lane.END or self._stopping.is_set():
                break
            try:
                parsed = self._parse(job.ticket, job.raw)
            except Exception as error:  # noqa: BLE001 (without this thread no mail is ever parsed again)
                log_crash(error)
                parsed = Parsed(job.ticket, None, f"{type(error).__name__} around the parser process")
            if self._stopping.is_set():
                break
            self._publish(parsed)
        self._end_worker()

    def _warm_up(self) -> None:
        """Before a mail is taken: it would wait here for this worker, while another slot has one that runs."""
        try:
            self._running_worker()
        except (_WorkerGone, OSError):
            return  # the first mail tries again, and is told
        except Exception as error:  # noqa: BLE001 (without this thread no mail is ever parsed again)
            log_crash(error)

    def _parse(self, ticket: int, raw: bytes) -> Parsed:
        """A worker may be killed from outside in the middle of a mail (a machine out of memory): only the second death is the mail's."""
        died = ""
        for _ in range(TRIES):
            try:
                return self._parse_once(ticket, raw)
            except _WorkerGone as error:
                self.worker = None
                died = str(error)
            if self._stopping.is_set():
                break
        return Parsed(ticket, None, f"the parser process died on it twice ({died})")

    def _parse_once(self, ticket: int, raw: bytes) -> Parsed:
        """Raises _WorkerGone when the worker ended over it."""
        try:
            worker = self._running_worker()
        except (_WorkerGone, OSError) as error:
            self._end_worker()
            return Parsed(ticket, None, f"the parser process could not be started ({error})")
        begun = time.monotonic()
        try:
            message, error_text = worker.parse(raw, self._limits.parse_timeout_s)
        except _TookTooLong:
            worker.process.kill()
            self._end_worker()
            return Parsed(ticket, None, f"took longer than {self._limits.parse_timeout_s:g} s to parse")
        finally:
            if self._took is not None:
                self._took(time.monotonic() - begun)
        return Parsed(ticket, message, error_text)

    def _running_worker(self) -> _Worker:
        """A worker that ended between two mails (killed by hand, out of memory) is replaced: no mail is to blame."""
        if self.worker is not None and self.worker.process.poll() is not None:
            self._end_worker()
        return self.worker or self._started()

    def _started(self) -> _Worker:
        """Tries until it has a worker or its patience is over, which comes back with the next worker."""
        until = time.monotonic() + self._patience_left_s
        while True:
            try:
                self.worker = _start(self._limits)
                if self._stopping.is_set():
                    self.worker.process.kill()
                _await_ready(self.worker, self._limits)
            except (_WorkerGone, OSError):
                self._end_worker()
                if self._stopping.is_set() or time.monotonic() >= until:
                    self._patience_left_s = 0.0
                    raise
            else:
                self._patience_left_s = self._patience_s
                return self.worker
            self._stopping.wait(_START_AGAIN_S)

    def _end_worker(self) -> None:
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.process.kill()
            worker.end()


def _start(limits: Limits) -> _Worker:
    ours, theirs = socket.socketpair()
    with theirs:
        # A worker that stops reading or writing in the middle must not hold its thread for ever.
        whole = int(limits.parse_timeout_s)
        patience = struct.pack("ll", whole, int((limits.parse_timeout_s - whole) * 1_000_000) or 1)
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, patience)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "triage.adapters.parse_worker", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            # Nothing of the daemon's environment: it may hold passwords.
            env={"PYTHONPATH": str(Path(triage.__file__).parent.parent), "PYTHONUTF8": "1"},
            cwd="/",
            start_new_session=True,
        )
    return _Worker(process, Connection(ours.detach()))


def _await_ready(worker: _Worker, limits: Limits) -> None:
    try:
        worker.connection.send_bytes(pickle.dumps(limits))
        if worker.connection.poll(_START_TIMEOUT_S) and worker.connection.recv_bytes() == b"ready":
            return
    except (EOFError, OSError):
        raise _WorkerGone(worker.end()) from None
    worker.process.kill()
    raise _WorkerGone("it did not get ready")
