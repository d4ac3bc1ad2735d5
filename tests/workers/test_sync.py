"""What goes first when a backlog is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, repeat

import pytest

from triage.adapters.clock import SystemClock
from triage.core.mail.identity import header_hash
from triage.core.seams import FetchedMessage, HeaderBlock, Position, Sweep, UnfetchableMessage
from triage.core.settings import Limits, StartFrom
from triage.store.folders import Folder, Role
from triage.workers.sync import (
    BODY_BATCH,
    FEW,
    HEADER_BATCH,
    HEADERS_AT_MOST,
    URGENT_AT_ONCE,
    Arrivals,
    FirstLook,
    Knowledge,
    OwnCopies,
    Settled,
    Swept,
    sweep,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KNOWS_NOTHING = Knowledge(uids=lambda *_: set(), headers=lambda _: frozenset())


class Inbox:
    """The `Mailbox` of one folder, as far as a sweep needs it; mail may be put in at any time."""

    def __init__(self, *subjects: str) -> None:
        self.subjects = list(subjects)

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        return Sweep(folder, 1, tuple(range((after.uid if after else 0) + 1, len(self.subjects) + 1)), False)

    def headers(self, folder: str, uids: Sequence[int]) -> list[HeaderBlock]:
        return [HeaderBlock(uid, NOW, 10, self._raw(uid)) for uid in uids]

    def bare_headers(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        return {block.uid: block.header for block in self.headers(folder, uids)}

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        return (FetchedMessage(folder, 1, uid, NOW, self._raw(uid)) for uid in uids)

    def _raw(self, uid: int) -> bytes:
        return f"Subject: {self.subjects[uid - 1]}\r\n\r\n".encode()


FOLDER = Folder("INBOX", Role.INTAKE, None, None, None)


def told(inbox: Inbox, rings: Iterator[bool], folder: Folder = FOLDER, knows: Knowledge = KNOWS_NOTHING) -> Iterator[Arrivals | Swept]:
    items = sweep(inbox, folder, StartFrom.ALL, knows, Limits(), SystemClock(), lambda: next(rings, False))  # type: ignore[arg-type]
    return (item for item in items if isinstance(item, Arrivals | Swept))


def uids(item: Arrivals | Swept) -> list[int]:
    assert isinstance(item, Arrivals)
    return [message.uid for message in item.messages]


def test_urgent_mail_that_comes_while_a_backlog_is_read_overtakes_the_rest_of_it() -> None:
    backlog = 3 * BODY_BATCH
    inbox = Inbox(*(f"question {number}" for number in range(backlog)))
    items = told(inbox, iter([True]))
    next(items)
    inbox.subjects += ["another question", "URGENT: payouts fail"]
    overtaking = next(items)
    assert (uids(overtaking), overtaking.urgent) == ([backlog + 2], True)
    *rest, end = items
    assert [uid for item in rest for uid in uids(item)] == list(range(BODY_BATCH + 1, backlog + 1))
    assert isinstance(end, Swept)
    assert end.position == Position(1, backlog), "the next sweep finds what came meanwhile beyond the position"


def test_what_was_looked_at_once_is_not_looked_at_again() -> None:
    inbox = Inbox(*(f"question {number}" for number in range(3 * BODY_BATCH)))
    items = told(inbox, iter([True, True, True]))
    next(items)
    inbox.subjects.append("critical")
    urgent = [item for item in items if isinstance(item, Arrivals) and item.urgent]
    assert len(urgent) == 1


def test_urgent_mail_is_looked_for_after_every_batch_though_nobody_rings() -> None:
    inbox = Inbox(*(f"question {number}" for number in range(2 * BODY_BATCH)))
    items = told(inbox, iter(()))
    next(items)
    inbox.subjects.append("critical")
    overtaking = next(items)
    assert (uids(overtaking), overtaking.urgent) == ([2 * BODY_BATCH + 1], True)


def test_urgent_mail_that_comes_while_headers_are_read_does_not_wait_for_the_others() -> None:
    inbox = Inbox("URGENT: payouts fail", *(f"question {number}" for number in range(2 * HEADER_BATCH)), "critical")
    items = told(inbox, iter([True]))
    assert uids(next(items)) == [1]
    inbox.subjects.append("URGENT: it goes on")
    assert [uids(next(items)) for _ in range(2)] == [[2 * HEADER_BATCH + 3], [2 * HEADER_BATCH + 2]]


def test_among_many_headers_urgent_mail_is_looked_for_though_nobody_rings() -> None:
    inbox = Inbox("URGENT: payouts fail", *(f"question {number}" for number in range(2 * HEADERS_AT_MOST)), "critical")
    items = told(inbox, iter(()))
    next(items)
    inbox.subjects.append("URGENT: it goes on")
    assert [uids(next(items)) for _ in range(2)] == [[2 * HEADERS_AT_MOST + 3], [2 * HEADERS_AT_MOST + 2]]


def test_many_urgent_mails_of_one_domain_wait_until_all_headers_are_read() -> None:
    """Somebody else's may be the last."""
    loud = HEADER_BATCH + BODY_BATCH
    inbox = Inbox(*["URGENT\r\nFrom: ops@loud.example"] * loud, "URGENT\r\nFrom: ops@harbour.example", "question")
    items = told(inbox, iter(()))
    first = list(range(1, URGENT_AT_ONCE + 1))
    assert [uids(next(items)) for _ in range(2)] == [first, [loud + 1]]
    *later, question, end = items
    assert [uid for item in later for uid in uids(item)] == list(range(URGENT_AT_ONCE + 1, loud + 1))
    assert all(isinstance(item, Arrivals) and item.urgent for item in later)
    assert (uids(question), isinstance(end, Swept)) == ([loud + 2], True)


def test_urgent_mail_that_comes_while_many_of_one_domain_are_fetched_overtakes_them() -> None:
    inbox = Inbox(*["URGENT\r\nFrom: ops@loud.example"] * 4 * BODY_BATCH)
    items = told(inbox, iter([False, True]))
    assert [len(uids(next(items))) for _ in range(2)] == [URGENT_AT_ONCE, BODY_BATCH]
    inbox.subjects.append("URGENT\r\nFrom: ops@harbour.example")
    assert uids(next(items)) == [4 * BODY_BATCH + 1]


def test_what_waits_behind_many_of_one_sender_takes_turns_with_them() -> None:
    loud, quiet = HEADER_BATCH, URGENT_AT_ONCE + 1
    inbox = Inbox(*["URGENT\r\nFrom: ops@loud.example"] * loud, *["URGENT\r\nFrom: ops@harbour.example"] * quiet)
    *batches, _end = told(inbox, iter(()))
    assert loud + quiet in uids(batches[2])
    assert [uid for item in batches for uid in uids(item) if uid <= loud] == list(range(1, loud + 1)), "each sender's own stay in order"


def test_at_a_provider_of_free_mail_everybody_is_a_sender_of_their_own() -> None:
    inbox = Inbox(*["URGENT\r\nFrom: loud@gmail.com"] * HEADER_BATCH, "URGENT\r\nFrom: harbour@gmail.com")
    first, second, *_ = told(inbox, iter(()))
    assert (len(uids(first)), uids(second)) == (URGENT_AT_ONCE, [HEADER_BATCH + 1])
    assert isinstance(second, Arrivals)
    assert second.whose == {HEADER_BATCH + 1: "harbour@gmail.com"}


def test_urgent_mail_is_looked_for_beside_many_of_one_sender_though_nobody_rings() -> None:
    inbox = Inbox(*["URGENT\r\nFrom: ops@loud.example"] * 4 * BODY_BATCH)
    items = told(inbox, iter(()))
    assert [len(uids(next(items))) for _ in range(2)] == [URGENT_AT_ONCE, BODY_BATCH]
    inbox.subjects.append("URGENT\r\nFrom: ops@harbour.example")
    assert uids(next(items)) == [4 * BODY_BATCH + 1]


def test_a_bell_that_never_rests_holds_back_nothing_while_the_engine_has_room() -> None:
    inbox = Inbox(*(f"question {number}" for number in range(2 * BODY_BATCH)))
    *batches, end = islice(told(inbox, repeat(True)), 3)
    assert [uid for item in batches for uid in uids(item)] == list(range(1, 2 * BODY_BATCH + 1))
    assert isinstance(end, Swept)


def test_between_two_batches_of_newcomers_the_engine_is_waited_for() -> None:
    """However many senders they have: nobody who comes after them waits for more than what the engine had room for."""
    inbox = Inbox(*(f"question {number}" for number in range(2 * BODY_BATCH)))
    came: list[int] = []
    waits: list[int] = []

    def wait() -> Iterator[bool]:
        while True:
            waits.append(len(came))
            yield False

    items = told(inbox, wait())
    next(items)
    inbox.subjects += [f"URGENT\r\nFrom: ops@company{number}.example" for number in range(2 * HEADER_BATCH)]
    for item in items:
        if isinstance(item, Arrivals) and item.urgent:
            came += uids(item)
    assert came == list(range(2 * BODY_BATCH + 1, 2 * BODY_BATCH + 2 * HEADER_BATCH + 1))
    assert HEADER_BATCH in waits


class Renumbered(Inbox):
    """Every UID but those of the last mails was another one."""

    def sweep(self, folder: str, after: Position | None) -> Sweep:
        found = super().sweep(folder, None if after is None or after.uidvalidity != 1 else after)
        return replace(found, restarted=after is not None and after.uidvalidity != 1)


def test_in_a_renumbered_folder_urgent_mail_is_told_before_what_is_older_is_looked_at() -> None:
    known = frozenset(header_hash(f"Subject: question {number}\r\n\r\n".encode()) for number in range(3 * HEADER_BATCH))
    inbox = Renumbered(*(f"question {number}" for number in range(3 * HEADER_BATCH)), "URGENT: payouts fail", "another question")
    folder = Folder("INBOX", Role.INTAKE, Position(7, 9), NOW, Position(7, 9))
    knows = Knowledge(uids=lambda *_: set(), headers=lambda hashes: known & set(hashes))
    items = told(inbox, iter([True]), folder, knows)
    assert uids(next(items)) == [3 * HEADER_BATCH + 1]
    inbox.subjects.append("URGENT: it goes on")
    assert uids(next(items)) == [3 * HEADER_BATCH + 3]
    question, end = items
    assert uids(question) == [3 * HEADER_BATCH + 2]
    assert isinstance(end, Swept)


def test_urgent_mail_that_comes_while_history_is_read_does_not_wait_for_it() -> None:
    inbox = Inbox(*(f"question {number}" for number in range(2 * HEADER_BATCH)))
    items = sweep(inbox, FOLDER, StartFrom.NOW, KNOWS_NOTHING, Limits(), SystemClock(), lambda: True)  # type: ignore[arg-type]
    assert [type(next(items)) for _ in range(2)] == [FirstLook, Settled]
    inbox.subjects.append("URGENT: payouts fail")
    assert [type(item) for item in items] == [Arrivals, Settled, Swept]


def test_nothing_overtakes_in_sent() -> None:
    sent = Inbox(*(f"Re: question {number}" for number in range(2 * BODY_BATCH)))
    folder = Folder("Sent", Role.SENT, Position(1, 0), NOW, Position(1, 0))
    items = sweep(sent, folder, StartFrom.NOW, KNOWS_NOTHING, Limits(), SystemClock())  # type: ignore[arg-type]
    next(item for item in items if isinstance(item, Arrivals))
    sent.subjects.append("Re: URGENT: payouts fail")
    assert not any(item.urgent for item in items if isinstance(item, Arrivals))


def test_among_few_new_mails_the_urgent_ones_are_told_first() -> None:
    *items, end = told(Inbox("question", "URGENT", "another question"), iter(()))
    assert [(uids(item), item.urgent) for item in items if isinstance(item, Arrivals)] == [([2], True), ([1, 3], False)]
    assert isinstance(end, Swept)


def test_what_is_urgent_by_more_than_its_subject_is_told_first_among_few_and_among_many() -> None:
    knows = replace(KNOWS_NOTHING, urgent=lambda header: b"from the bank" in header)
    for others in (2, 2 * BODY_BATCH):
        first, *_ = told(Inbox(*["question"] * others, "news from the bank"), iter(()), knows=knows)
        assert (uids(first), first.urgent) == ([others + 1], True)  # type: ignore[union-attr]  # uids has looked


class GivesHeadersOnly(Inbox):
    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[UnfetchableMessage]:  # type: ignore[override]
        return (UnfetchableMessage(folder, 1, uid, "no", NOW, self._raw(uid).strip()) for uid in uids)


@pytest.mark.parametrize("others", [0, 2 * FEW])
def test_what_cannot_be_fetched_is_urgent_by_its_header(others: int) -> None:
    items = list(told(GivesHeadersOnly(*["question"] * others, "URGENT"), iter(())))
    assert [uids(item) for item in items if isinstance(item, Arrivals) and item.urgent] == [[others + 1]]


def test_what_is_our_own_in_sent_is_not_fetched() -> None:
    sent = Inbox("[#1001] We have it", "Re: Transfers fail", "[#1002] We have it")
    folder = Folder("Sent", Role.SENT, Position(1, 0), NOW, Position(1, 0))
    knowledge = Knowledge(uids=lambda *_: set(), headers=lambda _: frozenset(), own=lambda seen: seen.subject.startswith("[#"))
    items = list(sweep(sent, folder, StartFrom.NOW, knowledge, Limits(), SystemClock()))  # type: ignore[arg-type]
    assert [seen.uid for item in items if isinstance(item, OwnCopies) for seen in item.headers] == [1, 3]
    assert [uids(item) for item in items if isinstance(item, Arrivals)] == [[2]]


def test_nothing_in_the_intake_folder_is_known_by_its_header_alone() -> None:
    """Anybody can write there what looks like ours."""
    folder = Folder("INBOX", Role.INTAKE, Position(1, 0), NOW, Position(1, 0))
    knowledge = Knowledge(uids=lambda *_: set(), headers=lambda _: frozenset(), own=lambda _: True)
    items = list(sweep(Inbox("[#1001] We have it"), folder, StartFrom.NOW, knowledge, Limits(), SystemClock()))  # type: ignore[arg-type]
    assert [uids(item) for item in items if isinstance(item, Arrivals)] == [[1]]
