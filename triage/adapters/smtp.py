"""Submission over SMTP: some connections to the submission server, and mails that take turns on them.

Decides which mail is tried now, and which is not because the server has just asked to slow down. What becomes of one, smtp_connection.py
decides. Never raises for what the server does, never sends in plain text what was configured for TLS. Called by the daemon between
`dispatcher.claim` and `dispatcher.record`; `probe` by `triage check`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from triage.adapters.smtp_connection import SmtpConnection, addressed, hang_up
from triage.adapters.smtp_session import SmtpProbe, open_session
from triage.core.seams import SendOutcome, SendResult, TokenSource
from triage.core.settings import Server

_NOT_TRIED = "not tried: the submission server has just asked to slow down"


class SlowDowns:
    """What all submissions to one server know of its having asked to slow down; used on the loop only."""

    def __init__(self) -> None:
        self.heard = 0
        """Counts them."""
        self.is_new = False
        """The last one is not written down yet."""

    def note(self) -> None:
        self.heard += 1
        self.is_new = True


class SmtpSubmission:
    """Implements `Submission` on so many `connections`, opened as they are needed and reused; sends wait for a free one, in order.

    `data_timeout_s` is how long the answer to the final dot may take. RFC 5321 §4.5.3.2.6 says 10 minutes; the default is shorter because
    other mails wait behind it, and a mail that turns out UNKNOWN is looked for in Sent before it is sent again. With `holds_back` no mail
    is tried once the server has asked to slow down, by any submission that has the same `slow_downs`, until `go_on`.
    """

    def __init__(
        self,
        server: Server,
        *,
        data_timeout_s: float = 120.0,
        noop_after_s: float = 30.0,
        ehlo_name: str = "",
        token: TokenSource | None = None,
        connections: int = 1,
        slow_downs: SlowDowns | None = None,
        holds_back: bool = False,
    ) -> None:
        self._server = server
        self._token = token
        self._ehlo_name = ehlo_name
        self._slow_downs = slow_downs or SlowDowns()
        self._holds_back = holds_back
        self._connections = connections
        # The one used last goes first: no more are open than are needed at a time.
        self._free: asyncio.LifoQueue[SmtpConnection] = asyncio.LifoQueue()
        for _ in range(connections):
            self._free.put_nowait(
                SmtpConnection(server, data_timeout_s=data_timeout_s, noop_after_s=noop_after_s, ehlo_name=ehlo_name, token=token)
            )

    async def send(self, raw: bytes, envelope_from: str, recipients: Sequence[str]) -> SendResult:
        """One attempt. `envelope_from` may be empty (the null return path). `refused` speaks of single recipients, also when ACCEPTED."""
        try:
            mail = addressed(raw, envelope_from, recipients)
        except ValueError as error:
            return SendResult(SendOutcome.PERMANENT, f"the return address: {error}")
        if not mail.recipients:
            return SendResult(SendOutcome.PERMANENT, "no recipient can be written to", dict(mail.refused))
        heard = self._slow_downs.heard
        connection = await self._free.get()
        try:
            if self._holds_back and (self._slow_downs.is_new or self._slow_downs.heard != heard):
                return SendResult(SendOutcome.TEMPORARY, _NOT_TRIED, throttled=True)
            result = await connection.carry(mail)
            if result.throttled:
                self._slow_downs.note()
            return result
        finally:
            self._free.put_nowait(connection)

    def go_on(self) -> None:
        """On the loop: that the server asked to slow down is written down, so whoever hands out mail knows it from now on."""
        self._slow_downs.is_new = False

    async def probe(self) -> SmtpProbe:
        """Log in on a connection of its own and hang up. Raises TemporaryFailure or PermanentFailure, with a hint."""
        session = await open_session(self._server, ehlo_name=self._ehlo_name, token=self._token)
        await hang_up(session.client)
        return session.found

    async def close(self) -> None:
        """Waits for what is on its way."""
        connections = [await self._free.get() for _ in range(self._connections)]
        await asyncio.gather(*(connection.hang_up() for connection in connections))
        for connection in connections:
            self._free.put_nowait(connection)
