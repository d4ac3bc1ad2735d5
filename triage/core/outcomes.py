"""Outcome: how a message in a watched folder ended. Every message has exactly one (promise 1)."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    CASE = "case"
    """It opened a case."""
    FOLLOW_UP = "follow-up"
    """A partner's message that joined a case."""
    TEAM_REPLY = "team-reply"
    TEAM_COMMENT = "team-comment"
    """A proven team message without a partner among its recipients."""
    COMMAND = "command"
    """Commands of a team member, carried out or refused; or a partner's `status`. It was answered, if its writer may be answered."""
    AUTOMATIC = "automatic"
    DELIVERY_REPORT = "delivery-report"
    OWN = "own"
    """One of the program's own notices or pages, seen again."""
    PROBE = "probe"
    """A mail of the operators' own loop probe."""
    DUPLICATE = "duplicate"
    """Same Message-ID and same content as a message that has its outcome already."""
    IMPORTED = "imported"
    """History from before the first start; known for threading, nothing was done for it."""
    IGNORED = "ignored"
    """A rule says so, or it is not for partners' support at all (mail of the team to nobody outside, in no case)."""
    QUARANTINED = "quarantined"
