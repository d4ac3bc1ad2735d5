"""The HTTP server's log: what strangers send leaves no line in it, and a mistake of ours leaves one of the closed list."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from triage.adapters.logs import LogEvent
from triage.web.server import WebServer


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("triage", "uvicorn")):
            self.lines.append(record.getMessage())
            self.heard.set()


async def broken(_request: Request) -> Response:
    raise ValueError("a mistake")


@pytest.fixture
def port() -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = WebServer("127.0.0.1:0", [Route("/broken", broken)])
    server.start(loop)
    yield server.port
    server.stop()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def ours() -> Iterator[Kept]:
    """What is said by our logger, which may keep to itself, and what comes as far as the root of all loggers."""
    kept, loggers = Kept(), (logging.getLogger("triage"), logging.getLogger())
    before, loggers[0].propagate = loggers[0].propagate, False
    for one in loggers:
        one.addHandler(kept)
    yield kept
    for one in loggers:
        one.removeHandler(kept)
    loggers[0].propagate = before


def test_rubbish_is_refused_in_silence(port: int, ours: Kept) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"\x16\x03\x01 a line of my own\r\n\r\n")
        assert b"400" in stranger.recv(100)
    assert ours.lines == []


def test_a_mistake_of_ours_is_an_event(port: int, ours: Kept) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}/broken", timeout=10)
    assert answer.status_code == 500
    assert "a mistake" not in answer.text.replace("This is a mistake in triage", "")
    assert ours.heard.wait(10), "the answer may be there before the line"
    assert ours.lines == [LogEvent.CRASHED.value]
