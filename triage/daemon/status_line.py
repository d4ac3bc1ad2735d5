"""What `systemctl status triage` shows: one line a person can read, told when it changes, and what systemd must know about a long start.

Reads the store on a connection of its own and writes nothing. Called by `run`, twice a second.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from triage.core.oncall.page import PageState
from triage.core.wording.plain import counted, plain
from triage.daemon.mailbox import CONNECTED, NOT_YET
from triage.daemon.notify import notify
from triage.daemon.service import Daemon
from triage.store import cases, pages
from triage.store.database import Store, open_store

UNHEARD = frozenset({PageState.PAGING, PageState.BROADCAST})
MORE_TIME_US = 120_000_000
"""For the rest of a first look that goes on: a mailbox of a hundred thousand mails takes longer than systemd waits for a start."""


class StatusLine:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._store = open_store(daemon.config.instance.state_dir, reading=True)
        self._version = -1
        self._counts = ""
        self._told = ""
        self._progress_at: datetime | None = None

    def tell(self, *, again: bool = False) -> None:
        """Never raises: a line that nobody may read is not worth the service."""
        line = self._line()
        if line != self._told or again:
            self._told = line
            notify(f"STATUS={line}")

    def ask_for_time(self) -> None:
        """While the start is not over and the first look at the mailbox goes on."""
        progress_at = self._daemon.mailbox.progress_at
        if progress_at is not None and progress_at != self._progress_at:
            self._progress_at = progress_at
            notify(f"EXTEND_TIMEOUT_USEC={MORE_TIME_US}")

    def close(self) -> None:
        self._store.close()

    def _line(self) -> str:
        with suppress(Exception):  # a store in trouble is told by the self-audit; here the last count stands
            version = self._store.data_version()
            if version != self._version:
                self._version, self._counts = version, counts(self._store)
        mailbox = self._daemon.mailbox
        rules = "" if self._daemon.rules.status.successful else "; the rule files have a mistake"
        return f"{in_words(self._daemon.config.imap.intake, mailbox.state, mailbox.lost_at)}; {self._counts}{rules}"


def counts(store: Store) -> str:
    """`3 open cases, 1 page nobody has`."""
    unheard = sum(stored.page.state in UNHEARD for stored in pages.all_open(store))
    return counted(cases.count_open(store), "open case") + (f", {counted(unheard, 'page')} nobody has" if unheard else "")


def in_words(intake: str, state: str, lost_at: datetime | None) -> str:
    if state == CONNECTED:
        return f"watching {intake}"
    if state == NOT_YET:
        return f"looking at {intake} for the first time"
    since = f" since {lost_at.astimezone(UTC):%H:%M} UTC" if lost_at else ""
    return f"mailbox unreachable{since}: {plain(state).rstrip('.')}"
