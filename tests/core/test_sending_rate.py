"""How many mails the submission server may be handed now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.seams import SendOutcome, SendResult
from triage.core.sending_rate import FIRST_PAUSE, KEPT, LONGEST_PAUSE, Pause, Room, pause_after, room

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SLOW = SendResult(SendOutcome.TEMPORARY, "450 4.7.1 slow down", throttled=True)
LIMIT = 16 + KEPT
TAKEN = SendResult(SendOutcome.ACCEPTED, "250 ok")


@pytest.mark.parametrize(
    ("per_minute", "lately", "on_their_way", "expected"),
    [
        (None, 0, 9, Room(24, 16)),
        (30, 0, 0, Room(24, 16)),
        (30, 10, 0, Room(20, 10)),
        (30, 15, 3, Room(12, 2)),
        (30, 20, 0, Room(10, 0)),
        (30, 29, 3, Room(0, 0)),
        (3, 0, 0, Room(3, 2)),
    ],
)
def test_a_third_of_a_minute_is_kept_for_what_is_urgent(per_minute: int | None, lately: int, on_their_way: int, expected: Room) -> None:
    assert room(per_minute, lately, on_their_way, None, NOW, LIMIT) == expected


def test_the_last_places_on_their_way_are_kept_for_what_is_urgent() -> None:
    assert room(None, 0, 16, None, NOW, KEPT) == Room(KEPT, 0)


def test_while_the_server_wants_less_only_urgent_mail_goes() -> None:
    assert room(None, 0, 0, Pause(NOW + FIRST_PAUSE, FIRST_PAUSE), NOW, LIMIT) == Room(LIMIT, 0)


def test_after_the_pause_one_mail_tries_first() -> None:
    over = Pause(NOW, FIRST_PAUSE)
    assert room(None, 0, 0, over, NOW, LIMIT) == Room(LIMIT, 1)
    assert room(None, 0, 1, over, NOW, LIMIT) == Room(LIMIT, 0)


def test_the_pauses_grow_up_to_half_an_hour_and_end_with_a_mail_that_is_taken() -> None:
    pause, now, lengths = None, NOW, []
    for _ in range(8):
        pause = pause_after(pause, SLOW, now)
        assert pause is not None
        lengths.append(pause.length / FIRST_PAUSE)
        now = pause.until
    assert lengths == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pause_after(pause, TAKEN, now) is None
    assert pause_after(pause, SendResult(SendOutcome.TEMPORARY, "no session"), now) == pause


def test_what_was_on_its_way_does_not_make_the_pause_longer() -> None:
    pause = pause_after(None, SLOW, NOW)
    assert pause_after(pause, SLOW, NOW + timedelta(seconds=5)) == pause


def test_a_pause_that_a_wrong_clock_has_dated_holds_nothing_back() -> None:
    assert room(None, 0, 0, Pause(NOW + LONGEST_PAUSE * 3, FIRST_PAUSE), NOW, LIMIT).other == 1
