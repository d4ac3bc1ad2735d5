"""The timeline of a case: what happened, why, by which rule. From its journal; called by the command line and the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.journal import JournalEntry, NearMiss
from triage.core.wording.happenings import what_happened
from triage.core.wording.plain import plain


@dataclass(frozen=True, slots=True)
class Happening:
    """`told` is what there is to say beyond the sentence: the reason, the detail, the rules. `message` is a row of the ledger."""

    at: datetime
    sentence: str
    told: tuple[str, ...]
    misses: tuple[NearMiss, ...]
    message: int | None


def timeline(entries: Sequence[JournalEntry]) -> list[Happening]:
    return [_happening(entry) for entry in entries]


def _happening(entry: JournalEntry) -> Happening:
    sentence, detail = plain(what_happened(entry)), plain(entry.detail)
    told = [entry.reason if entry.reason != "recorded" else "", detail if detail != sentence else ""]
    told += [f"rule: {', '.join(entry.rules)}"] if entry.rules and not entry.detail.startswith("rule") else []
    return Happening(entry.at, sentence, tuple(filter(None, told)), entry.misses, entry.ledger_id)
