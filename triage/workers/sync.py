"""Sync: what is new in a watched folder, told as a stream of items; the urgent subjects first, then the oldest.

Only reads the mailbox and asks which headers are known; writes nothing. Runs on the mailbox thread (daemon.py) or step by step in tests.
`Engine` commits each item before it takes the next one; only after `Swept` is the position moved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.mail.headers import glance
from triage.core.mail.identity import header_hash, header_of
from triage.core.seams import Clock, FetchedMessage, HeaderBlock, Mailbox, Position, UnfetchableMessage
from triage.core.settings import Limits, StartFrom
from triage.store.folders import Folder, Role
from triage.store.ledger import SeenHeader

HEADER_BATCH = 200
HEADERS_AT_MOST = 1000
"""After so many headers urgent mail that has come meanwhile is looked for."""
BODY_BATCH = 25
"""Between two of them urgent mail that has come meanwhile is looked for, so they are short."""
COPIES_BATCH = 50
BATCH_BYTES = 2 * 1024 * 1024
FEW = 5
"""Up to so many new messages are fetched at once: looking at their headers first would only cost a round trip."""

EMERGENCY_WORDS = ("urgent", "critical")
"""Only decides what is fetched first; what pages is decided by the rules."""
_MAY_BE_URGENT = re.compile(rb"(?i)" + "|".join((*EMERGENCY_WORDS, r"=\?", "utf-?7", r"[^\t\r\n -~]")).encode())
"""Without any of these a header has no other letters than those it shows, and most need not be read any further."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New messages with their bytes. `urgent` ones are decided before anything else."""

    folder: str
    messages: tuple[FetchedMessage | UnfetchableMessage, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The first look at a folder ever: what it holds up to `end` was there before the program was."""

    folder: str
    end: Position


@dataclass(frozen=True, slots=True)
class Settled:
    """Messages that need no decision: history before the first start, or known from before the folder was renumbered."""

    folder: str
    headers: tuple[SeenHeader, ...]
    history: bool


@dataclass(frozen=True, slots=True)
class OwnCopies:
    """Our own mails, in the Sent folder: known by their headers, so they are not fetched."""

    folder: str
    headers: tuple[SeenHeader, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """The sweep that began at `began_at`, after the position `after`, is complete: nothing up to `position` is missing."""

    folder: str
    after: Position | None
    position: Position
    began_at: datetime


def never() -> bool:
    return False


def nothing_is_own(_seen: SeenHeader) -> bool:
    return False


Item = FirstLook | Arrivals | Settled | OwnCopies | Swept


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the store knows, asked for from the mailbox thread through a reading connection of its own."""

    uids: Callable[[str, int, int], set[int]]
    """(folder, uidvalidity, above) -> UIDs in the ledger."""
    headers: Callable[[Sequence[str]], frozenset[str]]
    own: Callable[[SeenHeader], bool] = nothing_is_own
    """Whether a message in the Sent folder is one that the outbox has sent."""


def sweep(
    mailbox: Mailbox,
    folder: Folder,
    start_from: StartFrom | datetime,
    knowledge: Knowledge,
    limits: Limits,
    clock: Clock,
    is_rung: Callable[[], bool] = never,
) -> Iterator[Item]:
    """One complete look at a folder. Raises what the mailbox raises; what was told before that stands.

    Between two batches of a backlog urgent mail that has come meanwhile goes first: it is looked for after every batch of bodies and every
    thousand headers, as a server may ring late, and whenever `is_rung`, which may wait before it answers. It stays beyond the position of
    this sweep: the next one finds it in the ledger.
    """
    began_at = clock.now()
    found = mailbox.sweep(folder.name, folder.position)
    above = 0 if found.restarted or folder.position is None else folder.position.uid
    known = knowledge.uids(folder.name, found.uidvalidity, above)
    new = [uid for uid in found.uids if uid not in known]
    highest = Position(found.uidvalidity, max((above, *found.uids)))
    if folder.history is None:
        yield FirstLook(folder.name, highest)
    history = _history(folder, highest)
    if found.restarted:
        new = yield from _recognise(mailbox, folder, found.uidvalidity, new, knowledge, limits)
    elif history is not None and start_from is not StartFrom.ALL and any(uid <= history.uid for uid in new):
        new = yield from _observe(mailbox, folder, new, history, start_from, limits)
    if folder.role is Role.SENT:
        new = yield from _others(mailbox, folder, found.uidvalidity, new, knowledge, limits)
    newcomers = _Newcomers(mailbox, folder, highest, limits, is_rung)
    yield from _arrivals(mailbox, folder.name, new, limits, newcomers)
    yield Swept(folder.name, folder.position, highest, began_at)


def _history(folder: Folder, highest: Position) -> Position | None:
    """What was there before the program was; at a first look that is everything. None where the folder was renumbered since."""
    if folder.history is not None and folder.history.uidvalidity == highest.uidvalidity:
        return folder.history
    return highest if folder.position is None else None


def _observe(
    mailbox: Mailbox, folder: Folder, uids: list[int], history: Position, start_from: StartFrom | datetime, limits: Limits
) -> Generator[Item, None, list[int]]:
    """What was there before the first start, and before `start_from` where that is an instant, is history whenever it is read: at the first
    look, or when a folder's position was moved back behind it (promise 11)."""
    live = [uid for uid in uids if uid > history.uid]
    for blocks in _header_batches(mailbox, folder.name, [uid for uid in uids if uid <= history.uid]):
        old = [block for block in blocks if not isinstance(start_from, datetime) or block.internaldate < start_from]
        live += sorted({block.uid for block in blocks} - {block.uid for block in old})
        yield Settled(folder.name, tuple(_seen(folder.name, history.uidvalidity, block, limits) for block in old), history=True)
    return live


def _recognise(
    mailbox: Mailbox, folder: Folder, uidvalidity: int, uids: list[int], knowledge: Knowledge, limits: Limits
) -> Generator[Item, None, list[int]]:
    """The folder was renumbered (UIDVALIDITY): messages whose header is known were decided under their old number."""
    remaining: list[int] = []
    for blocks in _header_batches(mailbox, folder.name, uids):
        hashes = {block.uid: header_hash(block.header) for block in blocks}
        known = knowledge.headers(list(hashes.values()))
        old = [block for block in blocks if hashes[block.uid] in known]
        remaining += sorted(uid for uid, one in hashes.items() if one not in known)
        yield Settled(folder.name, tuple(_seen(folder.name, uidvalidity, block, limits) for block in old), history=False)
    return remaining


def _others(
    mailbox: Mailbox, folder: Folder, uidvalidity: int, uids: list[int], knowledge: Knowledge, limits: Limits
) -> Generator[Item, None, list[int]]:
    """In Sent: what people have written. Copies of our own notices are as many, and nothing in them is news."""
    others = set(uids)
    for blocks in _header_batches(mailbox, folder.name, uids):
        seen = (_seen(folder.name, uidvalidity, block, limits) for block in blocks)
        own = tuple(one for one in seen if knowledge.own(one))
        others -= {one.uid for one in own}
        for start in range(0, len(own), COPIES_BATCH):
            yield OwnCopies(folder.name, own[start : start + COPIES_BATCH])
    return sorted(others)


class _Newcomers:
    """Urgent mail that comes into the intake folder while a backlog of it is read."""

    def __init__(self, mailbox: Mailbox, folder: Folder, highest: Position, limits: Limits, is_rung: Callable[[], bool]) -> None:
        self._mailbox = mailbox
        self._folder = folder
        self._highest = highest
        self._limits = limits
        self._is_rung = is_rung
        self._header_batches = 0

    def between_headers(self) -> Iterator[Item]:
        self._header_batches += 1
        if self._header_batches * HEADER_BATCH % HEADERS_AT_MOST == 0:
            yield from self.look()
        yield from self.when_rung()

    def when_rung(self) -> Iterator[Item]:
        while self._is_rung():
            yield from self.look()

    def look(self) -> Iterator[Item]:
        """A folder that was renumbered just now is left to the next sweep. In Sent nothing is urgent."""
        if self._folder.role is not Role.INTAKE:
            return
        found = self._mailbox.sweep(self._folder.name, self._highest)
        if found.restarted or not found.uids:
            return
        yield from _urgent(self._mailbox, self._folder.name, found.uids, self._limits)
        self._highest = Position(self._highest.uidvalidity, max(found.uids))


def _arrivals(mailbox: Mailbox, folder: str, uids: list[int], limits: Limits, newcomers: _Newcomers) -> Iterator[Item]:
    if len(uids) <= FEW:
        for arrived in _fetch(mailbox, folder, uids, urgent=False):
            yield from _parted(arrived, limits)
        return
    urgent = yield from _urgent(mailbox, folder, uids, limits, newcomers.between_headers)
    for arrived in _fetch(mailbox, folder, sorted(set(uids) - set(urgent)), urgent=False):
        yield arrived
        yield from newcomers.look()
        yield from newcomers.when_rung()


def _parted(arrived: Arrivals, limits: Limits) -> Iterator[Arrivals]:
    """Few as they are, they may meet a backlog that is not decided yet."""
    urgent = {message.uid for message in arrived.messages if _is_urgent(message, limits)}
    for wanted in (True, False):
        some = tuple(message for message in arrived.messages if (message.uid in urgent) is wanted)
        if some:
            yield Arrivals(arrived.folder, some, urgent=wanted)


def _is_urgent(message: FetchedMessage | UnfetchableMessage, limits: Limits) -> bool:
    return isinstance(message, FetchedMessage) and looks_urgent(header_of(message.raw), limits)


def _urgent(
    mailbox: Mailbox, folder: str, uids: Sequence[int], limits: Limits, between: Callable[[], Iterable[Item]] = tuple
) -> Generator[Item, None, list[int]]:
    """Header by header; returns the UIDs of what it has told. `between` two batches something else may be told."""
    urgent: list[int] = []
    for start in range(0, len(uids), HEADER_BATCH):
        headers = mailbox.bare_headers(folder, uids[start : start + HEADER_BATCH])
        first = [uid for uid, header in headers.items() if looks_urgent(header, limits)]
        urgent += first
        yield from _fetch(mailbox, folder, first, urgent=True)
        yield from between()
    return urgent


def _fetch(mailbox: Mailbox, folder: str, uids: Sequence[int], *, urgent: bool) -> Iterator[Arrivals]:
    batch: list[FetchedMessage | UnfetchableMessage] = []
    size = 0
    for message in mailbox.fetch(folder, uids):
        batch.append(message)
        size += len(message.raw) if isinstance(message, FetchedMessage) else 0
        if len(batch) == BODY_BATCH or size > BATCH_BYTES:
            yield Arrivals(folder, tuple(batch), urgent)
            batch, size = [], 0
    if batch:
        yield Arrivals(folder, tuple(batch), urgent)


def _header_batches(mailbox: Mailbox, folder: str, uids: Sequence[int]) -> Iterator[list[HeaderBlock]]:
    for start in range(0, len(uids), HEADER_BATCH):
        yield mailbox.headers(folder, uids[start : start + HEADER_BATCH])


def looks_urgent(header: bytes, limits: Limits) -> bool:
    if _MAY_BE_URGENT.search(header) is None:
        return False
    subject = unicodedata.normalize("NFKC", glance(header, limits).subject).casefold()
    return any(word in subject for word in EMERGENCY_WORDS)


def _seen(folder: str, uidvalidity: int, block: HeaderBlock, limits: Limits) -> SeenHeader:
    look = glance(block.header, limits)
    return SeenHeader(
        folder=folder,
        uidvalidity=uidvalidity,
        uid=block.uid,
        internaldate=block.internaldate,
        size=block.size,
        header_hash=header_hash(block.header),
        message_id=look.message_id,
        author=look.author.address,
        subject=look.subject,
    )
