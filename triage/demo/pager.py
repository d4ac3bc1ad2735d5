"""Phones: an HTTP listener on loopback that stands for the phones of the people on call, and keeps the pages it gets.

It checks the signature of each page as a real receiver would (Standard Webhooks). It answers nothing but yes, and knows nothing of cases.
"""

from __future__ import annotations

import hmac
import json
import socketserver
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from triage.adapters.pagers.webhook import signature

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """`person` is whose phone it is; `page` the documented form of a page (docs: contact kinds)."""

    person: str
    page: dict[str, Any]
    signed: bool


class Phones:
    """A context manager; `pages` may be called from any thread. `secret` is the key that pages are signed with."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._pages: list[ReceivedPage] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-phones", daemon=True)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join(5.0)
        self._server.server_close()

    def pages(self) -> list[ReceivedPage]:
        with self._lock:
            return list(self._pages)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Called by the handler, in the listener's thread."""
        expected = signature(self._secret, headers.get("webhook-id", ""), headers.get("webhook-timestamp", ""), body)
        signed = hmac.compare_digest(expected, headers.get("webhook-signature", ""))
        with self._lock:
            self._pages.append(ReceivedPage(path.strip("/"), json.loads(body)["data"], signed))


class _Server(socketserver.TCPServer):
    """Not http.server's own: that one looks up the machine's name at start, which can take seconds where there is no network."""

    allow_reuse_address = True

    def __init__(self, phones: Phones) -> None:
        self.phones = phones
        super().__init__((HOST, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """The hooks http.server calls; their names are its own."""

    server: _Server
    timeout = 5

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.phones.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the demo tells what was received."""
