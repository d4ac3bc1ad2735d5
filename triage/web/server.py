"""The HTTP server: uvicorn on the daemon's loop, on loopback unless the operator says otherwise. A reverse proxy brings TLS.

The address is taken at the start, so that a port in use is told before anything else happens. No access log: paths hold tokens.
uvicorn itself says nothing: whoever sends rubbish must not write lines of their own into the log, and a mistake of ours is `crashed`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from triage.adapters.logs import log_crash
from triage.core.failures import PermanentFailure, failure_of

STOP_WITHIN_S = 5.0
_BACKLOG = 128
_AT_A_TIME = 200


class WebServer:
    def __init__(self, listen: str, routes: Sequence[Route]) -> None:
        """Raises PermanentFailure when the address cannot be had, TemporaryFailure when the machine lacks something. Does not answer
        before `start`."""
        self._socket = _bound(listen)
        _silence_uvicorn()
        config = uvicorn.Config(
            Starlette(routes=list(routes), exception_handlers={Exception: _crashed}),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            date_header=False,
            limit_concurrency=_AT_A_TIME,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: Future[None] | None = None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """From any thread; serves until `stop`."""
        self._loop = loop
        self._running = asyncio.run_coroutine_threadsafe(self._server.serve(sockets=[self._socket]), loop)

    def stop(self) -> None:
        """While the loop still runs, from another thread."""
        if self._loop is not None and self._running is not None:
            self._loop.call_soon_threadsafe(self._server.ended.set)
            with contextlib.suppress(NotInTime, asyncio.CancelledError):
                self._running.result(STOP_WITHIN_S)
        self._socket.close()


class _Server(uvicorn.Server):
    """Waits for its end, where uvicorn looks ten times a second whether it has come: for a daemon that idles for months that look was a
    third of all it did."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()


async def _crashed(_request: Request, error: Exception) -> Response:
    log_crash(error)
    return PlainTextResponse("This is a mistake in triage; its log says more.\n", 500, {"Cache-Control": "no-store"})


def _silence_uvicorn() -> None:
    theirs = logging.getLogger("uvicorn")
    theirs.propagate = False
    if not theirs.handlers:
        theirs.addHandler(logging.NullHandler())


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(family, kind, protocol)
    except (socket.gaierror, ValueError) as error:
        raise PermanentFailure(f"cannot listen on {listen}: {error}", hint='[web] listen = "127.0.0.1:8025", or "off"') from error
    except OSError as error:
        raise failure_of(error, f"cannot listen on {listen}: {error.strerror}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise failure_of(error, f"cannot listen on {listen}: {error.strerror}", hint='[web] listen: another port, or "off"') from error
    return bound
