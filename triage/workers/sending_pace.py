"""SendingPace: keeps what core/sending_rate needs to know: what was handed to the submission server lately, and that it asked to slow down.

Both are in the store, so a restart neither forgets a quota nor a pause. Called by the dispatcher; `slowed_until` by the command line.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from triage.adapters.logs import LogEvent, log
from triage.core.deliveries import Channel, Delivery, Lane
from triage.core.seams import SendResult
from triage.core.sending_rate import MINUTE, Pause, Room, pause_after, room
from triage.store import outbox, service
from triage.store.database import Store
from triage.workers.desk import Desk

_PAUSE = "submission asked to slow down"
URGENT = (Lane.PAGE, Lane.URGENT)
OTHER = (Lane.NORMAL, Lane.COSMETIC)


def room_for_mail(desk: Desk, now: datetime, on_their_way: int, limit: int) -> Room:
    per_minute = desk.config.smtp.per_minute
    lately = outbox.mails_attempted(desk.store, now - MINUTE, per_minute) if per_minute is not None else 0
    return room(per_minute, lately, on_their_way, _pause(desk.store), now, limit)


def heed(desk: Desk, delivery: Delivery, result: SendResult, now: datetime) -> float | None:
    """Inside a write transaction: what one answer means for all mail; for how many seconds this one has to wait, if it is not urgent."""
    if delivery.outgoing.channel is not Channel.MAIL and not result.throttled:
        return None
    before = _pause(desk.store)
    pause = pause_after(before, result, now)
    if pause != before:
        value = {"until": pause.until.isoformat(), "length_s": pause.length.total_seconds()} if pause is not None else {}
        service.put(desk.store, _PAUSE, json.dumps(value))
        if pause is not None:
            log(LogEvent.SLOWED_DOWN, logging.WARNING, until=pause.until.isoformat(timespec="seconds"), detail=result.detail)
    if pause is None or not result.throttled or delivery.outgoing.lane <= Lane.URGENT:
        return None
    return (pause.until - now).total_seconds()


def slowed_until(store: Store, now: datetime) -> datetime | None:
    """Until when receipts wait because the server has said so; None when they do not."""
    pause = _pause(store)
    return pause.until if pause is not None and pause.is_on(now) else None


def _pause(store: Store) -> Pause | None:
    kept = json.loads(service.get(store, _PAUSE) or "{}")
    return Pause(datetime.fromisoformat(kept["until"]), timedelta(seconds=kept["length_s"])) if kept else None
