"""Beside: a server of the benchmark's in a process of its own, whose work is not the benchmark's.

It is a module that prints its port first, and that ends by itself when its standard input does.
"""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self


class Beside:
    """A context manager: `python -m MODULE ARGUMENTS`, killed at the end. Ctrl-C is the benchmark's alone, hence the group of its own."""

    def __init__(self, module: str, *arguments: object) -> None:
        self._command = [sys.executable, "-m", module, *map(str, arguments)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
        self.port = self._number()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self) -> int:
        """The number that it prints for every line it is sent."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"?\n")
        self._process.stdin.flush()
        return self._number()

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())
