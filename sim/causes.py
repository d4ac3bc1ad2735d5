"""Causes: how a letter of each kind may end, and what may stand behind an entry of the journal. Tables; model.py asks them."""

from __future__ import annotations

from sim.truth import Kind

OUTCOMES = {
    Kind.PARTNER: {"case", "follow-up"},
    Kind.TEAM_REPLY: {"team-reply", "case"},
    Kind.TEAM_COMMENT: {"team-comment", "ignored"},
    Kind.COMMAND: {"command"},
    Kind.FORGED_REPLY: {"team-comment", "case"},
    Kind.FORGED_COMMAND: {"team-comment", "command", "case"},
    Kind.AUTOMATIC: {"automatic"},
    Kind.BOUNCE: {"delivery-report"},
    Kind.PAGE_ANSWER: {"team-comment"},
    Kind.OLD: {"imported"},
    Kind.UNREADABLE: {"quarantined"},
}
"""How a letter of each kind may end, besides as a duplicate of itself."""

MAY_CAUSE = {
    "partner-wrote": {Kind.PARTNER, Kind.FORGED_REPLY, Kind.FORGED_COMMAND},
    "team-replied": {Kind.TEAM_REPLY},
    "team-reply-overtaken": {Kind.TEAM_REPLY},
    "team-commented": {Kind.TEAM_COMMENT, Kind.COMMAND, Kind.PAGE_ANSWER},
    "automatic-mail": {Kind.AUTOMATIC, Kind.BOUNCE},
    "delivery-failed": {Kind.BOUNCE},
    "severity-raised": {Kind.PARTNER, Kind.FORGED_REPLY, Kind.FORGED_COMMAND},
    "severity-set": {Kind.COMMAND},
    "closed-by-team": {Kind.COMMAND},
    "opened-by-team": {Kind.COMMAND},
    "held": {Kind.COMMAND},
    "auto-close-switched": {Kind.COMMAND},
}
"""Which letters may stand behind an entry of the journal. An entry without a letter is the clock's, or an operator's."""
BY_HAND = {"severity-set", "closed-by-team", "opened-by-team", "held", "hold-ended"}
BY_CLOCK = {"window-ended", "reminder-due", "hold-ended"}
