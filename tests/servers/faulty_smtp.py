"""A submission server that does what a test tells it to do at each step of the dialogue: answer, stall, hang up, talk nonsense."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers.loopback_tls import server_context

CUT = "<hang up>"
STALL = "<say nothing>"
LATE = "<after 0.2 s> "
"""Prefix of an answer that is given late."""

ENDLESS_LINE = "<a line without end>"
ENDLESS_ANSWER = "<lines without end>"
DRIP = "<a line now and then>"
_ENDLESS = {ENDLESS_LINE: b"2" * 4096, ENDLESS_ANSWER: b"250-and more\r\n" * 300, DRIP: b"250-and more\r\n"}

_DEFAULTS = {
    "GREETING": "220 faulty.test ready",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued as F1",
    "RSET": "250 ok",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
    "STARTTLS": "220 go on",
    "AUTH": "235 2.7.0 welcome",
}


@dataclass
class Taken:
    """A mail the server has, whatever it said about it."""

    sender: str
    recipients: list[str]
    raw: bytes


@dataclass
class FaultySmtp:
    """`answers` maps a verb (also GREETING, DOT, or "RCPT <address>") to its answer; a list is used up, its last one stays."""

    answers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    extensions: Sequence[str] = ("SIZE 1000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN")
    implicit_tls: bool = False
    context: ssl.SSLContext = field(default_factory=server_context)
    mails: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    poured: int = 0
    """Bytes of answers without end that somebody has taken."""
    port: int = 0

    async def __aenter__(self) -> FaultySmtp:
        self._used: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        context = self.context if self.implicit_tls else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle clients."""
        for writer in self._writers:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            await self._dialogue(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients = "", []
        if not await self._answer(writer, "GREETING"):
            return
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "EHLO" and "EHLO" not in self.answers:
                lines = ["faulty.test", *self.extensions]
                marks = ["-"] * (len(lines) - 1) + [" "]
                writer.write("".join(f"250{mark}{text}\r\n" for mark, text in zip(marks, lines, strict=True)).encode())
                continue
            if verb == "MAIL":
                sender, recipients = command, []
            answered = await self._answer(writer, verb, command)
            if not answered:
                return
            if verb == "RCPT" and answered.startswith("2"):
                recipients.append(command[len("RCPT TO:<") :].split(">")[0])
            elif verb == "DATA" and answered.startswith("354"):
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(Taken(sender, recipients, raw[:-3]))
                if not await self._answer(writer, "DOT"):
                    return
            elif verb == "STARTTLS" and answered.startswith("220"):
                await writer.start_tls(self.context)
            elif verb == "QUIT":
                return

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, command: str = "") -> str:
        key = next((key for key in self.answers if key.startswith("RCPT ") and key[5:] in command and verb == "RCPT"), verb)
        said = self.answers.get(key, _DEFAULTS.get(verb, "500 what"))
        if not isinstance(said, str):
            turn = self._used.get(key, 0)
            self._used[key] = turn + 1
            said = said[min(turn, len(said) - 1)]
        if said == CUT:
            return ""
        if said == STALL:
            await asyncio.sleep(3600)
        if said.startswith(LATE):
            await asyncio.sleep(0.2)
            said = said.removeprefix(LATE)
        if said in _ENDLESS:
            await self._pour(writer, _ENDLESS[said], 0.02 if said == DRIP else 0)
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return said

    async def _pour(self, writer: asyncio.StreamWriter, some: bytes, pause_s: float) -> None:
        """Until the other side hangs up."""
        while not writer.is_closing():
            writer.write(some)
            await writer.drain()
            await asyncio.sleep(pause_s)
            self.poured += len(some)
        raise ConnectionResetError

    def passwords(self) -> list[str]:
        """What AUTH PLAIN was tried with, in order."""
        tried = [command.split(" ")[2] for command in self.commands if command.startswith("AUTH PLAIN ")]
        return [base64.b64decode(text).decode().split("\0")[2] for text in tried]
