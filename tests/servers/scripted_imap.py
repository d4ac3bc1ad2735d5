"""ScriptedImap: an IMAP server that does what a test tells it to, wrong things above all.

It answers the commands of a plain session by itself; `answers` replaces the answer to one command ("UID FETCH", "IDLE", ...) by bytes
(`{tag}` is filled in) or by a function that talks on the wire itself.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from triage.core.settings import Security, Server

HOST = "127.0.0.1"


class Wire:
    """One connection, from the server's side."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def line(self) -> bytes:
        """The client's next line without its end; ConnectionError when it is gone."""
        line = self._lines.readline()
        if not line:
            raise ConnectionError
        return line.rstrip(b"\r\n")

    def start_tls(self, tls: ssl.SSLContext) -> None:
        self._connection = tls.wrap_socket(self._connection, server_side=True)
        self._lines = self._connection.makefile("rb")

    def hang_up(self) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionError

    def stall(self) -> None:
        """Says nothing more, until the client gives up."""
        while True:
            self.line()


Answer = bytes | Callable[[Wire, bytes, bytes], None]

PLAIN: dict[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n",
    "LOGIN": b"{tag} OK [CAPABILITY IMAP4rev1 IDLE] welcome\r\n",
    "LIST": b'* LIST () "/" INBOX\r\n{tag} OK done\r\n',
    "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 11] ok\r\n{tag} OK [READ-ONLY] done\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n{tag} OK [READ-WRITE] done\r\n",
    "NOOP": b"{tag} OK done\r\n",
    "UID SEARCH": b"* SEARCH 10\r\n{tag} OK done\r\n",
    "LOGOUT": b"* BYE so long\r\n{tag} OK done\r\n",
}


class ScriptedImap:
    """A context manager. `commands` are the lines received so far, without tags; `connections` counts the clients."""

    def __init__(
        self, answers: Mapping[str, Answer] | None = None, *, greeting: bytes = b"* OK ready\r\n", tls: ssl.SSLContext | None = None
    ) -> None:
        self.answers = {**PLAIN, **(answers or {})}
        self.commands: list[str] = []
        self.connections = 0
        self._greeting = greeting
        self._tls = tls
        self._listener = socket.create_server((HOST, 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def server(
        self, *, timeout_s: float = 5.0, password: str = "secret", security: Security = Security.NONE, ca_file: Path | None = None
    ) -> Server:
        port = self._listener.getsockname()[1]
        return Server(HOST, port, security, "api", lambda: password, ca_file, timeout_s)

    def count(self, command: str) -> int:
        return sum(1 for line in self.commands if line.startswith(command))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                wire = Wire(self._tls.wrap_socket(connection, server_side=True) if self._tls else connection)
                wire.send(self._greeting)
                while True:
                    self._answer(wire, wire.line())
            except (OSError, ValueError):
                return

    def _answer(self, wire: Wire, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        text = command.decode("utf-8", "replace")
        self.commands.append(text)
        words = text.upper().split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        answer = self.answers.get(name, b"{tag} BAD unknown\r\n")
        if isinstance(answer, bytes):
            wire.send(answer.replace(b"{tag}", tag))
        else:
            answer(wire, tag, command)
