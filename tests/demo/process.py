"""The demo as a process of its own, with a directory for its temporary files that is looked at afterwards."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = [sys.executable, "-m", "triage", "demo"]
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Finished:
    status: int
    output: str
    errors: str
    leftovers: list[str]
    """Files in its temporary directory, and processes of its session, that outlived it."""


def run_demo(directory: Path, **env: str) -> Finished:
    process = subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(directory, env), start_new_session=True
    )
    try:
        output, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    return Finished(process.returncode, output.decode(), errors.decode(), leftovers(directory, process.pid))


def stop_demo(directory: Path, *, after: str) -> Finished:
    """SIGTERM as soon as a line with these words is out."""
    process = subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(directory, {}), start_new_session=True
    )
    output = ""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if after in line and after not in output:
                process.terminate()
            output += line
        process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return Finished(process.returncode, output, "", leftovers(directory, process.pid))


def environment(directory: Path, changes: Mapping[str, str]) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    return {**known, "TMPDIR": str(directory), "PYTHONUTF8": "1", **changes}


def leftovers(directory: Path, session: int) -> list[str]:
    found = [path.name for path in directory.iterdir()]
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return found
    return [*found, f"a process of session {session}"]


@dataclass
class Staying:
    """`triage demo --stay`, running. `lines` grows."""

    process: subprocess.Popen[str]
    directory: Path
    lines: list[str] = field(default_factory=list)
    _incoming: queue.Queue[str] = field(default_factory=queue.Queue)

    def wait_for(self, words: str) -> str:
        """The first line with these words, now or later."""
        deadline = time.monotonic() + PATIENCE_S
        seen = 0
        while True:
            for line in self.lines[seen:]:
                if words in line:
                    return line
            seen = len(self.lines)
            try:
                self.lines.append(self._incoming.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"no line with {words!r} in:\n{''.join(self.lines)}") from None

    def port(self, name: str) -> int:
        return int(self.wait_for(f"{name} ").partition("port ")[2].partition(",")[0])

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)

    def read_on(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._incoming.put(line)


@contextmanager
def staying(directory: Path) -> Iterator[Staying]:
    process = subprocess.Popen(
        [*COMMAND, "--stay"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(directory, {}),
        start_new_session=True,
    )
    running = Staying(process, directory)
    reader = threading.Thread(target=running.read_on)
    reader.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
