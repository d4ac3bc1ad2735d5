"""EmbeddedImap: an IMAP server in this process, in memory, on a loopback port of its own.

For `triage demo` and the tests. It knows nothing of triage; it stands for the partner-facing mailbox. Built on pymap's dict backend,
whose API is semi-internal: everything that touches it is in this file, and the version is pinned in pyproject.toml.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login, UserMetadata
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pysasl import SASLAuth
from pysasl.hashing import Cleartext

from triage.demo.loop_thread import LoopThread

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the server holds it; `internaldate` is aware UTC."""

    uid: int
    internaldate: datetime
    raw: bytes
    flags: frozenset[str]


class _QuietConfig(Config):  # type: ignore[misc]  # pymap ships no types that mypy may follow
    """Without the greeting's reverse DNS look-up of this machine, which can take seconds where there is no network; IDLE by choice."""

    idle: bool = True

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=self.idle, object_id=False, multi_append=False)

    @property
    def tls_auth(self) -> SASLAuth:
        return _ways_to_sign_in()

    @property
    def greeting(self) -> bytes:
        return b"Embedded IMAP server ready"


@cache
def _ways_to_sign_in() -> SASLAuth:
    """Looked up among all installed packages, which pymap does for every connection."""
    return SASLAuth.defaults()


class _Passwords(Cleartext):
    """Compares as text: the inherited comparison raises for a password outside ASCII."""

    def verify(self, secret: str, hash: str) -> bool:
        return secret == hash


class _Entry(ListEntry):  # type: ignore[misc]  # see above
    """A line of LIST that knows its special use (RFC 6154 section 2 allows it in a plain LIST)."""

    @property
    def attributes(self) -> Sequence[bytes]:
        return [*super().attributes, b"Sent"]


class _Tree(ListTree):  # type: ignore[misc]  # see above
    sent: str = ""

    def list_matching(self, ref_name: str, filter_: str) -> Iterable[Any]:
        for entry in super().list_matching(ref_name, filter_):
            yield _Entry(entry.name, entry.exists, entry.marked, entry.has_children) if entry.name == self.sent else entry


class _Folders(MailboxSet):  # type: ignore[misc]  # see above
    """One user's folders; `sent` is the name of the folder that LIST marks with \\Sent, empty for none."""

    sent: str = ""

    async def list_mailboxes(self) -> Any:
        tree = _Tree(self.delimiter)
        tree.sent = self.sent
        return tree.update("INBOX", *self._set)

    def replace(self, name: str) -> None:
        """A new, empty folder with another UIDVALIDITY under the same name."""
        fresh = MailboxData(self._content_cache, self._thread_cache)
        old: Any = self._inbox if name.upper() == "INBOX" else self._set[name]
        # pymap draws UIDVALIDITY by chance: never the same one, or an older one, again (RFC 3501 section 2.3.1.1).
        fresh._uid_validity = max(fresh._uid_validity, old._uid_validity + 1)
        if name.upper() == "INBOX":
            self._inbox: Any = fresh
        else:
            self._set[name] = fresh


class EmbeddedImap:
    """A context manager: `with EmbeddedImap({"api": "secret"}) as imap: ...`; methods may be called from any thread.

    `sent` names the folder with the special use \\Sent, "" for a server without one. `idle=False` is a server without IDLE.
    """

    def __init__(
        self, users: Mapping[str, str], *, folders: Sequence[str] = ("Sent",), sent: str = "Sent", idle: bool = True, port: int = 0
    ) -> None:
        self.users = dict(users)
        self.host = HOST
        self.port = port
        self._folder_names = tuple(folders)
        self._sent = sent
        self._idle = idle
        self._folders: dict[str, _Folders] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = LoopThread("embedded-imap")
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._thread.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_listening()
        self.drop_connections()
        self._thread.stop()

    @property
    def first_user(self) -> str:
        return next(iter(self.users))

    def deliver(self, raw: bytes, folder: str = "INBOX", at: datetime | None = None, *, user: str = "", flags: Iterable[str] = ()) -> int:
        """Puts a message into a folder with `at` as INTERNALDATE (default: now) and returns its UID."""
        when = at or datetime.now(UTC)
        message = AppendMessage(raw, when, frozenset(Flag(flag.encode()) for flag in flags))
        return self._thread.run(self._deliver(message, folder, user or self.first_user))

    def messages(self, folder: str = "INBOX", *, user: str = "") -> list[StoredMessage]:
        """What the folder holds, oldest UID first."""
        return self._thread.run(self._messages(folder, user or self.first_user))

    def remove(self, uids: Iterable[int], folder: str = "INBOX", *, user: str = "") -> None:
        self._thread.run(self._remove(list(uids), folder, user or self.first_user))

    def create(self, folder: str, *, user: str = "") -> None:
        self._thread.run(self._folders[user or self.first_user].add_mailbox(folder))

    def restart_uids(self, folder: str = "INBOX", *, user: str = "") -> None:
        """The folder is lost and made anew, with the same messages and another UIDVALIDITY; clients are cut off, as they had it open."""
        kept = self.messages(folder, user=user)
        self._thread.run(self._replace(folder, user or self.first_user))
        for message in kept:
            self.deliver(message.raw, folder, message.internaldate, user=user, flags=message.flags)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Cuts every client off, as a restart of the server or a failing network would."""
        self._thread.run(self._drop())

    def stop_listening(self) -> None:
        self._thread.run(self._stop_listening())

    def listen_again(self) -> None:
        """On the same port, after `stop_listening`."""
        self._thread.run(self._listen())

    async def _start(self) -> None:
        args = Namespace(passlib_cfg=None, proxy_protocol=None)
        config = _QuietConfig(
            args,
            host=HOST,
            port=self.port,
            tls_enabled=False,
            reject_dnsbl=False,
            invalid_user_sleep=0.0,
            hash_context=_Passwords(),
            cpu_subsystem=Subsystem.for_asyncio(),
            demo_data=False,
            demo_user="",
            demo_password="",
        )
        config.idle = self._idle
        login = Login(config)
        for user, password in self.users.items():
            folders = self._folders[user] = _Folders()
            folders.sent = self._sent
            for name in self._folder_names:
                await folders.add_mailbox(name)
            login.users_dict[user] = UserMetadata(config, user, password=password)
            config.set_cache[user] = (folders, FilterSet())
        self._answer = IMAPServer(login, config)
        await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with closing(writer):
            try:
                await self._answer(reader, writer, SocketInfo.get(writer, None))
            finally:
                self._writers.discard(writer)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _deliver(self, message: AppendMessage, folder: str, user: str) -> int:
        box = await self._folders[user].get_mailbox(folder)
        stored = await box.append(message, recent=True)
        return int(stored.uid)

    async def _messages(self, folder: str, user: str) -> list[StoredMessage]:
        box = await self._folders[user].get_mailbox(folder)
        return [
            StoredMessage(
                uid=message.uid,
                internaldate=message.internal_date.astimezone(UTC),
                raw=bytes(message._content),
                flags=frozenset(str(flag) for flag in message.permanent_flags),
            )
            async for message in box.messages()
        ]

    async def _remove(self, uids: list[int], folder: str, user: str) -> None:
        box = await self._folders[user].get_mailbox(folder)
        await box.delete(uids)

    async def _replace(self, folder: str, user: str) -> None:
        self._folders[user].replace(folder)
