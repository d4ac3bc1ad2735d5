"""Journal entries as sentences: who did what. The reasons stand beside them, in the core's own words."""

from __future__ import annotations

from collections.abc import Mapping

from triage.core.cases.events import EventKind
from triage.core.cases.journal import JournalEntry

_SENTENCES: Mapping[EventKind, str] = {
    EventKind.PARTNER_WROTE: "{actor} wrote",
    EventKind.PARTNER_THANKED: "{actor} wrote a thanks",
    EventKind.TEAM_REPLIED: "the team replied ({actor})",
    EventKind.TEAM_REPLY_OVERTAKEN: "the team had replied before that ({actor})",
    EventKind.TEAM_COMMENTED: "a comment within the team ({actor})",
    EventKind.AUTOMATIC_MAIL: "an automatic mail from {actor}",
    EventKind.DELIVERY_FAILED: "a mail to the partner came back ({actor})",
    EventKind.REMINDER_DUE: "the reminder was due",
    EventKind.WINDOW_ENDED: "the reply window ended",
    EventKind.HOLD_ENDED: "the hold ended ({actor})",
    EventKind.SEVERITY_RAISED: "the rules judged the severity{now_it_is}",
    EventKind.SEVERITY_SET: "{actor} set the severity{now_it_is}",
    EventKind.CLOSED_BY_TEAM: "{actor} closed the case",
    EventKind.CLOSED_BY_PARTNER: "{actor} said that it is resolved",
    EventKind.OPENED_BY_TEAM: "{actor} opened the case again",
    EventKind.HELD: "{actor} asked for a hold{hold_until}",
    EventKind.AUTO_CLOSE_SWITCHED: "{actor} switched closing by the clock",
    EventKind.ASSIGNED: "{actor} assigned the case",
    EventKind.TAGGED: "{actor} tagged the case",
    EventKind.ASKED: "{actor} asked the partner for what is missing",
    EventKind.UNTAGGED: "{actor} took a tag away",
    EventKind.PARTNER_CHOSEN: "{actor} said whose case it is",
    EventKind.NOTED: "a note by {actor}",
    EventKind.LINKED: "linked with another case",
    EventKind.MERGED: "{actor} merged the case into another one",
    EventKind.MERGED_IN: "{actor} merged another case into this one",
    EventKind.SPLIT_OFF: "{actor} split a message off",
    EventKind.SPLIT_FROM: "{actor} wrote, on another case",
    EventKind.BACK_TO_NEW: "new again",
    EventKind.BACK_TO_OPEN: "open again",
    EventKind.BACK_TO_PENDING: "the reply window goes on",
    EventKind.BACK_TO_CLOSED: "closed again",
    EventKind.UNSEEN_TEAM_REPLY: "an answer to a team mail that was never seen",
    EventKind.PAGE_CHANGED: "{detail}",
    EventKind.NOTICE_FAILED: "a notice could not be sent",
    EventKind.CLOSING_UNTOLD: "the closing notice was not sent",
}


def what_happened(entry: JournalEntry) -> str:
    """One sentence; an event that a newer program has written is shown by its name."""
    try:
        sentence = _SENTENCES[EventKind(entry.event)]
    except (ValueError, KeyError):
        return entry.event
    values = {"actor": entry.actor or "somebody", "detail": entry.detail or "the page changed"}
    values["now_it_is"] = f": {entry.changes['severity']}" if "severity" in entry.changes else ""
    held = str(entry.changes.get("hold_until") or "")
    values["hold_until"] = f" until {held[:16].replace('T', ' ')}" if held else ""
    return sentence.format(**values)
