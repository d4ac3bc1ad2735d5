"""BoundedImap: imaplib's connection, read by ourselves, so that no server takes the memory or the time of whoever listens to it.

imaplib makes room for whatever length a literal claims, keeps every line that comes unasked, and waits for as long as something comes now
and then. Here an answer has a size and an end; beyond either the connection is given up. Decides nothing else. Called by `facade`.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer, unless a message may be larger: eight times what is asked for at once."""
PATIENCE = 10
"""An answer may take so many times as long as the silence that is borne: servers say "still here" while they search."""
SLOWEST = 64 * 1024
"""Bytes in a second that a long answer must bring."""
MOST_LINES = 250_000
"""A folder of as many messages may be emptied between two questions; each of them is told in a line."""
LONGEST_TEXT = 64 * 1024
"""What an answer about one message may say outside of literals: imapclient reads it byte by byte, a megabyte in seconds."""
ENDLESS = "an answer without end"

_LONGEST_LINE = 1_000_000
_CHUNK = 256 * 1024


class BoundedImap(imaplib.IMAP4):
    """`expect_answer` begins a new answer: what it may take is counted from then on. Raises what imaplib raises."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, timeout_s: float, largest: int) -> None:
        self._tls = tls
        self._timeout_s = timeout_s
        self._largest = max(largest, LARGEST_ANSWER)
        self._ahead = bytearray()
        self._source: socket.socket | None = None
        self._taken, self._lines, self._began, self._within_s = 0, 0, time.monotonic(), timeout_s * PATIENCE
        super().__init__(host, port)

    def expect_answer(self, within_s: float | None = None) -> None:
        self._taken, self._lines, self._began = 0, 0, time.monotonic()
        self._within_s = self._timeout_s * PATIENCE if within_s is None else within_s
        self.sock.settimeout(min(self._timeout_s, self._within_s))

    def read(self, size: int) -> bytes:
        """A literal; shorter when the server hangs up."""
        if size > self._largest:
            raise self.abort(f"{ENDLESS}: {size} bytes are announced")
        while len(self._ahead) < size and self._receive():
            pass
        return self._take(size)

    def readline(self) -> bytes:
        """With its end; without one when the server hangs up."""
        self._lines += 1
        if self._lines > MOST_LINES:
            raise self.abort(f"{ENDLESS}: more than {MOST_LINES} lines")
        looked_at = 0
        while (end := self._from_here().find(b"\n", looked_at)) < 0:
            looked_at = len(self._ahead)
            if looked_at > _LONGEST_LINE:
                raise self.abort(f"{ENDLESS}: a line of more than {_LONGEST_LINE} bytes")
            if not self._receive():
                return self._take(looked_at)
        return self._take(end + 1)

    def take_ahead(self) -> bytes:
        """What was read and not used, for whoever goes on reading from the socket."""
        return self._take(len(self._ahead))

    def _untagged_response(self, typ: str, dat: list[Any], name: str) -> tuple[str, list[Any]]:
        """imaplib's. What is said about a message in too many words is left out, as if the server had not answered about it."""
        typ, data = super()._untagged_response(typ, dat, name)  # type: ignore[misc]  # no part of its documented face
        return typ, list(_brief(data)) if name == "FETCH" else data

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout or self._timeout_s)
        return self._tls.wrap_socket(line, server_hostname=self.host) if self._tls else line

    def _from_here(self) -> bytearray:
        """What came before TLS was begun was said by anybody, and is no part of what is said under it (RFC 9051 section 6.2.1)."""
        if self._source is not self.sock:
            if self._ahead:
                raise self.abort("plain text after STARTTLS")
            self._source = self.sock
        return self._ahead

    def _receive(self) -> bool:
        """One more piece; False when the server has hung up. TimeoutError when nothing comes."""
        left_s = self._began + self._within_s + self._taken / SLOWEST - time.monotonic()
        if left_s <= 0:
            raise self.abort(f"{ENDLESS}: {self._taken} bytes so far")
        self._from_here()
        self.sock.settimeout(min(self._timeout_s, left_s))
        chunk = self.sock.recv(_CHUNK)
        self._ahead += chunk
        self._taken += len(chunk)
        if self._taken > self._largest + _CHUNK:
            raise self.abort(f"{ENDLESS}: more than {self._largest} bytes")
        return bool(chunk)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken


def _brief(data: list[Any]) -> Iterator[Any]:
    """imaplib gives a literal as (words before it, literal); words alone end what is said about a message."""
    message: list[Any] = []
    for item in data:
        message.append(item)
        if isinstance(item, tuple):
            continue
        if sum(len(words[0] if isinstance(words, tuple) else words or b"") for words in message) <= LONGEST_TEXT:
            yield from message
        message = []
    yield from message
