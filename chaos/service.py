"""Service: `triage run` as a process that is started, killed, starved of file descriptors, and run by another clock."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.servers.processes import descriptors, tree
from tests.servers.running import last_words

FAKETIME = Path("/usr/lib")
SHARED_MEMORY = Path("/dev/shm")
STOP_WITHIN_S = 40.0
TRY_AGAIN = 75
GIVES_UP = frozenset({0, 2})
"""Exit codes after which systemd does not start the shipped unit again (Restart=on-failure, RestartPreventExitStatus=2)."""


class NothingRunsError(RuntimeError):
    """There is no process that it could be done to."""


def faketime_library() -> Path | None:
    """Debian's libfaketime (package faketime), which makes up the time a program is told."""
    return next(iter(sorted(FAKETIME.glob("*/faketime/libfaketimeMT.so.1"))), None)


class Service:
    def __init__(self, config: Path, log: Path) -> None:
        self._config = config
        self._clock = config.parent / "clock"
        self._log_path = log
        self._log = log.open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self._is_noted = False
        self._own_clocks: list[int] = []
        self.starts = 0
        self.exits: list[int] = []
        """Exit codes of processes that ended by themselves."""

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, own_clock: bool = False) -> None:
        """`own_clock`: `set_clock` has an effect on this process."""
        assert not self.runs
        environment = dict(os.environ)
        library = faketime_library()
        if own_clock and library is not None:
            self.set_clock(0)
            environment |= {
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_DONT_RESET": "1",
            }
        program = "chaos.other_clock" if "LD_PRELOAD" in environment else "triage"
        command = [sys.executable, "-m", program, "run", "--config", str(self._config)]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL, env=environment)
        self._is_noted = False
        self.starts += 1
        if own_clock:
            self._own_clocks.append(self._process.pid)

    def set_clock(self, ahead_s: int) -> None:
        """The next time it looks, it is so much later (or earlier) than it really is. A rename, so that it never reads half a file."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{ahead_s:+d}\n")
        new.rename(self._clock)

    def kill(self) -> bool:
        """kill -9; False when it had ended by itself before."""
        assert self._process is not None
        if self._has_ended():
            return False
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_WITHIN_S)
        self._is_noted = True
        return True

    def keep_up(self) -> bool:
        """What systemd does: start again what has ended by itself, unless a person must mend something first. Whether it did."""
        if self._process is None or not self._has_ended() or self.has_given_up:
            return False
        self.start()
        return True

    @property
    def has_given_up(self) -> bool:
        return self._process is not None and self._process.poll() in GIVES_UP

    def _has_ended(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        if code is not None and not self._is_noted:
            self.exits.append(code)
            self._is_noted = True
        return code is not None

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return -signal.SIGKILL

    def starve(self, room: int) -> None:
        """It may open `room` more file descriptors than it has open. Raises NothingRunsError."""
        if not self._limit(lambda pid: descriptors(pid) + room):
            raise NothingRunsError("the service had ended by itself")

    def feed(self) -> None:
        """Nothing to be done for one that has ended meanwhile."""
        self._limit(lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE)[1])

    def kill_children(self) -> None:
        """Its parser processes. It has no others."""
        if self._process is None:
            return
        for pid in list(tree(self._process.pid))[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _limit(self, soft: Callable[[int], int]) -> bool:
        """Whether there was a process that it could be set for."""
        if self._process is None or not self.runs:
            return False
        with suppress(ProcessLookupError):
            hard = resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (soft(self._process.pid), hard))
            return True
        return False

    def last_words(self) -> str:
        return last_words(self._log_path)

    def close(self) -> None:
        if self.runs:
            self.kill()
        self._log.close()
        for pid in self._own_clocks:  # libfaketime leaves them behind when its process is killed
            for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
                (SHARED_MEMORY / name).unlink(missing_ok=True)
