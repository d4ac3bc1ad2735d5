"""ImapMailbox: the `Mailbox` seam over one IMAP account.

Decides when to connect, which folder is open where and how, and how a search is split. It never believes EXISTS, never sets \\Seen and
never interprets a mail. One thread. Called by the intake worker, the dispatcher (copies in Sent) and `triage check`.

Every folder has a connection of its own, which stays open: opening a folder of 10,000 mails takes up to a second on some servers, a sweep
of one that is open less than a millisecond. UIDVALIDITY cannot change while it is open (RFC 3501 section 2.3.1.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from triage.adapters.imap import fetching
from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.facade import Connection, Quota, Selected, connect
from triage.adapters.imap.filing import file_one, move_one
from triage.adapters.imap.flag_watch import FlagWatch
from triage.adapters.imap.folders import selectable, sent_folder
from triage.core.failures import TemporaryFailure, TriageError
from triage.core.seams import FetchedMessage, HeaderBlock, Position, Sweep, TokenSource, UnfetchableMessage
from triage.core.settings import Limits, Server

# imaplib refuses an answer line over 1,000,000 bytes; a UID takes at most 11 of them.
SEARCH_WINDOW = 50_000
MARKED_AT_ONCE = 500

_KEYWORD = re.compile(r"[A-Za-z0-9$_.+-]+")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `triage check` shows. `keywords`: the server keeps marks like the program's own."""

    capabilities: frozenset[str]
    folders: tuple[str, ...]
    sent: str | None
    permanent_flags: frozenset[str]
    keywords: bool
    idle: bool
    messages: int
    quotas: tuple[Quota, ...] = ()
    """Empty where the server tells none."""
    certificate_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: Connection
    selected: Selected
    flag_watch: FlagWatch = field(default_factory=FlagWatch)


class ImapMailbox:
    """Connects with the first call, and again with the first call after any doubt. `token` replaces the password."""

    def __init__(self, server: Server, *, max_message: int = Limits().max_message, token: TokenSource | None = None) -> None:
        self._server = server
        self._max_message = max_message
        self._token = token
        self._opened: dict[str, _Opened] = {}
        self._spare: Connection | None = None
        self._filing: Connection | None = None

    def sent_folder(self) -> str | None:
        """The folder with SPECIAL-USE \\Sent (RFC 6154), or a well-known name; None when there is none."""
        return sent_folder(self._any().folders())

    def folders(self) -> tuple[str, ...]:
        return tuple(folder.name for folder in selectable(self._any().folders()))

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        """NOOP, then SEARCH by UID, then `uid > after.uid`."""
        opened = self._open(folder)
        opened.connection.noop()
        uidvalidity = opened.selected.uidvalidity
        restarted = after is not None and after.uidvalidity != uidvalidity
        last_seen = after.uid if after is not None and not restarted else 0
        uids = tuple(uid for uid in self._search(opened, last_seen + 1) if uid > last_seen)
        return Sweep(folder, uidvalidity, uids, restarted)

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]:
        """Ascending. What the server cannot give is left out here; `fetch` says why."""
        return list(fetching.headers(lambda: self._reading(folder), uids))

    def bare_headers(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Ascending, as `headers`."""
        return dict(fetching.bare_headers(lambda: self._reading(folder), uids))

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage | UnfetchableMessage]:
        """BODY.PEEK, in batches, ascending; other methods may be called between two messages."""
        return fetching.messages(lambda: self._reading(folder), uids, self._max_message)

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether a message with this Message-ID is there. One that a header could not carry in ASCII is not."""
        if not message_id or not message_id.isascii() or not message_id.isprintable():
            return False
        connection = self._open(folder).connection
        connection.noop()
        return bool(connection.uids_with_header("Message-ID", message_id))

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        """After a TemporaryFailure the message may be there all the same: ask `holds` before trying again."""
        try:
            self._beside(folder).append(folder, raw, ("\\Seen",), at)
        except UnknownFolder as failure:
            raise self._with_folders(failure) from None

    def relabel(self, folder: str, uidvalidity: int, uids: Sequence[int], add: Sequence[str], drop: Sequence[str]) -> bool:
        """False where the folder is read-only or the server keeps no such keywords (RFC 3501 section 7.1, PERMANENTFLAGS)."""
        if not all(_KEYWORD.fullmatch(keyword) for keyword in (*add, *drop)):
            raise ValueError(f"not IMAP keywords: {add} {drop}")
        opened = self._open(folder, writable=True)
        flags = opened.selected.permanent_flags
        kept = opened.selected.writable and ("\\*" in flags or set(add) <= flags) and opened.selected.uidvalidity == uidvalidity
        for start in range(0, len(uids) if kept else 0, MARKED_AT_ONCE):
            some = uids[start : start + MARKED_AT_ONCE]
            if drop:
                opened.connection.remove_flags(some, drop)
            opened.connection.add_flags(some, add)
        return kept

    def flags(self, folder: str, uidvalidity: int, uids: Sequence[int], *, whole: bool) -> dict[int, frozenset[str]]:
        """With CONDSTORE (RFC 7162 section 3.1.4.1) what has changed since the last call on this connection."""
        opened = self._open(folder)
        if opened.selected.uidvalidity != uidvalidity:
            return {}
        opened.connection.noop()  # what others have changed is told only now
        return opened.flag_watch.look(opened.connection, uids, whole=whole)

    def move(self, folder: str, position: Position, target: str) -> bool:
        opened = self._open(folder, writable=True)
        if opened.selected.uidvalidity != position.uidvalidity:
            return False  # the folder was renumbered: that UID names another message now
        opened.connection.noop()
        if position.uid not in opened.connection.uids(position.uid, position.uid):
            return False
        try:
            move_one(opened.connection, position.uid, target)
        except UnknownFolder as failure:
            raise self._with_folders(failure) from None
        return True

    def file(self, folder: str, position: Position, message_id: str, places: Sequence[str], target: str) -> bool:
        """On a connection of its own, which goes through folders that nobody watches."""
        self._drop_doubtful()
        self._filing = self._filing or self._connect()
        return file_one(self._filing, folder, position, message_id, places, target)

    def inspect(self, folder: str = "INBOX") -> Inspection:
        opened = self._open(folder, writable=True)
        capabilities = opened.connection.capabilities()
        folders = opened.connection.folders()
        return Inspection(
            capabilities=capabilities,
            folders=tuple(line.name for line in selectable(folders)),
            sent=sent_folder(folders),
            permanent_flags=opened.selected.permanent_flags,
            keywords=opened.selected.writable and "\\*" in opened.selected.permanent_flags,
            idle="IDLE" in capabilities,
            messages=opened.selected.exists,
            quotas=_quotas(opened.connection) if "QUOTA" in capabilities else (),
            certificate_ends_at=opened.connection.certificate_ends_at(),
        )

    def close(self) -> None:
        for connection in self._connections():
            connection.close()
        self._opened, self._spare, self._filing = {}, None, None

    def _connect(self) -> Connection:
        return connect(self._server, self._token, largest=self._max_message)

    def _connections(self) -> list[Connection]:
        others = [each for each in (self._spare, self._filing) if each is not None]
        return [opened.connection for opened in self._opened.values()] + others

    def _drop_doubtful(self) -> None:
        """One dead connection tells of the others: all go, so that one restart of the server is one failure and not one a folder."""
        connections = self._connections()
        if not all(connection.alive for connection in connections):
            for connection in connections:
                connection.abandon()
            self._opened, self._spare, self._filing = {}, None, None

    def _any(self) -> Connection:
        """For commands that need no folder."""
        self._drop_doubtful()
        if not self._connections():
            self._spare = self._connect()
        return self._connections()[0]

    def _beside(self, folder: str) -> Connection:
        """One that has not this folder open: Courier files nothing into a folder that the same connection has open read-only."""
        self._drop_doubtful()
        others = [opened.connection for name, opened in self._opened.items() if name != folder]
        others += [each for each in (self._spare, self._filing) if each is not None]
        if others:
            return others[0]
        self._spare = self._connect()
        return self._spare

    def _open(self, folder: str, *, writable: bool = False) -> _Opened:
        """EXAMINE, so that even a server that mistakes PEEK marks nothing; SELECT from the first `relabel` on, to open it only once."""
        self._drop_doubtful()
        opened = self._opened.get(folder)
        if opened is None:
            connection, self._spare = self._spare or self._connect(), None
        elif writable and not opened.selected.asked_writable:
            connection = self._opened.pop(folder).connection
        else:
            return opened
        try:
            opened = _Opened(connection, connection.select(folder, writable=writable))
        except UnknownFolder as failure:
            self._spare = connection
            raise self._with_folders(failure) from None
        self._opened[folder] = opened
        return opened

    def _reading(self, folder: str) -> tuple[Connection, Selected]:
        opened = self._open(folder)
        return opened.connection, opened.selected

    def _search(self, opened: _Opened, first: int) -> Iterator[int]:
        """One SEARCH where its answer is short enough, else windows of UIDs. Sequence numbers would shift between two windows."""
        connection, selected = opened.connection, opened.selected
        # What has arrived since the folder was opened has a UID from `uidnext` on, and is bounded by the time between two sweeps.
        end = selected.uidnext
        if end is None or selected.exists <= SEARCH_WINDOW or end - first <= SEARCH_WINDOW:
            yield from connection.uids(first)
            return
        for low in range(first, end, SEARCH_WINDOW):
            yield from connection.uids(low, min(low + SEARCH_WINDOW, end) - 1)
        yield from (uid for uid in connection.uids(end) if uid >= end)

    def _with_folders(self, failure: UnknownFolder) -> UnknownFolder:
        try:
            names = ", ".join(self.folders()[:20])
        except TemporaryFailure:
            return failure
        return UnknownFolder(failure.message, hint=f"The folders there are: {names}.")


def _quotas(connection: Connection) -> tuple[Quota, ...]:
    """Some servers offer it and refuse to say."""
    try:
        return tuple(connection.quotas())
    except TriageError:
        return ()
