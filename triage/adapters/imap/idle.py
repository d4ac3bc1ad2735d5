"""IdleLine: one IMAP connection that only listens (RFC 2177), on the bare socket.

Any untagged line counts as a ring; what it says is never believed. It keeps its own buffer, so that a line that comes together with the
server's `+`, or in two pieces, is neither missed nor an error. Raises ConnectionError or TimeoutError on any doubt. Called by `doorbell`.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable

_CHUNK = 65536
_LONGEST_LINE = 1_000_000


class IdleRefused(Exception):
    """The server answered IDLE with NO or BAD."""


class IdleLine:
    """`waker` becomes readable when somebody wants `listen` to return early. Belongs to one thread."""

    def __init__(
        self, line: socket.socket, ahead: bytes, waker: socket.socket, timeout_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._waker = waker
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._buffer = bytearray(ahead)
        self._tag = b""
        self._count = 0
        self._rang = False
        self._torn_since: float | None = None

    def arm(self) -> None:
        """Sends IDLE and waits for the server's `+`; what else arrives meanwhile is kept for `listen`."""
        self._count += 1
        self._tag = b"IDLE%d" % self._count
        self._send(self._tag + b" IDLE\r\n")
        self._read_until(lambda line: line.startswith(b"+"))

    def rearm(self) -> None:
        """DONE and IDLE again: proves that the server is still there, well under its 29 minutes."""
        self._send(b"DONE\r\n")
        self._read_until(lambda line: line.startswith(self._tag + b" "))
        self.arm()

    def listen(self, timeout_s: float) -> bool:
        """True as soon as the server says anything; False when the time is over or the waker was touched."""
        until = self._monotonic() + timeout_s
        while not self._heard():
            left = until - self._monotonic()
            if left <= 0 or not self._wait(left, self._line, self._waker):
                return False
        self._rang = False
        return True

    def _heard(self) -> bool:
        """Takes what has arrived; never blocks."""
        self._receive()
        while (line := self._next_line()) is not None:
            self._note(line)
        return self._rang

    def _read_until(self, is_answer: Callable[[bytes], bool]) -> None:
        until = self._monotonic() + self._timeout_s
        while True:
            while (line := self._next_line()) is not None:
                if is_answer(line):
                    return
                self._note(line)
            left = until - self._monotonic()
            if left <= 0 or not self._wait(left, self._line):
                raise TimeoutError
            self._receive()

    def _note(self, line: bytes) -> None:
        if line.upper().startswith(b"* BYE"):
            raise ConnectionError("the server said goodbye")
        if line.startswith(self._tag + b" "):
            raise IdleRefused
        if not line.startswith(b"* "):
            raise ConnectionError("the server sent something that is not IMAP")
        self._rang = True

    def _next_line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise ConnectionError("the server sent a line without end")
            if self._buffer and self._torn_since is None:
                self._torn_since = self._monotonic()
            return None
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        self._torn_since = None
        return line

    def _receive(self) -> None:
        """Everything the socket and the TLS layer above it hold, so that polling the socket tells the truth afterwards."""
        self._line.setblocking(False)
        while len(self._buffer) <= _LONGEST_LINE:
            try:
                chunk = self._line.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            if not chunk:
                raise ConnectionError("the server closed the connection")
            self._buffer += chunk

    def _send(self, data: bytes) -> None:
        self._line.settimeout(self._timeout_s)
        self._line.sendall(data)

    def _wait(self, timeout_s: float, *sources: socket.socket) -> bool:
        """Whether the line, rather than the waker or the clock, ended the wait. A line torn in two has `timeout_s` to be completed."""
        if self._torn_since is not None:
            timeout_s = min(timeout_s, self._torn_since + self._timeout_s - self._monotonic())
        poller = select.poll()
        for source in sources:
            poller.register(source, select.POLLIN)
        ready = {descriptor for descriptor, _ in poller.poll(max(timeout_s, 0) * 1000)}
        if self._torn_since is not None and not ready and self._monotonic() >= self._torn_since + self._timeout_s:
            raise TimeoutError
        return self._line.fileno() in ready
