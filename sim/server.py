"""MailServer: the shared mailbox as it really is: folders, UIDs, UIDVALIDITY, flags. SimMailbox: the program's way to it, with its faults.

The server keeps the truth and never fails; whatever fails is the connection. SimMailbox stands where ImapMailbox does (core/seams.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.core.failures import TemporaryFailure
from triage.core.seams import FetchedMessage, HeaderBlock, Position, Sweep, UnfetchableMessage

INBOX, SENT, DONE = "INBOX", "Sent", "Done"
UNFETCHABLE = b"\r\nX-Sim: cannot be fetched\r\n"
"""The server does not give a mail with this field to anybody, but its header."""
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r\n[ \t]+)?(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Held:
    """A message in a folder. `at` is its INTERNALDATE, whole seconds."""

    uid: int
    at: datetime
    raw: bytes
    flags: set[str] = field(default_factory=set)
    message_id: str = ""


class Folder:
    def __init__(self, name: str, uidvalidity: int) -> None:
        self.name = name
        self.uidvalidity = uidvalidity
        self.next_uid = 1
        self.held: dict[int, Held] = {}
        self._uids: list[int] = []
        self._ids: dict[str, int] = {}

    def add(self, raw: bytes, at: datetime, flags: Sequence[str] = ()) -> Held:
        held = Held(self.next_uid, at.replace(microsecond=0), raw, set(flags), _message_id(raw))
        self.held[held.uid] = held
        self._uids.append(held.uid)
        self.next_uid += 1
        self._ids[held.message_id] = self._ids.get(held.message_id, 0) + 1
        return held

    def take(self, uid: int) -> Held:
        held = self.held.pop(uid)
        del self._uids[bisect_left(self._uids, uid)]
        self._ids[held.message_id] -= 1
        return held

    def uids_above(self, uid: int) -> tuple[int, ...]:
        """Ascending: UIDs are given in order and never twice."""
        return tuple(self._uids[bisect_right(self._uids, uid) :])

    def holds(self, message_id: str) -> bool:
        return self.count(message_id) > 0

    def count(self, message_id: str) -> int:
        return self._ids.get(message_id, 0)


class MailServer:
    def __init__(self) -> None:
        self._last_uidvalidity = 0
        self.folders = {name: self._made(name) for name in (INBOX, SENT, DONE)}
        self.on_place: Callable[[Folder, Held], None] = lambda _folder, _held: None
        """Hears of every message that gets a UID."""

    def deliver(self, folder: str, raw: bytes, at: datetime, flags: Sequence[str] = ()) -> Held:
        held = self.folders[folder].add(raw, at, flags)
        self.on_place(self.folders[folder], held)
        return held

    def move(self, folder: str, uid: int, target: str) -> None:
        held = self.folders[folder].take(uid)
        self.deliver(target, held.raw, held.at, tuple(held.flags))

    def renumber(self, folder: str) -> None:
        """A new UIDVALIDITY, and every message under a new UID."""
        fresh = self._made(folder)
        for held in self.folders[folder].held.values():
            self.on_place(fresh, fresh.add(held.raw, held.at, tuple(held.flags)))
        self.folders[folder] = fresh

    def _made(self, name: str) -> Folder:
        self._last_uidvalidity += 1
        return Folder(name, 1_000 + self._last_uidvalidity)


class Wire(Protocol):
    """What becomes of one command on its way."""

    def imap(self, command: str) -> bool:
        """Raises TemporaryFailure when the connection is lost before the server has the command; True when it is lost after that."""


class SimMailbox:
    """`Mailbox` of core/seams.py. A lost connection is an exception; the next call has a new one, as ImapMailbox has."""

    def __init__(self, server: MailServer, wire: Wire) -> None:
        self._server = server
        self._wire = wire

    def sent_folder(self) -> str | None:
        self._ask("list")
        return SENT

    def folders(self) -> tuple[str, ...]:
        self._ask("list")
        return tuple(self._server.folders)

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        self._ask("search")
        there = self._server.folders[folder]
        restarted = after is not None and after.uidvalidity != there.uidvalidity
        last_seen = after.uid if after is not None and not restarted else 0
        return Sweep(folder, there.uidvalidity, there.uids_above(last_seen), restarted)

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]:
        self._ask("fetch headers")
        held = [self._server.folders[folder].held.get(uid) for uid in uids]
        return [HeaderBlock(one.uid, one.at, len(one.raw), _header(one.raw)) for one in held if one is not None]

    def bare_headers(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        return {block.uid: block.header for block in self.headers(folder, uids)}

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage | UnfetchableMessage]:
        if not uids:
            return
        there = self._server.folders[folder]
        for uid in uids:
            self._ask("fetch")
            held = there.held.get(uid)
            if held is not None and UNFETCHABLE in _header(held.raw):
                yield UnfetchableMessage(folder, there.uidvalidity, uid, "the server has lost it", held.at)
            elif held is not None:
                yield FetchedMessage(folder, there.uidvalidity, uid, held.at, held.raw, frozenset(held.flags))

    def holds(self, folder: str, message_id: str) -> bool:
        self._ask("search id")
        return self._server.folders[folder].holds(message_id)

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        answer_lost = self._wire.imap("append")
        self._server.deliver(folder, raw, at, ("\\Seen",))
        self._lose(answer_lost)

    def relabel(self, folder: str, uidvalidity: int, uids: Sequence[int], add: Sequence[str], drop: Sequence[str]) -> bool:
        answer_lost = self._wire.imap("store")
        there = self._server.folders[folder]
        if there.uidvalidity != uidvalidity:
            return False
        for uid in uids:
            if uid in there.held:
                there.held[uid].flags.difference_update(drop)
                there.held[uid].flags.update(add)
        self._lose(answer_lost)
        return True

    def flags(self, folder: str, uidvalidity: int, uids: Sequence[int], *, whole: bool) -> dict[int, frozenset[str]]:
        self._ask("fetch flags")
        there = self._server.folders[folder]
        known = there.held if there.uidvalidity == uidvalidity else {}
        return {uid: frozenset(known[uid].flags) for uid in uids if uid in known}

    def move(self, folder: str, position: Position, target: str) -> bool:
        answer_lost = self._wire.imap("move")
        there = self._server.folders[folder]
        if there.uidvalidity != position.uidvalidity or position.uid not in there.held:
            return False
        self._server.move(folder, position.uid, target)
        self._lose(answer_lost)
        return True

    def file(self, folder: str, position: Position, message_id: str, places: Sequence[str], target: str) -> bool:
        return self.move(folder, position, target)

    def close(self) -> None:
        return None

    def _ask(self, command: str) -> None:
        self._lose(self._wire.imap(command))

    def _lose(self, lost: bool) -> None:
        if lost:
            raise TemporaryFailure("The connection to the mail server was lost.")


def _message_id(raw: bytes) -> str:
    found = _MESSAGE_ID.search(raw.partition(b"\r\n\r\n")[0])
    return found[1].decode("ascii", "replace") if found else ""


def _header(raw: bytes) -> bytes:
    head, blank, _ = raw.partition(b"\r\n\r\n")
    return head + blank
