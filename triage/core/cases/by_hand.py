"""By hand: which entries of a journal were a person's doing at the command line or on the board, and the event they stand for. Pure.

Mail can be read again, these cannot: `triage journal export` writes them down, and a rebuild does them again (workers/rebuild).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.core.cases.case import Case
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import JournalEntry

_PROGRAMS = frozenset({"", "triage", "clock", "rules", "rebuild"})
_E = EventKind
_DONE_AGAIN: Mapping[EventKind, Callable[[JournalEntry, Case], Mapping[str, Any]]] = {
    _E.SEVERITY_SET: lambda entry, case: {"severity": int(entry.changes.get("severity", case.severity))},
    _E.HELD: lambda entry, _: {"until": _time(entry.changes.get("hold_until"))},
    _E.HOLD_ENDED: lambda _, __: {},
    _E.CLOSED_BY_TEAM: lambda _, __: {},
    _E.OPENED_BY_TEAM: lambda _, __: {},
    _E.AUTO_CLOSE_SWITCHED: lambda entry, case: {"switch": bool(entry.changes.get("no_auto_close", case.no_auto_close))},
    _E.ASSIGNED: lambda entry, case: {"value": str(entry.changes.get("assigned_to", case.assigned_to))},
    _E.TAGGED: lambda entry, _: {"value": " ".join(entry.changes.get("tags", ()))},
    _E.UNTAGGED: lambda entry, _: {"value": entry.detail.partition(":")[0]},
    _E.PARTNER_CHOSEN: lambda entry, case: {"value": str(entry.changes.get("partner", case.partner))},
    _E.NOTED: lambda entry, _: {"value": entry.detail},
}
EXPORTED = frozenset({*_DONE_AGAIN, _E.MERGED, _E.SPLIT_OFF})
"""A split is written down so that a rebuild can say that it did not do it again."""


@dataclass(frozen=True, slots=True)
class HandEntry:
    """One line of an export."""

    case_number: int
    at: datetime
    event: EventKind
    actor: str
    detail: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def merged_into(self) -> int | None:
        found = self.changes.get("merged_into")
        return int(found) if found is not None else None


def is_by_hand(entry: JournalEntry) -> bool:
    """Commands by mail are left out: the mail is there to be read again."""
    return entry.ledger_id is None and entry.actor not in _PROGRAMS and entry.event in {kind.value for kind in EXPORTED}


def is_note(entry: JournalEntry) -> bool:
    """Something that a person wrote on the case, by whatever way."""
    return entry.event == _E.NOTED.value and entry.actor not in _PROGRAMS


def event_of(entry: HandEntry, case: Case) -> Event | None:
    """The event to be carried out on the case again; None for what is no single event."""
    values = _DONE_AGAIN.get(entry.event)
    if values is None:
        return None
    past = JournalEntry(entry.case_number, entry.at, entry.at, entry.event.value, "", entry.actor, entry.changes, entry.detail)
    return Event(entry.event, entry.at, actor=entry.actor, **values(past, case))


def to_line(entry: JournalEntry) -> dict[str, Any]:
    """`at` is when it was recorded: that decides what it meets."""
    return {
        "case": entry.case_number,
        "at": entry.recorded_at.isoformat(),
        "event": entry.event,
        "actor": entry.actor,
        "detail": entry.detail,
        "changes": dict(entry.changes),
    }


def from_line(value: Any) -> HandEntry:
    """Raises ValueError for what no export has."""
    try:
        at = datetime.fromisoformat(value["at"])
        if at.utcoffset() is None:
            raise ValueError("a time without a zone")
        kind = EventKind(value["event"])
        return HandEntry(int(value["case"]), at, kind, str(value["actor"]), str(value["detail"]), dict(value["changes"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a line of a journal export: {error}") from error


def _time(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
