"""Wire: a bare IMAP conversation on a socket, with no library in the way: what the server can give, and nothing of what a client costs."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


class Wire:
    def __init__(self, port: int, user: str, password: str, folder: str = "INBOX") -> None:
        self._socket = socket.create_connection((HOST, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", buffering=1024 * 1024)
        self._file.readline()
        self._tag = 0
        self.command(f"LOGIN {user} {password}")
        self.command(f"EXAMINE {folder}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self._socket.close()

    def command(self, text: str) -> list[bytes]:
        """The literals of the answer, in order."""
        self._tag += 1
        tag = f"a{self._tag}".encode()
        self._socket.sendall(tag + b" " + text.encode() + b"\r\n")
        literals: list[bytes] = []
        while True:
            line = self._file.readline()
            if line.startswith(tag + b" "):
                if not line.startswith(tag + b" OK"):
                    raise RuntimeError(f"{text[:60]}: {line!r}")
                return literals
            if not line:
                raise EOFError
            if line.endswith(b"}\r\n"):
                literals.append(self._file.read(int(line[line.rindex(b"{") + 1 : -3])))

    def begin_idle(self) -> None:
        self._socket.sendall(b"idle IDLE\r\n")
        while not self._file.readline().startswith(b"+"):
            pass

    def await_news(self) -> None:
        """Inside IDLE: until the server says that there is a message."""
        while b"EXISTS" not in self._file.readline():
            pass

    def end_idle(self) -> None:
        self._socket.sendall(b"DONE\r\n")
        while not self._file.readline().startswith(b"idle OK"):
            pass

    def noop_tells_news(self) -> bool:
        self._tag += 1
        tag = f"a{self._tag}".encode()
        self._socket.sendall(tag + b" NOOP\r\n")
        news = False
        while not (line := self._file.readline()).startswith(tag):
            news |= b"EXISTS" in line
        return news
