"""SendingRate: how many mails the submission server may be handed now, by what is configured and by what the server has said.

Pure. Pages are never held back here: they only count. Receipts and the like get two thirds of a minute's mails, so that an urgent notice
finds room at any time. When the server asks to slow down, they wait, a little longer each time, and then one of them tries. Asked by the
dispatcher before it claims mail; the caller brings what was sent and keeps the `Pause`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.seams import SendOutcome, SendResult

MINUTE = timedelta(minutes=1)
KEPT = 8
"""Places among the mails that are on their way at a time which no receipt ever takes."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pause:
    """The server has asked to slow down: whatever is not urgent waits until then, and is tried by one mail first."""

    until: datetime
    length: timedelta

    def is_on(self, now: datetime) -> bool:
        """One that lies further ahead than any has to was dated by a clock that has been set back since."""
        return now < self.until <= now + LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class Room:
    """How many mails may be handed over now: `urgent` in all, `other` of those that are not urgent."""

    urgent: int
    other: int


def room(per_minute: int | None, within_a_minute: int, on_their_way: int, pause: Pause | None, now: datetime, limit: int) -> Room:
    """`within_a_minute`: mails whose attempts have ended in the last minute; `limit`: what may be asked for anyway, the last `KEPT` of it
    only for urgent mail."""
    used = within_a_minute + on_their_way
    urgent = limit if per_minute is None else min(limit, per_minute - used)
    other = limit - KEPT if per_minute is None else min(limit - KEPT, per_minute - per_minute // 3 - used)
    if pause is not None:
        other = min(other, 0 if pause.is_on(now) else 1 - on_their_way)
    return Room(max(urgent, 0), max(other, 0))


def pause_after(pause: Pause | None, result: SendResult, now: datetime) -> Pause | None:
    """What an answer of the server means for those that wait. Several answers of one moment are one."""
    if result.throttled:
        if pause is not None and pause.is_on(now):
            return pause
        length = FIRST_PAUSE if pause is None else min(2 * pause.length, LONGEST_PAUSE)
        return Pause(now + length, length)
    return pause if result.outcome in {SendOutcome.TEMPORARY, SendOutcome.UNKNOWN} else None
