"""What the program sends, as it arrives: mails at a submission server and pages at a webhook, each with the instant and its key.

These are the truth about what partners and people on call have got. They interpret nothing; the reconciler does.
"""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from types import TracebackType
from typing import Any, Self

from chaos.proxy import HOST
from triage.demo.loop_thread import LoopThread
from triage.demo.smtp_sink import AcceptedMail, SmtpSink


@dataclass(frozen=True, slots=True)
class Sent:
    """`key` is what makes a repeat known as one: the Message-ID of a mail, the id of a page's delivery."""

    at: datetime
    key: str
    case: int
    kind: str
    """The notice's kind; "page" for pages."""
    page: int = 0


class MailSink:
    """The submission server. It may be away and come back; what it has taken it keeps."""

    def __init__(self) -> None:
        self.taken: list[Sent] = []
        self._server = SmtpSink(on_accept=self._take)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def port(self) -> int:
        return self._server.port

    def go_away(self) -> None:
        self._server.stop_listening()
        self._server.drop_connections()

    def come_back(self) -> None:
        self._server.listen_again()

    def _take(self, mail: AcceptedMail) -> None:
        parsed = message_from_bytes(mail.raw)
        kind = parsed["X-Triage-Notice"] or ("page" if parsed["X-Triage-Page"] else "other")
        case, page = int(parsed["X-Triage-Case"] or 0), int(parsed["X-Triage-Page"] or 0)
        self.taken.append(Sent(datetime.now(UTC), str(parsed["Message-ID"]), case, str(kind), page))


class PageSink:
    """A webhook that says 200 to every page. HTTP/1.1 by hand: one request a connection."""

    def __init__(self) -> None:
        self.taken: list[Sent] = []
        self.port = 0
        self._thread = LoopThread("page-sink")
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._thread.run(asyncio.start_server(self._serve, HOST, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.loop.call_soon_threadsafe(self._server.close)
        self._thread.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            with self._lock:
                self.taken.append(_page(headers["webhook-id"], body))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


def _page(key: str, body: dict[str, Any]) -> Sent:
    page = body["data"]
    return Sent(datetime.now(UTC), key, int(page.get("case") or 0), "page", int(page["page"]))
