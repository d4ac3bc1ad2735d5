"""The seams: everything between two of them is synchronous and driven in steps, so that a simulation can stand in for the world.

`Mailbox`, `Parser`, `Clock` and `Entropy` are called by the workers. `Submission` and `Contact` are awaited by the shell (daemon.py)
between `dispatcher.claim(now)` and `dispatcher.record(delivery, result, now)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from triage.core.mail.message import InboundMessage


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds; never goes back."""


class TokenSource(Protocol):
    """Access tokens for servers that take no password."""

    def __call__(self) -> str:
        """One that is good now. Raises PermanentFailure or TemporaryFailure."""

    def forget(self) -> None:
        """A server has refused it: give another one next time."""


class Entropy(Protocol):
    def token(self, n_bytes: int) -> str:
        """Lower-case hex of n random bytes."""


# --- the mailbox -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """Everything with this UIDVALIDITY and a UID <= `uid` is in the ledger already."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a folder holds beyond a position, ascending. `restarted`: another UIDVALIDITY than the position, so `uids` are all of them."""

    folder: str
    uidvalidity: int
    uids: tuple[int, ...]
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The header of one message, for deciding what to fetch first. `size` is RFC822.SIZE in bytes."""

    uid: int
    internaldate: datetime
    size: int
    header: bytes


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """A message as the server has it. `internaldate` is aware UTC. `cut`: only its header and the beginning of its texts were fetched;
    `size` is what all of it has then, in bytes (otherwise it may be 0)."""

    folder: str
    uidvalidity: int
    uid: int
    internaldate: datetime
    raw: bytes
    flags: frozenset[str] = frozenset()
    cut: bool = False
    size: int = 0
    unread: str = ""
    """Why `raw` is no more than a header."""


@dataclass(frozen=True, slots=True)
class UnfetchableMessage:
    """The server would not or could not give this message; the others of the batch are not affected."""

    folder: str
    uidvalidity: int
    uid: int
    error: str
    internaldate: datetime | None = None
    header: bytes = b""
    """Where the server gives that much: an urgent subject must page."""


class Mailbox(Protocol):
    """One IMAP account, one thread. Raises TemporaryFailure on any doubt about the connection (the next call reconnects) and
    PermanentFailure for what a person must mend (credentials, unknown folder)."""

    def sent_folder(self) -> str | None:
        """The folder with SPECIAL-USE \\Sent (RFC 6154), or a well-known name; None when there is none."""

    def folders(self) -> tuple[str, ...]: ...

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        """NOOP, then search by UID window; never believes EXISTS; filters `uid > after.uid`."""

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]: ...

    def bare_headers(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """UID -> header, and no other facts, which cost more than it: for looking through a backlog. Of a header of more than 16 KB
        perhaps only its beginning, with author, subject and content type."""

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage | UnfetchableMessage]:
        """BODY.PEEK: never sets \\Seen. A UID that vanished in the meantime yields nothing."""

    def holds(self, folder: str, message_id: str) -> bool: ...

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        """Marked \\Seen: nobody has to read a notice in Sent."""

    def relabel(self, folder: str, uidvalidity: int, uids: Sequence[int], add: Sequence[str], drop: Sequence[str]) -> bool:
        """Take keywords away and add others where the server keeps them (PERMANENTFLAGS \\*); False where it does not, or where the
        folder was renumbered. No other flag is touched. Cosmetic."""

    def flags(self, folder: str, uidvalidity: int, uids: Sequence[int], *, whole: bool) -> dict[int, frozenset[str]]:
        """What these messages carry now; where the server can tell (CONDSTORE, RFC 7162), only those that may have changed since the
        last call, unless `whole`. Empty when the folder was renumbered."""

    def move(self, folder: str, position: Position, target: str) -> bool:
        """Move the message of that UIDVALIDITY and UID; False when it is not there (any more). PermanentFailure where the server can
        neither MOVE nor COPY and expunge a single message."""

    def file(self, folder: str, position: Position, message_id: str, places: Sequence[str], target: str) -> bool:
        """Put a message that arrived in `folder` into `target`, which is made when it is missing, from there or from whichever of
        `places` holds it. False when it is in none of them: a person has moved it."""

    def close(self) -> None: ...


# --- understanding ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parser's answer for one ticket: a message, or the reason why this mail goes to quarantine."""

    ticket: int
    message: InboundMessage | None
    error: str = ""


class Parser(Protocol):
    """bytes -> InboundMessage, in worker processes with time and memory limits; in tests in-process."""

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        """An urgent one overtakes those that are not begun."""

    def finished(self) -> list[Parsed]:
        """What is done since the last call, in no particular order. Never blocks."""

    def close(self) -> None: ...


# --- sending ---------------------------------------------------------------------------------------------------------


class SendOutcome(Enum):
    """What is known after an attempt. UNKNOWN: the connection was cut when the other side may have had it already."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SendResult:
    """One attempt. `refused` maps a recipient to the answer it was refused with; `detail` is one line for the record, no secrets."""

    outcome: SendOutcome
    detail: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    retry_after_s: float | None = None
    throttled: bool = False
    """The other side asks to slow down: it is not this mail's fault, and the next would fare no better."""
    answer: str = ""
    """What the other side said when it accepted, bounded and not to be trusted."""


class Submission(Protocol):
    """One mail to the submission server (RFC 6409). Never raises for what the other side does: that is a SendResult."""

    async def send(self, raw: bytes, envelope_from: str, recipients: Sequence[str]) -> SendResult: ...

    def go_on(self) -> None:
        """What a `throttled` answer said has been written down; until then nothing more need be tried."""

    async def close(self) -> None: ...


class Contact(Protocol):
    """One way to reach people: a webhook, a mail address, a command. Never raises for what the other side does."""

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        """`key` is the same on every retry of one delivery; `payload` is what `oncall.payload` made."""
