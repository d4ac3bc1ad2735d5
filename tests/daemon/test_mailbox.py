"""What the mailbox thread looks at first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.adapters.clock import SystemClock
from triage.core.deliveries import Channel, Delivery, Lane, Outgoing
from triage.core.failures import TemporaryFailure
from triage.core.seams import FetchedMessage, HeaderBlock, Position, Sweep
from triage.core.settings import Filing, Keywords, Labels, Limits, StartFrom
from triage.daemon.engine import FromSweep, Message, SweepEnded
from triage.daemon.label_errands import LabelErrands
from triage.daemon.mailbox import CONNECTED, MailboxThread
from triage.daemon.reconciling import HourlyReconcile
from triage.store import folders
from triage.store.database import Store, open_store
from triage.store.folders import Role
from triage.workers.sync import BODY_BATCH, Arrivals, Swept
from triage.workers.urgency import says_so

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START = Position(1, 0)


class TwoFolders:
    """The `Mailbox` of a sweep; mail may be put in at any time."""

    def __init__(self, **subjects: list[str]) -> None:
        self.subjects = subjects

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        return Sweep(folder, 1, tuple(range((after.uid if after else 0) + 1, len(self.subjects[folder]) + 1)), False)

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]:
        return [HeaderBlock(uid, NOW, 10, self._raw(folder, uid)) for uid in uids]

    def bare_headers(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        return {block.uid: block.header for block in self.headers(folder, uids)}

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        return (FetchedMessage(folder, 1, uid, NOW, self._raw(folder, uid)) for uid in uids)

    def _raw(self, folder: str, uid: int) -> bytes:
        return f"Subject: {self.subjects[folder][uid - 1]}\r\n\r\n".encode()


def watched(directory: Path) -> Store:
    store = open_store(directory, create=True)
    folders.watch(store, {"INBOX": Role.INTAKE, "Sent": Role.SENT})
    with store.write():
        for name in ("INBOX", "Sent"):
            folders.note_history(store, name, START)
            folders.move(store, name, None, START)
    return store


def thread_on(
    box: TwoFolders,
    store: Store,
    post: Callable[[Message], None],
    later: Callable[[float, Callable[[], object]], None] = lambda *_: None,
    has_room: Callable[[], bool] = lambda: True,
) -> MailboxThread:
    clock = SystemClock()
    errands = LabelErrands(box, clock, Labels(Keywords.OFF, Filing.OFF), "INBOX", lambda *_: None, lambda _: None)  # type: ignore[arg-type]
    return MailboxThread(
        box,  # type: ignore[arg-type]
        store,
        lambda *_: False,
        says_so,
        Limits(),
        StartFrom.NOW,
        clock,
        post,
        lambda _: None,
        lambda _: None,
        errands,
        HourlyReconcile(box, clock, lambda _: None),  # type: ignore[arg-type]
        later,
        has_room,
    )


def test_the_bell_that_rings_while_sent_is_read_is_about_the_intake_folder(tmp_path: Path) -> None:
    box = TwoFolders(INBOX=[], Sent=[f"Re: question {number}" for number in range(2 * BODY_BATCH)])
    told: list[tuple[str, str]] = []

    def post(message: Message) -> None:
        if isinstance(message, SweepEnded):
            message.seen.set()
        elif isinstance(message, FromSweep):
            told.append((message.item.folder, type(message.item).__name__))
            if told[-1] == ("Sent", Arrivals.__name__) and not box.subjects["INBOX"]:
                box.subjects["INBOX"].append("URGENT: payouts fail")
                thread.request_sweep()

    with watched(tmp_path) as store:
        thread = thread_on(box, store, post)
        thread.request_sweep()
        thread.look()
    assert told.index(("INBOX", Arrivals.__name__)) < told.index(("Sent", Swept.__name__))


def test_a_bell_that_never_rests_does_not_keep_sent_from_being_read(tmp_path: Path) -> None:
    box = TwoFolders(INBOX=[], Sent=[f"Re: question {number}" for number in range(2 * BODY_BATCH)])
    told: list[str] = []

    def post(message: Message) -> None:
        finish(message)
        if isinstance(message, FromSweep):
            told.append(message.item.folder)
            assert len(told) < 50, "the intake folder is looked at for ever"
            thread.request_sweep()

    with watched(tmp_path) as store:
        thread = thread_on(box, store, post)
        thread.request_sweep()
        thread.look()
    assert thread.state == CONNECTED


class WithCopies(TwoFolders):
    """Takes copies of what was sent."""

    def __init__(self, **subjects: list[str]) -> None:
        super().__init__(**subjects)
        self.copies = 0

    def holds(self, folder: str, message_id: str) -> bool:
        return False

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        self.copies += 1


def copy_of(number: int) -> Delivery:
    return Delivery(number, Outgoing(f"copy/{number}", Channel.SENT_COPY, "sent-copy", Lane.COSMETIC, payload={"folder": "Sent"}), 1, NOW)


@pytest.mark.parametrize(("room", "copies"), [([True] * 99, 0), ([True, False, False, True] + [True] * 99, 2)])
def test_copies_are_filed_in_the_middle_of_a_backlog_only_while_the_engine_has_no_room(
    tmp_path: Path, room: list[bool], copies: int
) -> None:
    box = WithCopies(INBOX=[f"question {number}" for number in range(3 * BODY_BATCH)], Sent=[])
    filed = -1

    def post(message: Message) -> None:
        nonlocal filed
        finish(message)
        if isinstance(message, FromSweep) and message.item.folder == "INBOX" and isinstance(message.item, Swept):
            filed = box.copies

    answers = iter(room)
    with watched(tmp_path) as store:
        thread = thread_on(box, store, post, has_room=lambda: next(answers))
        for number in range(9):
            thread.run_errand(copy_of(number))
        thread.request_sweep()
        thread.look()
    assert (filed, box.copies) == (copies, 9), "the others come after the sweep"


def test_the_bell_is_heard_while_a_batch_waits_for_the_engine(tmp_path: Path) -> None:
    box = TwoFolders(INBOX=[f"question {number}" for number in range(2 * BODY_BATCH)], Sent=[])
    told: list[bool] = []

    def post(message: Message) -> None:
        finish(message)
        if isinstance(message, FromSweep) and isinstance(message.item, Arrivals):
            told.append(message.item.urgent)

    def has_room() -> bool:
        if len(told) == 1:
            box.subjects["INBOX"].append("URGENT: payouts fail")
            thread.request_sweep()
        return len(told) != 1

    with watched(tmp_path) as store:
        thread = thread_on(box, store, post, has_room=has_room)
        thread.request_sweep()
        thread.look()
    assert told == [False, True, False]


def test_a_look_that_waits_for_the_engine_goes_on_all_the_same(tmp_path: Path) -> None:
    """Else an undecided backlog that takes minutes is told as a mailbox that nobody has looked at."""
    box = TwoFolders(INBOX=[f"question {number}" for number in range(2 * BODY_BATCH)], Sent=[])
    seen: list[datetime | None] = []

    def has_room() -> bool:
        seen.append(thread.progress_at)
        return len(seen) > 3

    with watched(tmp_path) as store:
        thread = thread_on(box, store, finish, has_room=has_room)
        thread.request_sweep()
        thread.look()
    waited = [at for at in seen[:4] if at is not None]
    assert len(waited) == 3, "nothing had been told before"
    assert waited == sorted(set(waited))


class Throttled(TwoFolders):
    """Asks for a pause, whoever comes."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(INBOX=[], Sent=[])
        self.looks = 0
        self._retry_after_s = retry_after_s

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        self.looks += 1
        raise TemporaryFailure("too many requests", retry_after_s=self._retry_after_s)


@pytest.mark.parametrize(("asked_s", "pause_s"), [(300.0, 300.0), (0.1, 1.0), (86_400.0, 900.0)])
def test_a_server_that_asks_for_a_pause_gets_it_whoever_rings(tmp_path: Path, asked_s: float, pause_s: float) -> None:
    box = Throttled(asked_s)
    planned: list[tuple[float, Callable[[], object]]] = []
    with watched(tmp_path) as store:
        thread = thread_on(box, store, finish, lambda seconds, retry: planned.append((seconds, retry)))
        for _ in range(3):
            thread.request_sweep()
            thread.look()
        assert (box.looks, [seconds for seconds, _ in planned]) == (1, [pause_s])
        planned[0][1]()
        thread.look()
    assert box.looks == 2


def finish(message: Message) -> None:
    if isinstance(message, SweepEnded):
        message.seen.set()
