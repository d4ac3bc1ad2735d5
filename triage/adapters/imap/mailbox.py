"""ImapMailbox: the `Mailbox` seam over one IMAP account.

Decides when to connect, which folder is open and how, and how a search is split. It never believes EXISTS, never sets \\Seen and never
interprets a mail: folders are opened with EXAMINE, so that even a server that mistakes PEEK cannot mark anything; only `mark` opens one
with SELECT. One thread. Called by the intake worker, the dispatcher (copies in Sent) and `triage check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.adapters.imap import fetching
from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.facade import Connection, Folder, Selected, Token, connect
from triage.adapters.imap.folders import selectable, sent_folder
from triage.core.failures import TemporaryFailure
from triage.core.seams import FetchedMessage, HeaderBlock, Position, Sweep, UnfetchableMessage
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


class ImapMailbox:
    """Connects with the first call, and again with the first call after any doubt. `token` replaces the password (XOAUTH2)."""

    def __init__(self, server: Server, *, max_message: int = Limits().max_message, token: Token | None = None) -> None:
        self._server = server
        self._max_message = max_message
        self._token = token
        self._connection: Connection | None = None
        self._selected: Selected | None = None

    def sent_folder(self) -> str | None:
        """The folder with SPECIAL-USE \\Sent (RFC 6154), or a well-known name; None when there is none."""
        return sent_folder(self._list())

    def folders(self) -> tuple[str, ...]:
        return tuple(folder.name for folder in selectable(self._list()))

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        """Opens the folder afresh, because only that tells UIDVALIDITY; then NOOP, then SEARCH, then `uid > after.uid`."""
        selected = self._open(folder, afresh=True)
        connection = self._connected()
        connection.noop()
        restarted = after is not None and after.uidvalidity != selected.uidvalidity
        last_seen = after.uid if after is not None and not restarted else 0
        uids = tuple(uid for uid in self._search(connection, selected, last_seen + 1) if uid > last_seen)
        return Sweep(folder, selected.uidvalidity, uids, restarted)

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]:
        return list(fetching.headers(lambda: self._opened(folder), uids))

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage | UnfetchableMessage]:
        """BODY.PEEK, in batches, ascending; other methods may be called between two messages."""
        return fetching.messages(lambda: self._opened(folder), uids, self._max_message)

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether a message with this Message-ID is there. One that a header could not carry in ASCII is not."""
        if not message_id or not message_id.isascii() or not message_id.isprintable():
            return False
        self._open(folder, afresh=True)
        return bool(self._connected().uids_with_header("Message-ID", message_id))

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        """After a TemporaryFailure the message may be there all the same: ask `holds` before trying again."""
        try:
            self._connected().append(folder, raw, ("\\Seen",), at)
        except UnknownFolder as failure:
            raise self._with_folders(failure) from None

    def mark(self, folder: str, uids: Sequence[int], keywords: Sequence[str]) -> bool:
        """False where the folder is read-only or the server keeps no such keywords (RFC 3501 section 7.1, PERMANENTFLAGS)."""
        if not all(_KEYWORD.fullmatch(keyword) for keyword in keywords):
            raise ValueError(f"not IMAP keywords: {keywords}")
        selected = self._open(folder, writable=True)
        kept = selected.writable and ("\\*" in selected.permanent_flags or set(keywords) <= selected.permanent_flags)
        if kept:
            for start in range(0, len(uids), MARKED_AT_ONCE):
                self._connected().add_flags(uids[start : start + MARKED_AT_ONCE], keywords)
        return kept

    def inspect(self, folder: str = "INBOX") -> Inspection:
        capabilities = self._connected().capabilities()
        listed = self._list()
        selected = self._open(folder, writable=True)
        return Inspection(
            capabilities=capabilities,
            folders=tuple(line.name for line in selectable(listed)),
            sent=sent_folder(listed),
            permanent_flags=selected.permanent_flags,
            keywords=selected.writable and "\\*" in selected.permanent_flags,
            idle="IDLE" in capabilities,
            messages=selected.exists,
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._selected = None

    def _connected(self) -> Connection:
        if self._connection is None or not self._connection.alive:
            self._selected = None
            self._connection = connect(self._server, self._token)
        return self._connection

    def _list(self) -> list[Folder]:
        return self._connected().folders()

    def _open(self, folder: str, *, writable: bool = False, afresh: bool = False) -> Selected:
        connection = self._connected()
        current = self._selected
        if afresh or current is None or (current.folder, current.writable) != (folder, writable):
            self._selected = None
            try:
                current = self._selected = connection.select(folder, writable=writable)
            except UnknownFolder as failure:
                raise self._with_folders(failure) from None
        return current

    def _opened(self, folder: str) -> tuple[Connection, Selected]:
        selected = self._open(folder)
        return self._connected(), selected

    def _search(self, connection: Connection, selected: Selected, first: int) -> Iterator[int]:
        """One SEARCH where its answer must be short enough, else windows of UIDs. Sequence numbers would shift between two windows."""
        if selected.uidnext is None or selected.exists <= SEARCH_WINDOW or selected.uidnext - first <= SEARCH_WINDOW:
            yield from connection.uids(first)
            return
        for low in range(first, selected.uidnext, SEARCH_WINDOW):
            yield from connection.uids(low, min(low + SEARCH_WINDOW, selected.uidnext) - 1)

    def _with_folders(self, failure: UnknownFolder) -> UnknownFolder:
        try:
            names = ", ".join(self.folders()[:20])
        except TemporaryFailure:
            return failure
        return UnknownFolder(failure.message, hint=f"The folders there are: {names}.")
