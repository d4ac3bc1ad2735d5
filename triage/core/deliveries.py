"""Outgoing: a mail or page that was decided on; Delivery: one that is being sent; and when to try again.

Pure. Rows of the outbox are made of these; the dispatcher asks `after_attempt` what an attempt means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from typing import Any

from triage.core.seams import SendOutcome, SendResult


class Channel(Enum):
    MAIL = "mail"
    PAGE = "page"
    SENT_COPY = "sent-copy"
    """A copy of a delivered notice, appended to the Sent folder."""
    MOVE = "move"
    """A judged message is moved to another folder, because a rule says so."""
    WEBHOOK = "webhook"
    """A line for the team's chat, because a rule says so; or the request to open the team's own incident."""


class Lane(IntEnum):
    """Lower goes first: pages are never behind a queue of receipts."""

    PAGE = 0
    URGENT = 1
    NORMAL = 2
    COSMETIC = 3


class DeliveryState(Enum):
    PENDING = "pending"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    """Accepted by the other side; whether a person saw it is another fact."""
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """Not sent: not wanted any more when its turn came; `result` says why."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`key` makes a repeat harmless: there is one outbox row per key, for ever. `mail` is the finished bytes of a mail."""

    key: str
    channel: Channel
    purpose: str
    """A notice kind, or "page", "warning", "sent-copy", "forward", "move", "chat", "incident", "promise", "probe"."""
    lane: Lane = Lane.NORMAL
    case_number: int | None = None
    page_id: int | None = None
    generation: int = 0
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    mail: bytes = b""
    payload: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An outbox row in hand. `attempts` counts this one."""

    id: int
    outgoing: Outgoing
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an attempt means for the row: its state, and when to try again while it is still pending."""

    state: DeliveryState
    detail: str
    next_attempt_at: datetime | None = None


# Mail: RFC 5321 section 4.5.4.1 wants at least 30 minutes between retries in the long run and to give up after 4-5 days.
# The first retries are quick, because most first failures are a restart of the submission server.
_MAIL_DELAYS = tuple(timedelta(seconds=s) for s in (15, 30, 60, 120, 300, 600, 1800))
_MAIL_LIFE = timedelta(days=5)
PAGE_DELAYS = tuple(timedelta(seconds=s) for s in (3, 10, 30, 60))
_COPY_DELAYS = tuple(timedelta(seconds=s) for s in (30, 300, 1800))
_CHAT_DELAYS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600))
_LIVES = {
    Channel.MAIL: _MAIL_LIFE,
    Channel.SENT_COPY: timedelta(days=1),
    Channel.MOVE: timedelta(days=1),
    Channel.WEBHOOK: timedelta(hours=2),
}
_DELAYS = {
    Channel.MAIL: _MAIL_DELAYS,
    Channel.PAGE: PAGE_DELAYS,
    Channel.SENT_COPY: _COPY_DELAYS,
    Channel.MOVE: _COPY_DELAYS,
    Channel.WEBHOOK: _CHAT_DELAYS,
}
_CANNOT_TELL = timedelta(seconds=60)
"""After an unknown outcome: time for the server's own Sent copy to turn up, which settles it without a second mail."""


def after_attempt(delivery: Delivery, result: SendResult, now: datetime) -> Settlement:
    """Delivered, given up, or to be tried again at a time."""
    if result.outcome is SendOutcome.ACCEPTED:
        return Settlement(DeliveryState.DELIVERED, result.detail)
    if result.outcome is SendOutcome.PERMANENT:
        return Settlement(DeliveryState.FAILED, result.detail)
    wait = _delay(delivery, result)
    gives_up_at = _gives_up_at(delivery)
    if gives_up_at is not None and now + wait > gives_up_at:
        return Settlement(DeliveryState.FAILED, f"given up: {result.detail}")
    return Settlement(DeliveryState.PENDING, result.detail, now + wait)


def _delay(delivery: Delivery, result: SendResult) -> timedelta:
    steps = _DELAYS[delivery.outgoing.channel]
    wait = steps[min(delivery.attempts, len(steps)) - 1]
    if result.outcome is SendOutcome.UNKNOWN and delivery.outgoing.channel is Channel.MAIL:
        wait = max(wait, _CANNOT_TELL)
    if result.retry_after_s is not None:
        wait = max(wait, timedelta(seconds=min(result.retry_after_s, 3600)))
    return wait


def _gives_up_at(delivery: Delivery) -> datetime | None:
    if delivery.outgoing.not_after is not None:
        return delivery.outgoing.not_after
    life = _LIVES.get(delivery.outgoing.channel)
    return None if life is None else delivery.created_at + life
