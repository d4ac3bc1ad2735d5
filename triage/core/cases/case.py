"""Case: one request, one thread. A value; every change of it is decided in `transitions.py` and written as one journal entry.

Times are aware UTC and come from the mail server (INTERNALDATE) where they speak of mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from triage.core.cases.events import EventKind


class Status(Enum):
    """ "Re-opened" is an event, not a status; a hold is an attribute."""

    NEW = "new"
    """No team reply yet."""
    OPEN = "open"
    """The partner wrote last."""
    PENDING = "pending"
    """The team replied; the reply window is running."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    number: int
    status: Status
    severity: int
    """1, 2 or 3; lower is worse."""
    partner: str
    """Key of the partner: a name of partners.toml, else the domain, else (free-mail) the address."""
    requester: str
    """Address of the person who opened it; does not change because a colleague answers."""
    subject: str
    opened_at: datetime
    language: str = ""
    partner_wrote_at: datetime | None = None
    team_replied_at: datetime | None = None
    assessed: bool = False
    """The team has replied or set a severity: from then on an inherited "urgent" says nothing new."""
    window: int = 0
    """Counts reply windows; part of the keys of the notices that a window sends."""
    reply_window_ends_at: datetime | None = None
    remind_at: datetime | None = None
    """When the reminder of the running window is due; None once sent, or when reminders are off."""
    hold_until: datetime | None = None
    no_auto_close: bool = False
    closed_at: datetime | None = None
    closings: int = 0
    closed_notice_at: datetime | None = None
    reopenings: int = 0
    assigned_to: str = ""
    tags: tuple[str, ...] = ()
    follows: int | None = None
    """The closed case this one continues (answer long after closing)."""
    merged_into: int | None = None
    """This case lives on as that one; its number leads there for ever."""
    agreement: str = ""
    """The agreement a rule chose for this case; empty: the partner's own counts."""
    promises_told: tuple[str, ...] = ()
    """What the team has been told of the case's running promises: the keys of core/cases/promises.py."""
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What rules set (`set = { partner_ticket = "{ref}" }`), by name."""


def next_deadline(case: Case) -> datetime | None:
    """The instant at which the clock may have to act on this case; a pure function of the case (design.md section 3).

    A hold suspends reminder and closing and has an end of its own, so it is always the next deadline while it lasts.
    """
    if case.hold_until is not None:
        return case.hold_until
    if case.status is not Status.PENDING:
        return None
    closing = None if case.no_auto_close else case.reply_window_ends_at
    return min((at for at in (case.remind_at, closing) if at is not None), default=None)


def due_event(case: Case, now: datetime) -> EventKind | None:
    """What the clock has to do with this case now, recomputed from facts; None: nothing (the stored deadline was stale).

    After a long downtime both the reminder and the end of the window are due: the reminder is left out.
    """
    deadline = next_deadline(case)
    if deadline is None or deadline > now:
        return None
    if case.hold_until is not None:
        return EventKind.HOLD_ENDED
    if case.reply_window_ends_at is not None and case.reply_window_ends_at <= now and not case.no_auto_close:
        return EventKind.WINDOW_ENDED
    return EventKind.REMINDER_DUE


def reply_event(case: Case, at: datetime) -> EventKind:
    """What a team reply of that time is. One that is older than the partner's last message answers an earlier one; on a tie the partner's
    counts as later."""
    overtaken = case.partner_wrote_at is not None and at <= case.partner_wrote_at
    before_closing = case.status is Status.CLOSED and case.closed_at is not None and at <= case.closed_at
    return EventKind.TEAM_REPLY_OVERTAKEN if overtaken or before_closing else EventKind.TEAM_REPLIED


def hold_would_help(case: Case, until: datetime, grace: timedelta) -> bool:
    """Whether a hold until then would make the clock close this case later. When a hold ends, the partner has `grace` left."""
    if case.status is not Status.PENDING or case.no_auto_close or case.reply_window_ends_at is None:
        return False
    if case.hold_until is not None and case.hold_until >= until:
        return False
    return until + grace > case.reply_window_ends_at


def with_telling(told: tuple[str, ...], key: str) -> tuple[str, ...]:
    """`key` ("next response 3: ...") and what was told of other promises; of earlier responses nobody is told any more."""
    name = key.partition(":")[0]
    kind = name.rpartition(" ")[0]
    return (*(each for each in told if each.partition(":")[0] == name or not each.startswith(f"{kind} ")), key)
