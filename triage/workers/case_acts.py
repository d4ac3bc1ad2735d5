"""What a team member does to a case by hand: the same at the command line and on the board.

One event through casework, with the reason that the core gives for what it did. Called inside a write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from triage.core.cases.case import Case
from triage.core.cases.commands import read_end, read_tag
from triage.core.cases.events import Event, EventKind, Reason
from triage.core.cases.journal import Cause
from triage.core.failures import PermanentFailure
from triage.core.toml.document import nearest
from triage.core.toml.values import Refused
from triage.store.cases import StoredCase
from triage.workers import casework
from triage.workers.desk import Desk

_REFUSALS = frozenset({Reason.CLOSED_CANNOT_HOLD})
"""What is as it was asked for already is no refusal."""
NOT_HELD = "the case is not on hold"
NOT_TAGGED = "the case does not have this tag"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class CaseAct:
    """What is asked for: an event without its time and actor, and the reason for the timeline."""

    kind: EventKind
    why: str = ""
    values: tuple[tuple[str, Any], ...] = ()
    """Fields of the event."""


@dataclass(frozen=True, slots=True)
class Acted:
    """The case afterwards; `done` is False when it was refused."""

    case: Case
    reason: str
    done: bool


def act_on_case(desk: Desk, found: StoredCase, act: CaseAct, by: str, now: datetime) -> Acted:
    if act.kind is EventKind.HOLD_ENDED and found.case.hold_until is None:
        return Acted(found.case, NOT_HELD, True)
    if act.kind is EventKind.UNTAGGED and dict(act.values)["value"] not in found.case.tags:
        return Acted(found.case, NOT_TAGGED, True)
    event = replace(Event(act.kind, now, actor=by), **dict(act.values))
    step = casework.apply(desk, found, event, now, Cause(detail=act.why))
    return Acted(step.case, step.reason.value, step.reason not in _REFUSALS)


def set_severity(severity: int, why: str = "") -> CaseAct:
    return CaseAct(EventKind.SEVERITY_SET, why, (("severity", severity),))


def hold(until: str, now: datetime, why: str = "") -> CaseAct:
    """`off` ends a hold. Raises Refused for what is neither a span, a day nor a time, and for what is over already."""
    if until.strip().lower() == "off":
        return CaseAct(EventKind.HOLD_ENDED, why)
    return CaseAct(EventKind.HELD, why, (("until", _read_until(until.strip(), now)),))


def note(text: str) -> CaseAct:
    return CaseAct(EventKind.NOTED, text, (("value", text),))


def assign(name: str, why: str = "") -> CaseAct:
    """`nobody` takes it away."""
    whom = "" if name == NOBODY else name
    return CaseAct(EventKind.ASSIGNED, why or (f"to {whom}" if whom else "to nobody"), (("value", whom),))


def tag(word: str, why: str = "") -> CaseAct:
    """Raises Refused for what is not one word."""
    return _tagging(EventKind.TAGGED, word, why)


def untag(word: str, why: str = "") -> CaseAct:
    return _tagging(EventKind.UNTAGGED, word, why)


def _tagging(kind: EventKind, word: str, why: str) -> CaseAct:
    tag = read_tag(word)
    return CaseAct(kind, f"{tag}: {why}" if why else tag, (("value", tag),))


def choose_partner(desk: Desk, case: Case, name: str, why: str = "") -> CaseAct:
    """Raises PermanentFailure for a name that rules/partners.toml does not have."""
    key = known_partner(desk, name)
    detail = f"{key}; it was {case.partner}"
    return CaseAct(EventKind.PARTNER_CHOSEN, f"{detail}: {why}" if why else detail, (("value", key),))


def known_partner(desk: Desk, name: str) -> str:
    """The partner's key as rules/partners.toml writes it. Raises PermanentFailure."""
    keys = {partner.key.casefold(): partner.key for partner in desk.rules().partners.partners}
    if name.casefold() not in keys:
        hint = nearest(name.casefold(), keys) or "name it there first"
        raise PermanentFailure(f"rules/partners.toml knows no “{name}”; {hint}")
    return keys[name.casefold()]


def switch_auto_close(off: bool, why: str = "") -> CaseAct:
    """`off`: the clock never closes the case."""
    return CaseAct(EventKind.AUTO_CLOSE_SWITCHED, why or f"no-auto-close {'on' if off else 'off'}", (("switch", off),))


def _read_until(text: str, now: datetime) -> datetime:
    try:
        end = read_end(text)
    except Refused as refused:
        raise Refused(f"'{text}' {refused.message}: use 5d, 72h, 2026-12-01, 2026-12-01T15:00Z or off") from None
    until = end if isinstance(end, datetime) else now + end
    if until <= now:
        raise Refused(f"'{text}' is over already")
    return until
