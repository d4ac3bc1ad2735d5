"""Where receipts and pages go in a benchmark: an SMTP sink in a process of its own, and an HTTP sink for pages in this one.

`python -m bench.sinks DELAY_S` is the SMTP sink: it prints its port, takes every mail DELAY_S after its final dot, and forgets it.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bench.beside import Beside

HOST = "127.0.0.1"
_LINK = re.compile(rb"http://[^\"\\\s]+/p/[A-Za-z0-9_-]+")
_MARK = re.compile(rb"mark-[a-z]+-\d+")


def smtp_sink(delay_s: float = 0.0) -> Beside:
    """A context manager; `delay_s` is what the answer to each final dot takes."""
    return Beside("bench.sinks", delay_s)


class PageSink:
    """Remembers when each page came, by the mark in it, and acknowledges it at once, so that the next case gets a page of its own."""

    def __init__(self) -> None:
        self.pages: list[tuple[float, bytes]] = []
        """(time.perf_counter(), body) of every request."""
        self.seen: dict[str, float] = {}
        """The first time that each mark was on a page."""
        self.news = threading.Condition()

    def __enter__(self) -> Self:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                sink.note(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                acknowledge(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def note(self, body: bytes) -> None:
        now = time.perf_counter()
        with self.news:
            self.pages.append((now, body))
            for mark in _MARK.findall(body):
                self.seen.setdefault(mark.decode(), now)
            self.news.notify_all()

    def wait_for(self, mark: str, timeout_s: float) -> float | None:
        with self.news:
            self.news.wait_for(lambda: mark in self.seen, timeout_s)
            return self.seen.get(mark)


def acknowledge(body: bytes) -> None:
    found = _LINK.search(body)
    if found is None or b'"page.trigger"' not in body:
        return
    link = urlsplit(found[0].decode())
    connection = http.client.HTTPConnection(link.netloc, timeout=10)
    try:
        connection.request("POST", link.path, "action=ack", {"Content-Type": "application/x-www-form-urlencoded"})
        connection.getresponse().read()
    except OSError:
        pass  # the daemon is being stopped
    finally:
        connection.close()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    writer.write(b"220 sink\r\n")
    try:
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(delay_s)
                writer.write(b"250 2.0.0 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 2.1.0 ok\r\n")
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def _serve(delay_s: float) -> None:
    server = await asyncio.start_server(lambda reader, writer: _talk(reader, writer, delay_s), HOST, 0, limit=50_000_000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)  # until the benchmark is gone, however it went


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
