"""Doorbell: says when a folder may hold something new, by IDLE on a connection of its own.

A ring means "sweep now", nothing more; the poll of the daemon remains the floor under it. It never reads mail, never raises for the
network and never spins: after a failure it waits longer and longer before it tries again. Called by the daemon's watching thread.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from triage.adapters.imap.facade import Connection, connect
from triage.adapters.imap.idle import IdleLine, IdleRefused
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.seams import TokenSource
from triage.core.settings import Server

REARM_EVERY_S = 300.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
STEADY_AFTER_S = 60.0
CONNECT_WITHIN_S = 10.0

_NO_IDLE = "the server has no IDLE: polling only"


class Doorbell:
    """`wait` and `close` belong to one thread; `stop` and `state` may be used from any."""

    def __init__(
        self, server: Server, folder: str, *, token: TokenSource | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = replace(server, timeout_s=min(server.timeout_s, CONNECT_WITHIN_S))
        self._folder = folder
        self._token = token
        self._monotonic = monotonic
        self._connection: Connection | None = None
        self._line: IdleLine | None = None
        self._has_idle = True
        self._armed_at = 0.0
        self._connected_at = 0.0
        self._failures = 0
        self._retry_at = 0.0
        self._wake_end, self._waker = socket.socketpair()
        self._stopped = False
        self.state = "not connected yet"

    def wait(self, timeout_s: float) -> bool:
        """True when a sweep is due: something was said, or the connection is new or lost. False when the time is over, or after `stop`."""
        until = self._monotonic() + timeout_s
        while not self._stopped:
            now = self._monotonic()
            if self._line is not None:
                if self._listen(self._line, until - now):
                    return True
            elif self._has_idle and now >= self._retry_at:
                if self._connect():
                    return True
            else:
                self._pause((min(until, self._retry_at) if self._has_idle else until) - now)
            if not self._stopped and self._monotonic() >= until:
                return False
        self.close()
        return False

    def stop(self) -> None:
        """Makes a `wait` in another thread, and every later one, return at once; an attempt to connect is given its 10 s first."""
        self._stopped = True
        self._wake_end.send(b".")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._line = None
        self.state = "closed"

    def _connect(self) -> bool:
        """True when the bell is armed: whatever arrived before that instant has to be looked for."""
        try:
            self._connection = connect(self._server, self._token)
            if "IDLE" not in self._connection.capabilities():
                raise IdleRefused
            self._connection.select(self._folder)
            line = IdleLine(*self._connection.hand_over(), self._waker, self._server.timeout_s, self._monotonic)
            line.arm()
        except IdleRefused:
            self.close()
            self._has_idle = False
            self.state = _NO_IDLE
            return False
        except (TriageError, OSError) as error:
            self._lose(error)
            return False
        self._line = line
        self._connected_at = self._armed_at = self._monotonic()
        self.state = f"listening to {self._folder}"
        return True

    def _listen(self, line: IdleLine, timeout_s: float) -> bool:
        try:
            rearm_in_s = self._armed_at + REARM_EVERY_S - self._monotonic()
            if line.listen(min(timeout_s, rearm_in_s)):
                return True
            if self._monotonic() >= self._armed_at + REARM_EVERY_S:
                line.rearm()
                self._armed_at = self._monotonic()
        except (OSError, IdleRefused) as error:
            self._lose(error)
            return True
        return False

    def _lose(self, error: Exception) -> None:
        now = self._monotonic()
        if self._line is not None and now - self._connected_at >= STEADY_AFTER_S:
            self._failures = 0
        self.close()
        pause_s = min(FIRST_PAUSE_S * 2**self._failures, LONGEST_PAUSE_S)
        if isinstance(error, PermanentFailure):
            pause_s = LONGEST_PAUSE_S  # a person has to mend it; asking often could lock the account
        elif isinstance(error, TemporaryFailure) and error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s)
        self._failures = min(self._failures + 1, 16)
        self._retry_at = now + pause_s
        reason = str(error) or "no answer in time"
        self.state = f"no connection ({reason}); next attempt in {pause_s:g} s"

    def _pause(self, timeout_s: float) -> None:
        """Sleeps, unless `stop` is called."""
        self._waker.settimeout(max(timeout_s, 0.001))
        with suppress(TimeoutError):
            self._waker.recv(1)
