"""What the board's forms ask for, carried out by the engine exactly as `triage case N ...` and `triage ack` do it.

A form is read here; nothing of it is believed beyond its words. What was done comes back as the name of the core's reason, so that no
address can put words of its own on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.events import EventKind, Reason
from triage.core.oncall.page import PageEvent, PageEventKind, PageReason, PageState
from triage.core.toml.values import Refused
from triage.store import cases, pages
from triage.web.door import Busy, Door
from triage.workers import case_acts, paging
from triage.workers.case_acts import Acted, CaseAct
from triage.workers.desk import Desk

BUSY = "triage cannot write this down just now. Look again in a moment whether it was done; if not, try again."
_NOT_HELD = "not-held"
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """`did` names a reason; `problem` says why nothing was asked of the case."""

    number: int
    did: str = ""
    problem: str = ""


def act_on_case(door: Door, number: int, form: Mapping[str, str], person: str, now: datetime) -> Outcome:
    try:
        act = _read(form, now)
    except Refused as refused:
        return Outcome(number, problem=refused.message)
    if act is None:
        return Outcome(number, problem="The board knows no such action.")

    def on_engine(desk: Desk, at: datetime) -> Acted | None:
        stored = cases.get_final(desk.store, number)
        return case_acts.act_on_case(desk, stored, act, person, at) if stored is not None else None

    try:
        acted = door.change(on_engine)
    except Busy:
        return Outcome(number, problem=BUSY)
    if acted is None:
        return Outcome(number, problem=f"There is no case #{number}.")
    return Outcome(acted.case.number, _NAMES.get(acted.reason, _NOT_HELD))


def act_on_page(door: Door, page_id: int, form: Mapping[str, str], person: str, _now: datetime) -> Outcome:
    """Acknowledge: covers the cases that were on the page when the person looked."""
    seen = form.get("seen", "")
    if form.get("action") != "acknowledge" or not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        return Outcome(page_id, problem="The board knows no such action.")

    def on_engine(desk: Desk, at: datetime) -> PageReason | None:
        stored = pages.get(desk.store, page_id)
        if stored is None or stored.page.state is PageState.RESOLVED:
            return PageReason.ALREADY_RESOLVED if stored is not None else None
        return paging.advance(desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=person, seen=int(seen)), at)

    try:
        reason = door.change(on_engine)
    except Busy:
        return Outcome(page_id, problem=BUSY)
    return Outcome(page_id, reason.name) if reason is not None else Outcome(page_id, problem=f"There is no page {page_id}.")


def done_words(name: str) -> str:
    """What a reason's name stands for; "" for anything else."""
    if name == _NOT_HELD:
        return case_acts.NOT_HELD
    if name in Reason.__members__:
        return Reason[name].value
    return PageReason[name].value if name in PageReason.__members__ else ""


_NAMES = {reason.value: reason.name for reason in Reason}


def _read(form: Mapping[str, str], now: datetime) -> CaseAct | None:
    """Raises Refused for a value that cannot be meant."""
    reader = _READERS.get(form.get("action", ""))
    value, why = (form.get(name, "").strip()[:_LONGEST_TEXT] for name in ("value", "why"))
    return reader(value, why, now) if reader is not None else None


def _severity(value: str, why: str, _now: datetime) -> CaseAct:
    if value not in {"1", "2", "3"}:
        raise Refused("A severity is 1, 2 or 3.")
    return case_acts.set_severity(int(value), why)


def _note(value: str, _why: str, _now: datetime) -> CaseAct:
    if not value:
        raise Refused("A note needs a text.")
    return case_acts.note(value)


def _assign(value: str, why: str, _now: datetime) -> CaseAct:
    return case_acts.assign(value[:100] or case_acts.NOBODY, why)


def _hold(value: str, why: str, now: datetime) -> CaseAct:
    if not value:
        raise Refused("A hold needs an end: 5d, 2026-12-01 or off.")
    return case_acts.hold(value, now, why)


_READERS: Mapping[str, Callable[[str, str, datetime], CaseAct]] = {
    "severity": _severity,
    "close": lambda _value, why, _now: CaseAct(EventKind.CLOSED_BY_TEAM, why),
    "open": lambda _value, why, _now: CaseAct(EventKind.OPENED_BY_TEAM, why),
    "hold": _hold,
    "note": _note,
    "assign": _assign,
}
