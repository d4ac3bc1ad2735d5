"""Service: one `triage run`, watched from outside: when it is ready, how far it is, what it costs.

What it costs is asked of /proc for the daemon and everything it has started: CPU seconds and the proportional set size (PSS).
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
WATCH_EVERY_S = 0.5
LOOK_EVERY_S = 0.05


class Service:
    """A context manager: started inside of it, and ready (with `ready`); ended after it."""

    def __init__(self, home: Path, within_s: float = 120.0, *, ready: bool = True) -> None:
        self._home = home
        self._ready = ready
        self._within_s = within_s
        self.most_pss = 0
        """Bytes, the most that was seen at any look."""
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        address = self._home / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(address))
            listener.settimeout(self._within_s)
            self.begun_at = time.perf_counter()
            command = [sys.executable, "-m", "triage", "run", "--config", str(self._home / "config.toml")]
            with (self._home / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"NOTIFY_SOCKET": str(address)})
            try:
                while self._ready and b"READY=1" not in listener.recv(4096).splitlines():
                    pass
            except TimeoutError:
                self._process.kill()
                raise RuntimeError(f"not ready within {self._within_s} s\n{self.log()}") from None
        self.ready_at = time.perf_counter()
        self._watch = threading.Thread(target=self._watch_memory, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._watch.join()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if error is not None:
            print(self.log(), file=sys.stderr)

    def kill(self) -> None:
        """As a machine does that loses its power; what follows inside of the context sees no process any more."""
        self._process.kill()
        self._process.wait()

    def log(self) -> str:
        return (self._home / "log").read_text()[-3000:]

    def processes(self) -> list[int]:
        found, asked = [], [self._process.pid]
        while asked:
            pid = asked.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                asked += [int(child) for child in _read(task).split()]
        return found

    def pss(self) -> int:
        return sum(_pss(pid) for pid in self.processes())

    def cpu_s(self) -> float:
        """Of all the processes so far; of those that have ended only what their parent has waited for."""
        return sum(_cpu_s(pid) for pid in self.processes())

    def cpu_of_engine_s(self) -> float:
        return _cpu_s(self._process.pid)

    def ask(self, statement: str) -> int:
        """One number out of the store; 0 while there is none."""
        path = self._home / "state" / "triage.sqlite3"
        if not path.exists():
            return 0
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            row = connection.execute(statement).fetchone()
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()
        return int(row[0] or 0)

    def wait_until(self, statement: str, count: int, timeout_s: float) -> float:
        """When that number was reached (time.perf_counter()). Raises TimeoutError."""
        deadline = time.perf_counter() + timeout_s
        while self.ask(statement) < count:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{self.ask(statement)} of {count} after {timeout_s:.0f} s\n{self.log()}")
            time.sleep(LOOK_EVERY_S)
        return time.perf_counter()

    def _watch_memory(self) -> None:
        while not self._ended.wait(WATCH_EVERY_S):
            self.most_pss = max(self.most_pss, self.pss())


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # that process has just ended
        return ""


def _pss(pid: int) -> int:
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _cpu_s(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS if fields else 0.0
