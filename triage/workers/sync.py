"""Sync: what is new in a watched folder, told as a stream of items; what is urgent by its header first, then the oldest.

Only reads the mailbox and asks which headers are known; writes nothing. Runs on the mailbox thread (daemon.py) or step by step in tests.
`Engine` commits each item before it takes the next one; only after `Swept` is the position moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from triage.core.mail.headers import glance
from triage.core.mail.identity import header_hash, header_of
from triage.core.seams import Clock, FetchedMessage, HeaderBlock, Mailbox, Position, UnfetchableMessage
from triage.core.settings import Limits, StartFrom
from triage.store.folders import Folder, Role
from triage.store.ledger import SeenHeader
from triage.workers.fair_queue import FairQueue
from triage.workers.urgency import says_so, whose

HEADER_BATCH = 500
HEADERS_AT_MOST = 1000
"""After so many headers urgent mail that has come meanwhile is looked for."""
BODY_BATCH = 25
"""Between two of them urgent mail that has come meanwhile is looked for, so they are short."""
COPIES_BATCH = 50
BATCH_BYTES = 2 * 1024 * 1024
URGENT_AT_ONCE = 10
"""So many urgent mails of one sender are fetched as soon as their headers are read. The further ones wait until all headers are: somebody
else may have written among them."""
FEW = 5
"""Up to so many new messages are fetched at once: looking at their headers first would only cost a round trip."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New messages with their bytes. `urgent` ones are decided before anything else, in turns by `whose` they are (by UID)."""

    folder: str
    messages: tuple[FetchedMessage | UnfetchableMessage, ...]
    urgent: bool = False
    whose: Mapping[int, str] = field(default_factory=dict)


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


def always() -> bool:
    return True


def nothing_is_urgent(_header: bytes) -> bool:
    """In Sent: what partners answer to an emergency is read from the intake folder."""
    return False


def nothing_is_own(_seen: SeenHeader) -> bool:
    return False


Item = FirstLook | Arrivals | Settled | OwnCopies | Swept


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the store and the rules know, asked for from the mailbox thread: the store through a reading connection of its own."""

    uids: Callable[[str, int, int], set[int]]
    """(folder, uidvalidity, above) -> UIDs in the ledger."""
    headers: Callable[[Sequence[str]], frozenset[str]]
    own: Callable[[SeenHeader], bool] = nothing_is_own
    """Whether a message in the Sent folder is one that the outbox has sent."""
    urgent: Callable[[bytes], bool] = says_so
    """Whether a mail with this header goes before others."""


def sweep(
    mailbox: Mailbox,
    folder: Folder,
    start_from: StartFrom | datetime,
    knowledge: Knowledge,
    limits: Limits,
    clock: Clock,
    is_rung: Callable[[], bool] = never,
    has_room: Callable[[], bool] = always,
) -> Iterator[Item]:
    """One complete look at a folder. Raises what the mailbox raises; what was told before that stands.

    Between two batches of a backlog urgent mail that has come meanwhile goes first: it is looked for after every batch of bodies and every
    thousand headers, as a server may ring late, and whenever `is_rung`, which may wait before it answers; but while `has_room`, the engine
    could do something else, only once for each batch. It stays beyond the position of this sweep: the next one finds it in the ledger.
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
    is_urgent = knowledge.urgent if folder.role is Role.INTAKE else nothing_is_urgent
    lane = _UrgentLane(mailbox, folder, highest, is_urgent, limits, is_rung, has_room)
    if found.restarted:
        new = yield from _recognise(mailbox, folder, found.uidvalidity, new, knowledge, limits, lane)
    elif history is not None and start_from is not StartFrom.ALL and any(uid <= history.uid for uid in new):
        new = yield from _observe(mailbox, folder, new, history, start_from, limits, lane)
    if folder.role is Role.SENT:
        new = yield from _others(mailbox, folder, found.uidvalidity, new, knowledge, limits)
    yield from _arrivals(mailbox, folder.name, new, limits, lane)
    yield Swept(folder.name, folder.position, highest, began_at)


def _history(folder: Folder, highest: Position) -> Position | None:
    """What was there before the program was; at a first look that is everything. None where the folder was renumbered since."""
    if folder.history is not None and folder.history.uidvalidity == highest.uidvalidity:
        return folder.history
    return highest if folder.position is None else None


def _observe(
    mailbox: Mailbox,
    folder: Folder,
    uids: list[int],
    history: Position,
    start_from: StartFrom | datetime,
    limits: Limits,
    lane: _UrgentLane,
) -> Generator[Item, None, list[int]]:
    """What was there before the first start, and before `start_from` where that is an instant, is history whenever it is read: at the first
    look, or when a folder's position was moved back behind it (promise 11)."""
    live = [uid for uid in uids if uid > history.uid]
    for blocks in _header_batches(mailbox, folder.name, [uid for uid in uids if uid <= history.uid]):
        old = [block for block in blocks if not isinstance(start_from, datetime) or block.internaldate < start_from]
        live += sorted({block.uid for block in blocks} - {block.uid for block in old})
        yield Settled(folder.name, tuple(_seen(folder.name, history.uidvalidity, block, limits) for block in old), history=True)
        yield from lane.between_headers()
    return live


def _recognise(
    mailbox: Mailbox, folder: Folder, uidvalidity: int, uids: list[int], knowledge: Knowledge, limits: Limits, lane: _UrgentLane
) -> Generator[Item, None, list[int]]:
    """The folder was renumbered (UIDVALIDITY): messages whose header is known were decided under their old number. The newest are looked at
    first, since news is among them, and what is urgent is told before the others are looked at."""
    remaining: list[int] = []
    for blocks in _header_batches(mailbox, folder.name, uids[::-1]):
        hashes = {block.uid: header_hash(block.header) for block in blocks}
        known = knowledge.headers(list(hashes.values()))
        old = [block for block in blocks if hashes[block.uid] in known]
        yield Settled(folder.name, tuple(_seen(folder.name, uidvalidity, block, limits) for block in old), history=False)
        unknown = {block.uid: block.header for block in blocks if hashes[block.uid] not in known}
        yield from lane.tell(lane.first_among(unknown))
        remaining += unknown
        yield from lane.between_headers()
    return sorted(uid for uid in remaining if uid not in lane.urgent)


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


class _UrgentLane:
    """Urgent mail of a folder: what a sweep has found, and what comes into the intake folder while a backlog of it is read."""

    def __init__(
        self,
        mailbox: Mailbox,
        folder: Folder,
        highest: Position,
        is_urgent: Callable[[bytes], bool],
        limits: Limits,
        is_rung: Callable[[], bool],
        has_room: Callable[[], bool],
    ) -> None:
        self.urgent: dict[int, str] = {}
        """UID -> whose it is."""
        self.watches = folder.role is Role.INTAKE
        self.is_urgent = is_urgent
        self._looked_at: set[int] = set()
        self._mailbox = mailbox
        self._folder = folder
        self._highest = highest
        self._limits = limits
        self._is_rung = is_rung
        self._has_room = has_room
        self._of_each: Counter[str] = Counter()
        self._waiting = FairQueue()
        self._header_batches = 0
        self._has_more = False
        """More has come than was looked at."""

    def read(self, uids: Sequence[int]) -> Iterator[Item]:
        """Header by header, of what was not looked at before; then those of whoever has sent many."""
        uids = [uid for uid in uids if uid not in self._looked_at]
        for start in range(0, len(uids), HEADER_BATCH):
            batch = uids[start : start + HEADER_BATCH]
            yield from self.tell(self.first_among(self._mailbox.bare_headers(self._folder.name, batch)))
            yield from self.between_headers()
        yield from self.drain()

    def first_among(self, headers: Mapping[int, bytes]) -> list[int]:
        """What is to be fetched at once. The further ones of each sender wait."""
        first: list[int] = []
        self._looked_at |= headers.keys()
        for uid in (uid for uid, header in headers.items() if self.is_urgent(header)):
            sender = self.urgent[uid] = whose(headers[uid], self._limits)
            self._of_each[sender] += 1
            if self._of_each[sender] <= URGENT_AT_ONCE:
                first.append(uid)
            else:
                self._waiting.put(sender, uid)
        return first

    def tell(self, uids: Sequence[int]) -> Iterator[Item]:
        for messages in _fetch(self._mailbox, self._folder.name, uids):
            yield Arrivals(self._folder.name, messages, urgent=True, whose={message.uid: self.urgent[message.uid] for message in messages})

    def drain(self) -> Iterator[Item]:
        """Those that wait, in turns; what has come meanwhile goes before them."""
        while self._waiting:
            batch = [self._waiting.take()[1] for _ in range(min(BODY_BATCH, len(self._waiting)))]
            yield from self.tell(sorted(batch))
            yield from self.between_bodies()

    def between_headers(self) -> Iterator[Item]:
        self._header_batches += 1
        if self._header_batches * HEADER_BATCH % HEADERS_AT_MOST == 0:
            yield from self.look()
        yield from self.when_rung()

    def between_bodies(self) -> Iterator[Item]:
        yield from self.look()
        yield from self.when_rung()

    def when_rung(self) -> Iterator[Item]:
        """A bell that never rests holds nothing back: while the engine has room, one look is enough."""
        while self._is_rung() or self._has_more:
            yield from self.look()
            if self._has_room() and not self._has_more:
                return

    def look(self) -> Iterator[Item]:
        """A folder that was renumbered just now is left to the next sweep. In Sent nothing is urgent."""
        if not self.watches:
            return
        found = self._mailbox.sweep(self._folder.name, self._highest)
        new = () if found.restarted else found.uids
        batch = new[:HEADER_BATCH]
        self._has_more = len(new) > len(batch)
        if batch:
            self._highest = Position(self._highest.uidvalidity, batch[-1])
            yield from self.tell(self.first_among(self._mailbox.bare_headers(self._folder.name, batch)))


def _arrivals(mailbox: Mailbox, folder: str, uids: list[int], limits: Limits, lane: _UrgentLane) -> Iterator[Item]:
    if len(uids) <= FEW:
        yield from lane.drain()
        for messages in _fetch(mailbox, folder, uids):
            yield from _parted(folder, messages, lane.is_urgent, limits)
        return
    if lane.watches:
        yield from lane.read(uids)
    for messages in _fetch(mailbox, folder, [uid for uid in uids if uid not in lane.urgent]):
        yield Arrivals(folder, messages)
        yield from lane.between_bodies()
        yield from lane.drain()


def _parted(
    folder: str, messages: Sequence[FetchedMessage | UnfetchableMessage], is_urgent: Callable[[bytes], bool], limits: Limits
) -> Iterator[Arrivals]:
    """Few as they are, they may meet a backlog that is not decided yet."""
    headers = {one.uid: header_of(one.raw) if isinstance(one, FetchedMessage) else one.header for one in messages}
    urgent = {uid: whose(header, limits) for uid, header in headers.items() if is_urgent(header)}
    for wanted in (True, False):
        some = tuple(message for message in messages if (message.uid in urgent) is wanted)
        if some:
            yield Arrivals(folder, some, urgent=wanted, whose=urgent if wanted else {})


def _fetch(mailbox: Mailbox, folder: str, uids: Sequence[int]) -> Iterator[tuple[FetchedMessage | UnfetchableMessage, ...]]:
    batch: list[FetchedMessage | UnfetchableMessage] = []
    size = 0
    for message in mailbox.fetch(folder, uids):
        batch.append(message)
        size += len(message.raw) if isinstance(message, FetchedMessage) else 0
        if len(batch) == BODY_BATCH or size > BATCH_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _header_batches(mailbox: Mailbox, folder: str, uids: Sequence[int]) -> Iterator[list[HeaderBlock]]:
    for start in range(0, len(uids), HEADER_BATCH):
        yield mailbox.headers(folder, uids[start : start + HEADER_BATCH])


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
