"""Connection: imapclient behind types, with the cure for each of its traps in one place. The only module that imports imapclient.

Decides when a connection can still be trusted: after anything but a plain NO it is shut and stays shut. Never retries and never
reconnects: its callers, `mailbox` and `doorbell`, do. Offers no ENABLE, whose traps nobody needs. One thread each.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import imapclient
from imapclient.exceptions import IMAPClientReadOnlyError

from triage.adapters.echoes import forms_of_sign_in
from triage.adapters.imap import errors, login
from triage.adapters.imap.bounded import LARGEST_ANSWER, BoundedImap
from triage.adapters.reach import certificate_ends_at
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import TokenSource
from triage.core.settings import Security, Server

T = TypeVar("T")

GOODBYE_WITHIN_S = 2.0

_CONTROLS = "\r\n\0"


@dataclass(frozen=True, slots=True)
class Folder:
    """A line of LIST; `attributes` as the server spells them (`\\Sent`, `\\Noselect`)."""

    name: str
    delimiter: str
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT or EXAMINE told. `uidnext` is None where the server does not say; `exists` is old news at once.

    `asked_writable`: it was SELECT; `writable`: and the server agreed.
    """

    folder: str
    uidvalidity: int
    uidnext: int | None
    exists: int
    permanent_flags: frozenset[str]
    asked_writable: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of RFC 9208: `resource` STORAGE is in units of 1,024 bytes, MESSAGE in messages."""

    resource: str
    used: int
    limit: int


def connect(server: Server, token: TokenSource | None = None, *, largest: int = LARGEST_ANSWER) -> Connection:
    """A logged-in connection; `token` gives an access token instead of the password; `largest`: bytes of the largest message wanted.

    Raises PermanentFailure for credentials and certificates, TemporaryFailure for everything that may pass.
    """
    try:
        client = _open(server, largest)
    except errors.BROKEN as error:
        raise errors.explain(server, "connecting", error) from None
    try:
        forms = _secure_and_log_in(server, client, token)
    except BaseException:
        _shut(client)
        raise
    return Connection(server, client, forms)


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """imapclient on a connection with bounds."""

    def __init__(self, server: Server, largest: int) -> None:
        self._largest = largest
        self._read_timeout_s = server.timeout_s
        tls = _tls(server) if server.security is Security.TLS else None
        timeout = imapclient.SocketTimeout(connect=server.timeout_s, read=server.timeout_s)
        super().__init__(server.host, server.port, ssl=tls is not None, ssl_context=tls, timeout=timeout)

    def _create_IMAP4(self) -> BoundedImap:  # noqa: N802 (imapclient's name)
        return BoundedImap(self.host, self.port, self.ssl_context, self._read_timeout_s, self._largest)


def _open(server: Server, largest: int) -> Any:
    client = _Client(server, largest)
    # imapclient sets level 5, which formats every literal for a log nobody reads: mails of 15 MB take sixteen times as long.
    client._imap.debug = 0
    client.normalise_times = False  # aware times, as the server gave them, instead of naive local ones
    client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib sends a literal in pieces, 40 ms apart otherwise
    return client


def _tls(server: Server) -> ssl.SSLContext:
    """Verifies certificate and host name, always; `ca_file` replaces the system's authorities."""
    try:
        return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
    except OSError as error:
        raise PermanentFailure(f"ca_file {server.ca_file} cannot be used: {error.strerror or 'not a certificate'}.") from None


def _secure_and_log_in(server: Server, client: Any, token: TokenSource | None) -> tuple[str, ...]:
    """The forms of the secret that was used, which the server may repeat at any time."""
    client._imap.expect_answer()
    if server.security is Security.STARTTLS:
        try:
            if not client.has_capability("STARTTLS"):
                raise errors.no_starttls(server)
            client.starttls(_tls(server))
        except errors.BROKEN as error:
            raise errors.explain(server, "starting TLS", error) from None
    secret = token() if token else server.secret()
    forms = forms_of_sign_in(server.username, secret)
    try:
        if token:
            login.with_token(client, server, secret)
        else:
            login.with_password(client, server.username, secret)
    except errors.BROKEN as error:
        if token:
            token.forget()
        # The original stays out of the traceback: it may quote what was sent.
        raise errors.explain_login(server, forms, error) from None
    return forms


def _shut(client: Any) -> None:
    with suppress(*errors.BROKEN):
        client.shutdown()


class Connection:
    """One conversation with the server. `alive` turns False with the first doubt and never True again."""

    def __init__(self, server: Server, client: Any, forms: Sequence[str]) -> None:
        self._server = server
        self._forms = forms
        self._client = client
        self.alive = True

    def capabilities(self) -> frozenset[str]:
        names = self._ask("asking what it can do", self._client.capabilities)
        return frozenset(name.decode("ascii", "replace") for name in names)

    def folders(self) -> list[Folder]:
        lines = self._ask("listing folders", self._client.list_folders)
        return [Folder(_as_text(name), _as_text(delimiter), _as_texts(attributes)) for attributes, delimiter, name in lines]

    def quotas(self) -> list[Quota]:
        """Of the whole mailbox, by way of its INBOX: imapclient does not quote the name of another folder here."""
        _, quotas = self._ask("asking for the quota", lambda: self._client.get_quota_root("INBOX"))
        return [Quota(_as_text(each.resource).upper(), int(each.usage), int(each.limit)) for each in quotas]

    def certificate_ends_at(self) -> datetime | None:
        """None without TLS."""
        return certificate_ends_at(self._client.socket())

    def create(self, folder: str) -> None:
        _refuse_controls(folder)
        self._ask(f"making the folder {folder}", lambda: self._client.create_folder(folder))

    def select(self, folder: str, *, writable: bool = False) -> Selected:
        """EXAMINE, or SELECT when `writable`."""
        _refuse_controls(folder)
        answer = self._ask(f"opening the folder {folder}", lambda: self._select(folder, writable))
        if not _is_number(answer.get("UIDVALIDITY")):
            # RFC 3501 section 2.3.1.1: without it a UID names nothing.
            raise PermanentFailure(f"{errors.who(self._server)} gives no UIDVALIDITY for {folder}.", hint="This server cannot be watched.")
        return Selected(
            folder=folder,
            uidvalidity=int(answer["UIDVALIDITY"]),
            uidnext=answer.get("UIDNEXT") if _is_number(answer.get("UIDNEXT")) else None,
            exists=int(answer.get("EXISTS", 0)),
            permanent_flags=_as_texts(answer.get("PERMANENTFLAGS", ())),
            asked_writable=writable,
            writable=writable and "READ-ONLY" not in answer,
        )

    def noop(self) -> bool:
        """Lets the server tell what is new: a SEARCH without it answers from the past. True when messages have come."""
        _, news = self._ask("checking for news", self._client.noop)
        # Nobody reads the news themselves; imaplib would keep every one of them for as long as the folder stays open.
        for kind in ("EXISTS", "RECENT", "EXPUNGE", "FETCH"):
            self._forget(kind)
        return any(isinstance(each, tuple) and b"EXISTS" in each for each in news)

    def uids(self, low: int, high: int | None = None) -> list[int]:
        """UID SEARCH from `low` on, or to `high`. An answer line must stay under imaplib's 1,000,000 bytes: the caller's windows see to it.

        `low` above the last UID still yields the last message ("n:*" means "*:n", RFC 3501 section 6.4.8): the caller filters.
        """
        return self._ask("searching", lambda: self._plain_search(f"{low}:{high or '*'}"))

    def uids_with_header(self, name: str, value: str) -> list[int]:
        """UID SEARCH HEADER: a substring search (RFC 3501 section 6.4.4); the value is always quoted, whatever a stranger put into it."""
        _refuse_controls(name, value)
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return self._search(f'HEADER {name} "{quoted}"')

    def fetch(self, uids: Sequence[int], items: Sequence[str], modifiers: Sequence[str] = ()) -> dict[int, Mapping[str, Any]]:
        """UID FETCH of explicit UIDs; keys are the answer's item names ("BODY[]"). A UID the server no longer has is absent, and so is one
        that was not asked for."""
        self._forget("FETCH")
        answer = self._ask("fetching messages", lambda: self._client.fetch(list(uids), list(items), list(modifiers)))
        wanted = set(uids)
        named = ((uid, {key.decode("ascii", "replace"): value for key, value in data.items()}) for uid, data in answer.items())
        return {uid: data for uid, data in named if uid in wanted}

    def append(self, folder: str, raw: bytes, flags: Sequence[str], at: datetime) -> None:
        _refuse_controls(folder)
        self._ask(f"filing a message in {folder}", lambda: self._client.append(folder, bytes(raw), tuple(flags), at))

    def add_flags(self, uids: Sequence[int], flags: Sequence[str]) -> None:
        self._ask("marking messages", lambda: self._client.add_flags(list(uids), list(flags), silent=True))

    def remove_flags(self, uids: Sequence[int], flags: Sequence[str]) -> None:
        self._ask("unmarking messages", lambda: self._client.remove_flags(list(uids), list(flags), silent=True))

    def move(self, uid: int, target: str) -> bool:
        """UID MOVE (RFC 6851). The server says OK for a message that is not there: only COPYUID (RFC 4315 section 3) proves it."""
        return self._proven(f"moving a message to {target}", target, lambda: self._client.move([uid], target))

    def copy(self, uid: int, target: str) -> bool:
        """UID COPY, with the same proof."""
        return self._proven(f"copying a message to {target}", target, lambda: self._client.copy([uid], target))

    def expunge(self, uid: int) -> None:
        """UID EXPUNGE (RFC 4315 section 2.1) of this message only: what others have marked as deleted stays."""
        self._ask("removing a moved message", lambda: self._client.uid_expunge([uid]))

    def _proven(self, doing: str, target: str, command: Callable[[], object]) -> bool:
        _refuse_controls(target)
        self._forget("COPYUID")
        self._ask(doing, command)
        return bool(self._client._imap.untagged_responses.pop("COPYUID", None))

    def hand_over(self) -> tuple[socket.socket, bytes]:
        """The bare socket, and what was read from it and not used: for IDLE, which imaplib's buffer makes deaf.

        This object must not be used afterwards, except for `close`.
        """
        self.alive = False
        return self._client.socket(), self._client._imap.take_ahead()

    def abandon(self) -> None:
        """Shuts it without a word to the server."""
        self.alive = False
        _shut(self._client)

    def close(self) -> None:
        if self.alive:
            self.alive = False
            with suppress(*errors.BROKEN):
                self._client._imap.expect_answer(GOODBYE_WITHIN_S)
                self._client.logout()
        _shut(self._client)

    def _select(self, folder: str, writable: bool) -> dict[str, Any]:
        try:
            answer = self._client.select_folder(folder, readonly=not writable)
        except IMAPClientReadOnlyError:
            answer = self._client.select_folder(folder, readonly=True)
        return {key.decode("ascii", "replace"): value for key, value in answer.items()}

    def _search(self, criteria: str) -> list[int]:
        self._forget("SEARCH")
        return self._ask("searching", lambda: _uids(self._client.search(criteria)))

    def _plain_search(self, uids: str) -> list[int]:
        """By imaplib itself: a poll is little more than this, and imapclient takes most of its time to read an empty answer."""
        self._forget("SEARCH")
        status, lines = self._client._imap.uid("SEARCH", "UID", uids)
        if status != "OK":
            raise imapclient.exceptions.IMAPClientError(f"search failed: {_as_text(lines[0] if lines else '')}")
        return _uids([int(word) if word.isdigit() else word for line in lines for word in (line or b"").split()])

    def _forget(self, kind: str) -> None:
        """Drops news that came unasked since the last command, so that it is not taken for part of the next answer."""
        self._client._imap.untagged_responses.pop(kind, None)

    def _ask(self, doing: str, command: Callable[[], T]) -> T:
        if not self.alive:
            raise TemporaryFailure(f"The connection to {self._server.host}:{self._server.port} was given up before {doing}.")
        try:
            self._client._imap.expect_answer()
            return command()
        except errors.BROKEN as error:
            if not errors.is_tagged_no(error):
                self.abandon()
            raise errors.explain(self._server, doing, error, self._forms) from None


def _is_number(value: object) -> bool:
    """RFC 3501 section 9, nz-number: 32 bits, without 0."""
    return isinstance(value, int) and 0 < value < 2**32


def _uids(found: Sequence[object]) -> list[int]:
    """ValueError, which is no IMAP, when any of them cannot be a UID."""
    if not all(_is_number(uid) for uid in found):
        raise ValueError("not a UID")
    return sorted(int(str(uid)) for uid in found)


def _refuse_controls(*texts: str) -> None:
    """Whatever follows a line end in an argument would be executed as a command."""
    if any(character in text for text in texts for character in _CONTROLS):
        raise ValueError("a line end or NUL in an IMAP argument")


def _as_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _as_texts(values: Any) -> frozenset[str]:
    return frozenset(_as_text(value) for value in values)
