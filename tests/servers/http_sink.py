"""An HTTP server for pages that answers as a test scripts it, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback_tls import server_context


class Manner(Enum):
    """How an answer is given, after the request has been read."""

    PLAIN = "at once"
    DRIP = "head at once, then one byte of body every 50 ms without end"
    DRIP_HEAD = "one byte of the head every 50 ms"
    ENDLESS = "body without end, as fast as it goes"
    HANG = "nothing at all"
    RESET = "connection reset"
    CLOSE = "connection closed"
    GARBAGE = "something that is not HTTP"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.PLAIN
    echo: bool = False
    """Give back everything that was sent, as debugging servers do."""


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), strict_parsing=True).items()}


@dataclass
class HttpSink:
    """`replies` are used up in order; the last one stays."""

    replies: Sequence[Reply] = (Reply(),)
    tls: bool = False
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def __aenter__(self) -> HttpSink:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=server_context() if self.tls else None)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"https://localhost:{port}" if self.tls else f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(await self._read(reader), writer)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        received = Received(method, urlsplit(target).path, parse_qs(urlsplit(target).query), headers, body)
        self.requests.append(received)
        return received

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        body = f"{reply.body} {dict(received.headers)} {received.path} {received.body.decode()}" if reply.echo else reply.body
        match reply.manner:
            case Manner.PLAIN:
                writer.write(_head(reply, len(body.encode())) + body.encode())
                await writer.drain()
            case Manner.DRIP | Manner.DRIP_HEAD:
                writer.write(_head(reply, None) if reply.manner is Manner.DRIP else b"HTTP/1.1 200 ")
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            case Manner.ENDLESS:
                writer.write(_head(reply, None))
                while True:
                    writer.write(b"y" * 65536)
                    await writer.drain()
            case Manner.HANG:
                await asyncio.sleep(3600)
            case Manner.RESET:
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Manner.GARBAGE:
                writer.write(b"\x00\x01 this is not HTTP at all\r\n\r\n")
            case Manner.CLOSE:
                pass


def _head(reply: Reply, length: int | None) -> bytes:
    headers = {"Connection": "close", **({} if length is None else {"Content-Length": str(length)}), **reply.headers}
    return "".join([f"HTTP/1.1 {reply.status} X\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items()), "\r\n"]).encode(
        "latin-1"
    )
