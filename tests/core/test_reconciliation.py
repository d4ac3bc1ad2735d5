"""What a folder holds against what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from triage.core import reconciliation
from triage.core.reconciliation import FolderStanding, Reconciliation, compare, kept_from_json, kept_to_json
from triage.core.seams import Position

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READ_TO_10 = Position(7, 10)


def knows(*uids: int) -> Callable[[int, int, int], list[int]]:
    return lambda above, up_to, limit: [uid for uid in uids if above < uid <= up_to][:limit]


def test_what_is_on_the_server_and_not_in_the_ledger_is_missing() -> None:
    assert compare("INBOX", READ_TO_10, 7, [1, 2, 10], knows(1, 10)).missing == (2,)


def test_what_somebody_has_moved_away_is_gone_and_no_difference() -> None:
    found = compare("INBOX", READ_TO_10, 7, [2], knows(1, 2, 3))
    assert (found.gone, found.missing) == (2, ())


def test_what_came_after_the_last_sweep_is_not_missing_yet() -> None:
    found = compare("INBOX", READ_TO_10, 7, [10, 11, 12], knows(10, 11))
    assert (found.missing, found.ahead, found.gone) == ((), 2, 0)


@pytest.mark.parametrize("window", [1, 2, 3, 50])
def test_it_makes_no_difference_how_much_is_looked_at_together(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    monkeypatch.setattr(reconciliation, "WINDOW", window)
    chance = Random(7)
    for _ in range(50):
        held, known = (sorted(chance.sample(range(1, 15), chance.randrange(12))) for _ in range(2))
        found = compare("INBOX", READ_TO_10, 7, held, knows(*known))
        before = {uid for uid in held if uid <= 10}
        assert found.missing == tuple(sorted(before - set(known)))
        assert found.gone == len({uid for uid in known if uid <= 10} - before)
        assert (found.held, found.ahead) == (len(before), len(held) - len(before))


def test_a_folder_that_was_renumbered_or_never_swept_waits_for_its_sweep() -> None:
    assert compare("INBOX", READ_TO_10, 8, [1, 2], knows()) == FolderStanding("INBOX", ahead=2, renumbered=True)
    assert compare("INBOX", None, 8, [1, 2], knows()) == FolderStanding("INBOX", ahead=2, renumbered=True)


def test_operators_are_told_in_one_sentence() -> None:
    found = Reconciliation(AT, (FolderStanding("INBOX", missing=(2,)), FolderStanding("Sent")), undecided=3)
    assert found.problem == "1 message of INBOX not in the ledger, 3 messages without an outcome for more than an hour"
    assert Reconciliation(AT, (FolderStanding("INBOX", gone=5),)).problem == ""


def test_what_is_kept_survives_json_and_what_is_unknown_is_nothing() -> None:
    kept = kept_from_json(kept_to_json(Reconciliation(AT, (FolderStanding("INBOX", missing=(2, 3)),), undecided=1)))
    assert kept is not None
    assert (kept.at, kept.missing, kept.undecided) == (AT, 2, 1)
    assert kept_from_json({"at": "yesterday"}) is None
