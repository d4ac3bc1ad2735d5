"""FastPoll: asks a server of one's own for news by NOOP, many times a second, beside IDLE and the poll, which stay as they are.

A ring means "sweep now", nothing more. For servers that tell IDLE clients late (Dovecot: after half a second) and count no requests.
Never reads mail and never raises for the network: after a failure it waits longer and longer. Called by the daemon's thread for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from triage.adapters.imap.doorbell import CONNECT_WITHIN_S, FIRST_PAUSE_S, LONGEST_PAUSE_S
from triage.adapters.imap.facade import connect
from triage.core.failures import TriageError
from triage.core.seams import TokenSource
from triage.core.settings import Server


class FastPoll:
    """`run` belongs to one thread; `stop` may be called from any."""

    def __init__(self, server: Server, folder: str, every_s: float, *, token: TokenSource | None = None) -> None:
        self._server = replace(server, timeout_s=min(server.timeout_s, CONNECT_WITHIN_S))
        self._folder = folder
        self._every_s = every_s
        self._token = token
        self._stopping = threading.Event()

    def run(self, ring: Callable[[], object]) -> None:
        """Until `stop`."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                connection = connect(self._server, self._token)
                try:
                    connection.select(self._folder)
                    ring()  # whatever arrived before that instant has to be looked for
                    while not self._stopping.wait(self._every_s):
                        if connection.noop():
                            ring()
                        pause_s = FIRST_PAUSE_S
                finally:
                    connection.close()
            except (TriageError, OSError):
                # The mailbox thread tells of a server that cannot be reached; without this one mail is seen a little later.
                self._stopping.wait(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def stop(self) -> None:
        self._stopping.set()
