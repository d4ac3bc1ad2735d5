"""Situation: everything that a rule may look at, for one message at one instant. Built by intake, `explain`, backtest and rule tests.

Automatic mail is judged by rules too (they may ignore it or tag it), but see `verdict` for what rules cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from triage.core.mail.message import InboundMessage


class RuleEvent(Enum):
    """What the message does to the case list, before any rule is asked."""

    NEW = "new"
    FOLLOW_UP = "follow-up"
    REOPEN = "reopen"
    """A follow-up to a closed case."""


@dataclass(frozen=True, slots=True)
class Situation:
    """`severity` and `tags` are the case's (or a new case's defaults) before the rules; what a rule sets, later rules see."""

    message: InboundMessage
    now: datetime
    event: RuleEvent = RuleEvent.NEW
    subject_new: str = ""
    """`core.mail.subjects.new_words(subject, earlier subjects of the case)`; the whole subject for a new case."""
    partner: str = ""
    """Key of the partner in partners.toml; empty when the author belongs to none."""
    partner_name: str = ""
    partner_tier: str = ""
    severity: int = 3
    status: str = "new"
    tags: frozenset[str] = frozenset()
    proven: bool = False
    """The author is proven (trusted Authentication-Results), so the address was not forged."""
    team: bool = False
    """A proven team member wrote it, to nobody outside: a note that may open a case (see workers/phone_note.py)."""
    open_cases: int = 0
    """Of the partner, this one not counted."""
    known_incident: str = ""
    """Name of the unresolved public incident that matches, empty for none."""
    business_hours: bool = True
    local_time: datetime | None = None
    """`now` in the team's zone, for weekday and hour; None: UTC."""
    response_due_in: timedelta | None = None
    """Until our response is due; negative when overdue; None without an agreement."""
    case_age: timedelta | None = None
    """Since the case was opened; None for a new one."""
