"""Memory of a process and all its children, looked at again and again: PSS, of which shared pages are counted once (proc(5))."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.05


def tree(pid: int) -> Iterator[int]:
    """The process and everything it has started, as far as it still runs."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def pss(pid: int) -> int:
    """Bytes of one process; 0 when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


@dataclass
class Watch:
    """A context manager; `most` is the largest sum seen, `parts` what each process had then, the first one first."""

    pid: int
    most: int = 0
    parts: tuple[int, ...] = ()
    looks: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="memory")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            parts = tuple(pss(one) for one in tree(self.pid))
            self.looks += 1
            if sum(parts) > self.most:
                self.most, self.parts = sum(parts), parts
