"""SmallDisk: a small file system of its own for the store, which can be filled and made read-only. Needs root (a mount).

Its mount is removed at the end, whatever happened. Called by `run`; the nemesis fills and seals it.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE_MB = 256
TRIES = 10


def why_no_small_disk() -> str:
    """Empty when one can be made here."""
    if os.geteuid() != 0:
        return "a small file system is a mount, which needs root"
    try:
        flags = next(int(line.split()[1], 16) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
    except (OSError, StopIteration):
        return "/proc does not tell whether this process may mount"
    return "" if flags & (1 << 21) else "this process may not mount (CAP_SYS_ADMIN)"


class SmallDisk:
    def __init__(self, where: Path) -> None:
        self.where = where
        self._ballast = where / "ballast"

    def __enter__(self) -> Self:
        self.where.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "triage-chaos", str(self.where))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _run("umount", "--lazy", str(self.where))

    def fill(self, room: int) -> None:
        """All but `room` bytes, or less where the program is quicker and takes the last of it."""
        with self._ballast.open("wb") as file:
            for _ in range(TRIES):
                free = os.statvfs(self.where)
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
                    return

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def seal(self) -> None:
        """Read-only; refused by the kernel while somebody has a file open for writing."""
        _run("mount", "-o", "remount,ro", str(self.where))

    def unseal(self) -> None:
        _run("mount", "-o", "remount,rw", str(self.where))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)
