"""The reconciler of `make chaos` finds nothing wrong where nothing is, and every lie by the name of its line (docs/chaos.md).

A mailbox, a store and sinks are filled by hand with what four shops and the program would have left there; the service never starts.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaos.letters import Letter, Part
from chaos.nemesis import Diary
from chaos.reconcile import Findings, read_folder, reconcile
from chaos.rig import Rig
from chaos.sinks import Sent
from tests.servers.dovecot import require_dovecot
from triage.store.database import STORE_NAME, open_store

pytestmark = pytest.mark.dovecot

WINDOW_S = 20
T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SATISFIED, URGENT, INSISTING, MACHINE = 2, 3, 1, 9
"""Shops whose stories these are; those of the first three are cases of their own, by the same number."""
POSTED = {
    Letter(SATISFIED, Part.QUESTION): ("case", 0),
    Letter(SATISFIED, Part.REPLY): ("team-reply", 5),
    Letter(URGENT, Part.QUESTION): ("case", 0),
    Letter(INSISTING, Part.QUESTION): ("case", 0),
    Letter(INSISTING, Part.REPLY): ("team-reply", 5),
    Letter(INSISTING, Part.ANSWER): ("follow-up", 15),
    Letter(MACHINE, Part.QUESTION): ("automatic", 0),
}
"""What became of each, and how many seconds after the first it came."""
STATUS = {SATISFIED: "closed", URGENT: "new", INSISTING: "open"}
NOTICES = [(SATISFIED, "receipt"), (SATISFIED, "closed"), (URGENT, "severity-1"), (INSISTING, "receipt")]
PAGE = Sent(T0, "page-1", URGENT, "page", page=1)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def notice(case: int, kind: str, *, key: str = "", at: datetime = T0) -> Sent:
    return Sent(at, key or f"<{kind}-{case}@wise.example>", case, kind)


@dataclass
class World:
    rig: Rig
    posted: dict[Letter, datetime]

    def __call__(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.rig.state / STORE_NAME)) as store, store:
            store.execute(statement, values)

    def reconciled(self) -> Findings:
        return reconcile(self.rig, self.posted, Diary(), WINDOW_S)


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[World, Path]]:
    require_dovecot()
    with Rig(random.Random(1), WINDOW_S) as rig:
        with open_store(rig.state, create=True):
            pass
        world = World(rig, {letter: after(seconds) for letter, (_, seconds) in POSTED.items()})
        fill(world)
        saved = rig.home / "saved"
        shutil.copy(rig.state / STORE_NAME, saved)
        yield world, saved


@pytest.fixture
def world(filled: tuple[World, Path]) -> World:
    """As it was filled, whatever the test before has done to it."""
    world, saved = filled
    for beside in world.rig.state.glob(f"{STORE_NAME}-*"):
        beside.unlink()
    shutil.copy(saved, world.rig.state / STORE_NAME)
    world.rig.mails.taken[:] = [notice(case, kind) for case, kind in NOTICES]
    world.rig.pages.taken[:] = [PAGE]
    return World(world.rig, dict(world.posted))


def fill(world: World) -> None:
    for letter, (_, seconds) in POSTED.items():
        world.rig.dovecot.append(letter.raw(after(seconds)), letter.folder, after(seconds))
    placed = {one.message_id: one for folder in ("INBOX", "Sent") for one in read_folder(world.rig.dovecot, folder)}
    for number, status in STATUS.items():
        world("INSERT INTO cases VALUES (?, 1, ?, 3, 'p', 'r', 's', ?, ?, NULL, NULL, NULL, NULL, NULL, '{}')", number, status, "", "")
    for letter, (outcome, _) in POSTED.items():
        there = placed[letter.message_id]
        world(
            "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash, message_id, outcome, decided_at,"
            " case_number) VALUES (?, ?, ?, '', '', 1, '', ?, ?, '', ?)",
            *(there.folder, there.uidvalidity, there.uid, there.message_id, outcome, letter.shop if letter.shop in STATUS else None),
        )
        if outcome == "case":
            world(ENTRY, letter.shop, "{}", letter.message_id)
    world(ENTRY, SATISFIED, '{"status": "closed"}', "")
    world("INSERT INTO pages VALUES (1, 1, ?, 1, 'resolved', NULL, '', '{}')", URGENT)
    world("INSERT INTO page_cases VALUES (1, ?, 0, '', 'emergency')", URGENT)
    for channel, key in [("page", PAGE.key), *(("mail", notice(case, kind).key) for case, kind in NOTICES)]:
        world(
            "INSERT INTO outbox (key, channel, purpose, lane, state, attempts, created_at, settled_at)"
            " VALUES (?, ?, '', 1, 'delivered', 1, '', ?)",
            *(key, channel, after(1).isoformat()),
        )


ENTRY = (
    "INSERT INTO case_journal (case_number, at, recorded_at, event, reason, actor, changes, detail, ledger_id, rules, ruleset)"
    " VALUES (?, '', '', '', '', '', ?, '', (SELECT id FROM ledger WHERE message_id = ?), '[]', '')"
)
OF_LETTER = "UPDATE ledger SET {} WHERE message_id = '{}'"
QUESTION, REPLY = Letter(SATISFIED, Part.QUESTION).message_id, Letter(SATISFIED, Part.REPLY).message_id
ANSWER = Letter(INSISTING, Part.ANSWER).message_id

LIES: list[tuple[str, Callable[[World], object]]] = [
    ("mails posted and not in the mailbox", lambda world: world.posted.update({Letter(22, Part.QUESTION): T0})),
    ("mails without an outcome", lambda world: world(OF_LETTER.format("outcome = NULL, decided_at = NULL", QUESTION))),
    ("letters with another outcome than one, the right one", lambda world: world(OF_LETTER.format("outcome = 'ignored'", QUESTION))),
    ("letters on another case than their question", lambda world: world(OF_LETTER.format(f"case_number = {URGENT}", REPLY))),
    ("letters on another case than their question", lambda world: world(OF_LETTER.format("case_number = NULL", ANSWER))),
    ("cases with two shops", lambda world: world(OF_LETTER.format(f"case_number = {URGENT}", QUESTION))),
    ("urgent mails about which nobody was paged", lambda world: world("DELETE FROM page_cases")),
    ("urgent mails about which nobody was paged", lambda world: world.rig.pages.taken.clear()),
    ("pages sent again though it was written down that they were", lambda world: world.rig.pages.taken.append(again(PAGE, 2))),
    ("pages sent twice without a kill or a fault between", lambda world: world.rig.pages.taken.append(again(PAGE, 0.5))),
    ("cases closed wrongly", lambda world: world(ENTRY, INSISTING, '{"status": "closed"}', "")),
    ("cases closed wrongly", lambda world: world("UPDATE cases SET status = 'closed'")),
    ("cases not closed though nobody answered", lambda world: world("UPDATE cases SET status = 'pending'")),
    ("notices written twice", lambda world: world.rig.mails.taken.append(notice(SATISFIED, "closed", key="<other@wise.example>"))),
    ("questions without a receipt", lambda world: world.rig.mails.taken.pop()),
    ("notices sent again though it was written down that they were", lambda world: world.rig.mails.taken.append(notice_again(2))),
    ("notices sent twice without a kill or a fault between", lambda world: world.rig.mails.taken.append(notice_again(0.5))),
    ("mails nobody has asked for", lambda world: world.rig.mails.taken.append(notice(0, "other"))),
    (
        "deliveries of mail that are not settled",
        lambda world: world("UPDATE outbox SET state = 'pending', settled_at = NULL, next_attempt_at = '' WHERE channel = 'mail'"),
    ),
    ("faults in the store's file", lambda world: world("DELETE FROM pages")),
]


def again(sent: Sent, seconds: float) -> Sent:
    return Sent(after(seconds), sent.key, sent.case, sent.kind, sent.page)


def notice_again(seconds: float) -> Sent:
    return again(notice(URGENT, "severity-1"), seconds)


def test_where_nothing_is_wrong_nothing_is_found(world: World) -> None:
    found = world.reconciled()
    assert found.broken == []
    assert (found.told["urgent mails"], found.told["reply windows"], found.told["reply windows answered in time"]) == (1, 2, 1)


@pytest.mark.parametrize(("line", "lie"), LIES, ids=[f"{number} {line}" for number, (line, _) in enumerate(LIES, 1)])
def test_a_lie_is_found_by_the_name_of_its_line(world: World, line: str, lie: Callable[[World], object]) -> None:
    lie(world)
    assert line in [one.split(":")[0] for one in world.reconciled().broken]


def test_a_question_that_is_read_after_its_reply_leaves_the_case_with_the_team(world: World) -> None:
    read_in_another_order(world)
    found = world.reconciled()
    assert found.broken == []
    assert found.told["questions read after their reply"] == 1


def test_a_case_may_not_close_over_a_question_that_is_read_after_its_reply(world: World) -> None:
    read_in_another_order(world)
    world("UPDATE cases SET status = 'closed' WHERE number = ?", SATISFIED)
    assert [one.split(":")[0] for one in world.reconciled().broken] == ["cases closed wrongly"]


def read_in_another_order(world: World) -> None:
    """The reply of the satisfied shop began the case, and the question joined it; nobody was sent a receipt."""
    world("DELETE FROM case_journal WHERE case_number = ?", SATISFIED)
    world(ENTRY, SATISFIED, "{}", REPLY)
    world(OF_LETTER.format("outcome = 'case'", REPLY))
    world(OF_LETTER.format("outcome = 'follow-up'", QUESTION))
    world("UPDATE cases SET status = 'open' WHERE number = ?", SATISFIED)
    world.rig.mails.taken[:] = [one for one in world.rig.mails.taken if one.case != SATISFIED]


def test_a_store_that_the_reconciler_cannot_read_is_no_clean_store(world: World) -> None:
    world("ALTER TABLE outbox RENAME COLUMN settled_at TO ended_at")
    with pytest.raises(sqlite3.OperationalError, match="settled_at"):
        world.reconciled()
