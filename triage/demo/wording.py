"""Wording: happenings in words. Pure: from values to sentences, nothing is looked up and nothing printed.

The sentences about cases and pages are mostly the program's own reasons; this adds who, until when, and what a notice says. Called by
`telling` and `ending`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from triage.core.cases.case import Case, Status
from triage.core.cases.events import EventKind
from triage.core.oncall.page import Action
from triage.core.outcomes import Outcome
from triage.demo.cast import INSTANCE, PARTNERS, PEOPLE
from triage.demo.news import Arrival, Change, Ring

_LONGEST_SAID = 160
_HEADINGS = re.compile(r"^[A-Z]+(?: {2,}[A-Z]+)+ *$", re.MULTILINE)
"""The first line of a table in a mail (core/columns.py)."""
_GAP = re.compile(r" {2,}")
_NAMES: Mapping[str, str] = {name: person.first_name for person in PEOPLE for name in (person.address, person.key)}
_ASKS = "; it asks only for what the mail lacks:"
_SHOWN_WHOLE = frozenset({"reminder", "closed", "warning"})

_NOTICES: Mapping[str, str] = {
    "receipt": "a receipt",
    "severity-1": "a receipt: an on-call engineer is being alerted",
    "taken": "a notice: an engineer has taken the case",
    "reminder": "a reminder",
    "closed": "the closing notice",
    "reopened": "a notice: the case is open again",
    "linked": "a receipt that names the earlier case",
    "warning": "a warning",
}


def name_of(key: str) -> str:
    """For an address, or a name of oncall.toml."""
    return _NAMES.get(key, key)


def when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %H:%M}"


def arrival_words(arrival: Arrival) -> tuple[str, str]:
    """Who, and what they do. A mail that only says it is from the team gets a question mark."""
    row = arrival.row
    who = arrival.author_name.split()[0] if arrival.author_name.split() else name_of(arrival.author).partition("@")[0]
    said = f"“{_first_line(row.new_text)}”"
    match row.outcome:
        case Outcome.CASE:
            return who, f"writes “{row.subject[:_LONGEST_SAID]}”"
        case Outcome.FOLLOW_UP:
            return who, f"answers {said}"
        case Outcome.TEAM_REPLY:
            return who, f"replies {said}"
        case Outcome.TEAM_COMMENT if row.reason.startswith("unproven"):
            return f"{who}?", f"a mail that says it is from {row.author}: {said}"
        case Outcome.TEAM_COMMENT:
            return who, f"writes to the team {said}"
        case Outcome.COMMAND:
            return who, f"asks triage {said}"
        case Outcome.AUTOMATIC:
            return who, f"sends automatically “{row.subject[:_LONGEST_SAID]}”"
        case _:
            return who, f"a mail “{(row.subject or arrival.raw_subject)[:_LONGEST_SAID]}”"


def change_words(change: Change) -> str:
    entry = change.entry
    match entry.event:
        case EventKind.PAGE_CHANGED.value:
            return f"page: {entry.reason}" + (f" ({_NAMES[entry.actor]})" if entry.actor in _NAMES else "")
        case EventKind.PARTNER_WROTE.value if "number" in entry.changes:
            return f"a new case for {partner_name(str(entry.changes['partner']))}, Severity {entry.changes['severity']}"
        case EventKind.SEVERITY_RAISED.value if entry.rules:
            return f"Severity {change.case.severity}, by the rule “{', '.join(entry.rules)}”"
        case EventKind.SEVERITY_SET.value:
            return f"{name_of(entry.actor)} sets Severity {entry.changes.get('severity', change.case.severity)}"
        case EventKind.NOTED.value:
            return entry.detail or entry.reason
        case _:
            return entry.reason


def consequence(change: Change) -> str:
    """What the entry has set, as far as people wait for it; "" for nothing of that kind."""
    changed = change.entry.changes
    parts: list[str] = []
    if "status" in changed and changed["status"] != Status.NEW.value:
        parts.append(f"now {changed['status']}")
    if ends_at := changed.get("reply_window_ends_at"):
        parts.append(f"closes {when(datetime.fromisoformat(ends_at))} unless the partner answers")
    elif "reply_window_ends_at" in changed and changed.get("status") == Status.OPEN.value:
        parts.append("the reply window is cancelled")
    if not changed and change.entry.detail.startswith("unproven"):
        parts.append("nothing on the case changes")
    return ", ".join(parts)


def notice_words(kind: str, text: str) -> tuple[str, list[str]]:
    """What it is, and the lines worth showing: what it asks for, or all of a notice that partners wait for."""
    words = _NOTICES.get(kind, kind)
    paragraphs = _paragraphs(text)
    if asked := asked_for(text):
        return words + _ASKS, [f"- {item}" for item in asked]
    if kind not in _SHOWN_WHOLE:
        return words, []
    first = 1 if paragraphs[:1] and paragraphs[0].endswith(",") else 0
    last = len(paragraphs) - (1 if paragraphs[-1:] == [INSTANCE] else 0)
    return f"{words}:", paragraphs[first:last]


def asked_for(text: str) -> list[str]:
    """The items of a notice's list."""
    return [line.removeprefix("- ") for line in _paragraphs(text) if line.startswith("- ")]


def ring_words(rings: list[Ring]) -> tuple[str, list[str]]:
    """What one person got at once, by all contacts, as the phone shows it: in one line, and whole."""
    one = min(rings, key=lambda ring: ring.contact != "phone")
    ways = " and ".join(sorted({ring.contact for ring in rings}, reverse=True))
    unsigned = "" if all(ring.signed for ring in rings) else " (NOT SIGNED)"
    page = "page, " if one.action == Action.TRIGGER.value else ""
    return f"{page}by {ways}{unsigned}:", one.text.strip().splitlines() or [one.action]


def partner_name(key: str) -> str:
    return PARTNERS.get(key, key)


def waits_for(case: Case) -> str:
    """What happens to the case next."""
    if case.status is Status.PENDING and case.reply_window_ends_at is not None:
        return f"closes {when(case.reply_window_ends_at)}"
    return "an answer re-opens" if case.status is Status.CLOSED else "the team's reply"


def _paragraphs(text: str) -> list[str]:
    """A notice without its line ends: the window it is shown in has a width of its own. Of a table the rows stay, closer together."""
    found: list[str] = []
    for block in text.strip().split("\n\n"):
        lines: list[str] = []
        if _HEADINGS.search(block):
            found += [_GAP.sub("  ", line.strip()) for line in block.splitlines() if not _HEADINGS.fullmatch(line)]
            continue
        for line in block.splitlines():
            if lines and not line.startswith("- "):
                lines[-1] += f" {line.strip()}"
            else:
                lines.append(line.strip())
        found += lines
    return found


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:_LONGEST_SAID] if lines else ""
