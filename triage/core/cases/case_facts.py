"""What is known of a case: the facts of all its messages added up, and what is still missing after all of them.

Facts accumulate: each counts once, with the message that said it first. An item that any message brought is not missing any more. Never
reads the store and never decides whom to ask: receipts go by the one message they answer. Called by workers/known.py. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.core.mail.message import Attachment, Fact, FactKind, Missing
from triage.core.mail.missing import missing_of_case


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message of the partner told: `message` is its ledger id; `missing` is empty when it described no failure."""

    message: int
    facts: Sequence[Fact] = ()
    missing: Sequence[Missing] = ()
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact and the message that said it first; the fact's span is in that message's new text."""

    fact: Fact
    message: int


@dataclass(frozen=True, slots=True)
class Known:
    """`missing` keeps the order of the partner documentation; empty when nothing is, or when no failure was described."""

    facts: tuple[KnownFact, ...] = ()
    missing: tuple[Missing, ...] = ()

    def values(self, kind: FactKind) -> tuple[str, ...]:
        return tuple(known.fact.value for known in self.facts if known.fact.kind is kind)


def add_up(tellings: Iterable[Telling]) -> Known:
    """Everything the messages told, in the order they came."""
    told = tuple(tellings)
    first: dict[tuple[FactKind, str, str], KnownFact] = {}
    for telling in told:
        for fact in telling.facts:
            first.setdefault((fact.kind, fact.label, fact.value.casefold()), KnownFact(fact, telling.message))
    return Known(tuple(first.values()), _missing(told, tuple(known.fact for known in first.values())))


def _missing(told: Sequence[Telling], facts: Sequence[Fact]) -> tuple[Missing, ...]:
    """A message that lacks some items has the others, though they may stand in its subject, where no fact has a place."""
    asked = {item for telling in told for item in telling.missing}
    brought = {item for telling in told if telling.missing for item in Missing if item not in telling.missing}
    lacking = missing_of_case(facts, [attachment for telling in told for attachment in telling.attachments])
    return tuple(item for item in lacking if item in asked - brought)
