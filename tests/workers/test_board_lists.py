"""Lists of the board come in pieces, and no more of them is read than is shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.workers.test_page_cover import make_desk
from triage.core.seams import UnfetchableMessage
from triage.store import quarantine
from triage.workers.views import board

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked_for", "shown", "uids"),
    [(1, 1, (1, board.PIECE)), (2, 2, (board.PIECE + 1, board.PIECE + 10)), (9, 2, (board.PIECE + 1, board.PIECE + 10))],
)
def test_a_long_quarantine_comes_in_pieces(asked_for: int, shown: int, uids: tuple[int, int]) -> None:
    desk = make_desk()
    with desk.store.write():
        for uid in range(1, board.PIECE + 11):
            quarantine.add_unfetchable(desk.store, UnfetchableMessage("INBOX", 1, uid, "no", NOW), "", "", NOW)
    found = board.set_aside(desk, asked_for)
    assert (found.number, found.of, found.total) == (shown, 2, board.PIECE + 10)
    assert (found.items[0].row.uid, found.items[-1].row.uid) == uids


def test_an_empty_one_is_one_piece() -> None:
    found = board.set_aside(make_desk(), 1)
    assert (found.items, found.number, found.of) == ((), 1, 1)
