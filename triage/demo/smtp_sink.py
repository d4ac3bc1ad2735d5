"""SmtpSink: a submission server in this process that keeps what it accepts, and misbehaves on request.

For `triage demo` and the tests. It knows nothing of triage and delivers nothing by itself; `on_accept` may look at each mail and, for
instance, put it into somebody's `EmbeddedImap`.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from threading import Condition
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from triage.demo.loop_thread import LoopThread

HOST = "127.0.0.1"


class Treatment(Enum):
    """What the sink does with one recipient; the value is its answer to RCPT (RFC 3463 codes)."""

    ACCEPT = "250 2.1.5 OK"
    REFUSE = "550 5.1.1 No such mailbox"
    DEFER = "451 4.3.0 Try again later"
    SLOW_DOWN = "450 4.7.1 Too many mails, slow down"
    CUT_AT_RCPT = "250 2.1.5 Never sent: the connection is cut instead"
    CUT_DURING_DATA = "250 2.1.5 OK, cut during DATA and not taken"
    REFUSE_DATA = "250 2.1.5 OK, refused after DATA"
    DEFER_DATA = "250 2.1.5 OK, deferred after DATA"
    CUT_AFTER_DATA = "250 2.1.5 OK, taken, and cut before the answer"
    STALL = "250 2.1.5 OK, taken when `answer_now` is called"


@dataclass(frozen=True, slots=True)
class AcceptedMail:
    """A mail the sink has taken. `raw` is what came over the wire after DATA; an empty `envelope_from` is the null return path."""

    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    username: str = ""
    options: tuple[str, ...] = ()


def accept_all(_recipient: str) -> Treatment:
    return Treatment.ACCEPT


class SmtpSink:
    """A context manager; methods may be called from any thread.

    `treat` is asked for every recipient and may be replaced at any time. With `users` AUTH is required (and offered without TLS, on
    loopback only). `on_accept` runs in the sink's own thread.
    """

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        treat: Callable[[str], Treatment] = accept_all,
        on_accept: Callable[[AcceptedMail], None] | None = None,
        port: int = 0,
    ) -> None:
        self.host = HOST
        self.port = port
        self.treat = treat
        self._users = dict(users or {})
        self._on_accept = on_accept
        self._mails: list[AcceptedMail] = []
        self._arrived = Condition()
        self._sessions: set[_Session] = set()
        self.answers = asyncio.Event()
        """Unset while it stalls."""
        self._thread = LoopThread("smtp-sink")
        self._server: asyncio.Server | None = None
        # aiosmtpd tells every connection to its log; a demonstration and a test want to hear only what they ask for.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def __enter__(self) -> Self:
        self._thread.start()
        self._thread.run(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_listening()
        self.drop_connections()
        self._thread.stop()

    def mails(self, to: str = "") -> list[AcceptedMail]:
        """What was taken so far, in order; with `to` only the mails for that address."""
        with self._arrived:
            return [mail for mail in self._mails if not to or to in mail.recipients]

    def wait_for(self, count: int, timeout_s: float = 5.0) -> list[AcceptedMail]:
        """Blocks until `count` mails are in, or the time is over, and returns what there is."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._mails) >= count, timeout_s)
            return list(self._mails)

    def answer_now(self) -> None:
        """What it has stalled, and from now on everything."""
        self._thread.loop.call_soon_threadsafe(self.answers.set)

    def clear(self) -> None:
        with self._arrived:
            self._mails.clear()

    def drop_connections(self) -> None:
        self._thread.run(self._drop())

    def stop_listening(self) -> None:
        self._thread.run(self._stop_listening())

    def listen_again(self) -> None:
        """On the same port, after `stop_listening`."""
        self._thread.run(self._listen())

    def keep(self, mail: AcceptedMail) -> None:
        """Called by the handler, in the sink's thread."""
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()
        if self._on_accept is not None:
            self._on_accept(mail)

    def knows(self, _server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        """aiosmtpd's authenticator."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        username = data.login.decode("utf-8", "replace")
        known = self._users.get(username)
        right = known is not None and known.encode() == data.password
        return AuthResult(success=right, handled=False, auth_data=username if right else None)

    def _make_session(self) -> _Session:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # AUTH without TLS is what a loopback sink is for
            session = _Session(
                _Handler(self),
                hostname="localhost",
                ident="SMTP sink",
                loop=self._thread.loop,
                enable_SMTPUTF8=True,
                auth_required=bool(self._users),
                auth_require_tls=False,
                authenticator=self.knows if self._users else None,
            )
        self._sessions.add(session)
        session.on_end = self._sessions.discard
        return session

    async def _listen(self) -> None:
        self._server = await self._thread.loop.create_server(self._make_session, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _drop(self) -> None:
        for session in list(self._sessions):
            session.cut()


class _Session(SMTP):  # type: ignore[misc]  # aiosmtpd ships no types that mypy may follow
    """aiosmtpd's protocol, with a way to cut the wire."""

    on_end: Callable[[_Session], None] | None = None

    def cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self.on_end is not None:
            self.on_end(self)

    async def push(self, status: Any) -> None:
        with suppress(ConnectionError):
            await super().push(status)


class _Handler:
    """The hooks aiosmtpd calls; their names are its own."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        self._treatments: dict[str, Treatment] = {}

    async def handle_RCPT(self, server: _Session, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        treatment = self._treatments[address] = self._sink.treat(address)
        if treatment is Treatment.CUT_AT_RCPT:
            server.cut()
        elif treatment not in (Treatment.REFUSE, Treatment.DEFER, Treatment.SLOW_DOWN):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return treatment.value

    async def handle_DATA(self, server: _Session, session: Session, envelope: Envelope) -> str:  # noqa: N802
        treatments = [self._treatments.pop(address, Treatment.ACCEPT) for address in envelope.rcpt_tos]
        if Treatment.REFUSE_DATA in treatments:
            return "554 5.7.1 Message refused"
        if Treatment.DEFER_DATA in treatments:
            return "452 4.3.1 Insufficient storage"
        if Treatment.CUT_DURING_DATA in treatments:
            server.cut()
            return "421 4.4.2 Gone"
        if Treatment.STALL in treatments:
            await self._sink.answers.wait()
        self._sink.keep(_accepted(session, envelope))
        if Treatment.CUT_AFTER_DATA in treatments:
            server.cut()
        return "250 2.0.0 Taken"


def _accepted(session: Session, envelope: Envelope) -> AcceptedMail:
    return AcceptedMail(
        envelope_from=(envelope.mail_from or "").replace("<>", ""),
        recipients=tuple(envelope.rcpt_tos),
        raw=bytes(envelope.original_content or b""),
        username=str(session.auth_data or ""),
        options=tuple(envelope.mail_options),
    )
