"""SideProcess: one long job in a process of its own: items go in, one result comes out. For what is judged twice at the same time.

The process is forked, because compiled rules cannot be sent to another one: make it before any thread is started. It ends with this
process. Called by `triage rules backtest`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from triage.core.failures import PermanentFailure

Item = TypeVar("Item", contravariant=True)
Last = TypeVar("Last", contravariant=True)
Result = TypeVar("Result", covariant=True)

BATCH = 50


class Job(Protocol[Item, Last, Result]):
    def judge(self, item: Item, /) -> object: ...

    def finish(self, last: Last, /) -> Result: ...


class SideProcess(Generic[Item, Last, Result]):
    """A context manager; `judge` and `finish` are the job's. Raises PermanentFailure when the process has ended before its time."""

    def __init__(self, make: Callable[[], Job[Item, Last, Result]]) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(make, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._waiting: list[Item] = []

    def judge(self, item: Item) -> None:
        self._waiting.append(item)
        if len(self._waiting) == BATCH:
            self._send((True, self._waiting))
            self._waiting = []

    def finish(self, last: Last) -> Result:
        self._send((True, self._waiting))
        self._send((False, last))
        try:
            result: Result = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise _ended() from None
        return result

    def _send(self, work: tuple[bool, object]) -> None:
        try:
            self._pipe.send(work)
        except (BrokenPipeError, ConnectionResetError):
            raise _ended() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _run(make: Callable[[], Job[Item, Last, Result]], pipe: Connection) -> None:
    job = make()
    while True:
        more, work = pipe.recv()
        if not more:
            break
        for item in work:
            job.judge(item)
    pipe.send(job.finish(work))


def _ended() -> PermanentFailure:
    return PermanentFailure("a process of this command has ended before its time", hint="see what it said above")
