"""The journal: what changed on a case, when, why, by whom. Folding it reproduces the case row; it is also the timeline people read.

Pure. `entry_for` makes the entry of one step, `fold` replays entries; `store/journal.py` keeps them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event
from triage.core.cases.transitions import Step

_FIELDS = tuple(f.name for f in dataclasses.fields(Case))
_PLAIN = frozenset({str, int, bool, type(None)})
_READ = 1_024
"""Cases whose stored text is not read anew: the clock and the mail of one case come back to the same text again and again."""
_TIMES = frozenset(f.name for f in dataclasses.fields(Case) if "datetime" in str(f.type))


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule of which some conditions held, and the first that did not."""

    rule: str
    failed: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """`at` is when it happened, `recorded_at` when it was decided. `changes` holds the new values of changed fields, as JSON values.

    `detail` is for people (a note's text, a related case); `rules` names the rules that hit, `misses` those that nearly did, `ruleset` is
    the hash of the set that judged.
    """

    case_number: int
    at: datetime
    recorded_at: datetime
    event: str
    reason: str
    actor: str = ""
    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    detail: str = ""
    ledger_id: int | None = None
    rules: tuple[str, ...] = ()
    ruleset: str = ""
    misses: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What stands behind a step besides the event: the message, the rules, words for people."""

    ledger_id: int | None = None
    rules: tuple[str, ...] = ()
    ruleset: str = ""
    detail: str = ""
    misses: tuple[NearMiss, ...] = ()


def entry_for(before: Case | None, event: Event, step: Step, now: datetime, cause: Cause) -> JournalEntry:
    return JournalEntry(
        case_number=step.case.number,
        at=event.at,
        recorded_at=now,
        event=event.kind.value,
        reason=step.reason.value,
        actor=event.actor,
        changes=changes(before, step.case),
        detail=cause.detail,
        ledger_id=cause.ledger_id,
        rules=cause.rules,
        ruleset=cause.ruleset,
        misses=cause.misses,
    )


def changes(before: Case | None, after: Case) -> dict[str, Any]:
    """The fields of `after` that differ from `before`, as JSON values; all of them for a new case."""
    if before is None:
        return to_json(after)
    return {name: _to_json_value(new) for name in _FIELDS if (new := getattr(after, name)) != getattr(before, name)}


def fold(entries: Iterable[JournalEntry]) -> Case | None:
    """The case that the entries, in the order they were recorded, add up to."""
    values: dict[str, Any] = {}
    for entry in entries:
        values.update(entry.changes)
    return from_json(values) if values else None


@lru_cache(maxsize=_READ)
def read_case(text: str) -> Case:
    """A case from its stored text (`to_json` as JSON). Raises as `from_json` does."""
    return from_json(json.loads(text))


def to_json(case: Case) -> dict[str, Any]:
    return {name: _to_json_value(getattr(case, name)) for name in _FIELDS}


def from_json(values: Mapping[str, Any]) -> Case:
    """The inverse of to_json. Raises KeyError or ValueError on values that no case ever had."""
    known = dict(values)
    known["status"] = Status(known["status"])
    known["tags"] = tuple(known["tags"])
    known["promises_told"] = tuple(known.get("promises_told", ()))
    known["fields"] = dict(known.get("fields", {}))
    for name in _TIMES:
        known[name] = datetime.fromisoformat(known[name]) if known[name] is not None else None
    return Case(**known)


def _to_json_value(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
