"""Processes as the kernel tells of them (proc(5)): the tree below one, the memory, CPU and descriptors of each, the most memory of all.

Of a process that has ended there is nothing to tell, which is no mistake: 0. Called by bench, floods and chaos.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> Iterator[int]:
    """The process and everything it has started, as far as it still runs."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(task).split():
            yield from tree(int(child))


def pss(pid: int) -> int:
    """Bytes of the proportional set size, in which shared pages are counted once."""
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def cpu_s(pid: int) -> float:
    """CPU seconds so far, with those of the children that it has waited for."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS if fields else 0.0


def descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0


@dataclass
class Watch:
    """A context manager that looks again and again: `most` is the largest sum of memory, `parts` what each process had then."""

    pid: int
    every_s: float = 0.05
    most: int = 0
    parts: tuple[int, ...] = ()
    """The first process first."""
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self.every_s):
            parts = tuple(pss(one) for one in tree(self.pid))
            if sum(parts) > self.most:
                self.most, self.parts = sum(parts), parts


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
