"""Verdict: what the rules say about one message, and why.

The caller (intake) carries it out within floors that no rule can lower:
automatic mail is never answered, opens no case and pages nobody (a rule may page for it only with `severity = 1` and `page` in the same
rule: voicemail); notices go to participants only; `forward` reaches team domains only; budgets hold; a rule may raise the
severity of an assessed case, never lower it; `ignore` never hides a message from the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from triage.core.mail.message import Missing


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule whose conditions all held; `set` is what it set, by action, as text."""

    rule: str
    file: str
    line: int
    set: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that did not hold: `failed` is its first failing condition, `held` how many held before it (0: not even near)."""

    rule: str
    file: str
    line: int
    failed: str
    held: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """None where no rule said anything. `receipt` and `page`: a name, or False for "none on purpose"."""

    severity: int | None = None
    page: str | bool | None = None
    tags: tuple[str, ...] = ()
    assign: str | None = None
    hold: timedelta | None = None
    no_auto_close: bool = False
    reopen: bool = True
    receipt: str | bool | None = None
    ask: tuple[Missing, ...] | None = None
    agreement: str | None = None
    folder: str | None = None
    forward: str | None = None
    webhook: str | None = None
    incident: bool = False
    ignore: bool = False
    set: Mapping[str, str] = field(default_factory=dict)
    stopped_by: str = ""
    """The rule whose `stop` ended the evaluation."""
    hits: tuple[Hit, ...] = ()
    misses: tuple[Miss, ...] = ()
