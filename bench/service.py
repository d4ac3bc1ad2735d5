"""Service: one `triage run`, watched from outside: when it is ready, how far it is, what it costs.

What it costs is asked of /proc for the daemon and everything it has started: CPU seconds and the proportional set size (PSS).
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.processes import Watch, cpu_s, descriptors, pss, tree
from tests.servers.running import last_words, started

WATCH_EVERY_S = 0.5
LOOK_EVERY_S = 0.05


class Service:
    """A context manager: started inside of it, and ready (with `ready`); ended after it."""

    def __init__(self, home: Path, *, ready: bool = True) -> None:
        self._home = home
        self._ready = ready

    def __enter__(self) -> Self:
        self.begun_at = time.perf_counter()
        self._process = started(self._home / "config.toml", ready=self._ready)
        self.ready_at = time.perf_counter()
        self._memory = Watch(self._process.pid, WATCH_EVERY_S)
        self._memory.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._memory.__exit__(kind, error, trace)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if isinstance(error, Exception):
            print(self.log(), file=sys.stderr)

    def kill(self) -> None:
        """As a machine does that loses its power; what follows inside of the context sees no process any more."""
        self._process.kill()
        self._process.wait()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        return last_words(self._home / "log")

    @property
    def most_pss(self) -> int:
        """Bytes, the most that was seen at any look."""
        return self._memory.most

    def pss(self) -> int:
        return sum(pss(pid) for pid in tree(self._process.pid))

    def cpu_s(self) -> float:
        """Of all the processes so far; of those that have ended only what their parent has waited for."""
        return sum(cpu_s(pid) for pid in tree(self._process.pid))

    def cpu_of_engine_s(self) -> float:
        return cpu_s(self._process.pid)

    def descriptors(self) -> int:
        return sum(descriptors(pid) for pid in tree(self._process.pid))

    def ask(self, statement: str) -> int:
        """One number out of the store. Raises sqlite3.OperationalError."""
        with closing(sqlite3.connect(f"file:{self._home / 'state' / 'triage.sqlite3'}?mode=ro", uri=True, timeout=5)) as connection:
            row = connection.execute(statement).fetchone()
        return int(row[0] or 0)

    def ask_so_far(self, statement: str) -> int:
        """0 also while there is no store, or while it is being made."""
        with suppress(sqlite3.OperationalError):
            return self.ask(statement)
        return 0

    def wait_until(self, statement: str, count: int, timeout_s: float) -> float:
        """When that number was reached (time.perf_counter()). Raises TimeoutError, and RuntimeError once nobody is there to reach it."""
        deadline = time.perf_counter() + timeout_s
        while self.ask_so_far(statement) < count:
            if not self.runs:
                raise RuntimeError(f"the daemon has ended\n{self.log()}")
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{self.ask_so_far(statement)} of {count} after {timeout_s:.0f} s\n{self.log()}")
            time.sleep(LOOK_EVERY_S)
        return time.perf_counter()
