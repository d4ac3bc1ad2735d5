"""Comparing: how the cases of a rebuilt store differ from those that were lost, thing by thing. Pure.

It decides what of a case has to come back: which mails it has, what became of it, and what people gave it by hand. What only drives the
machinery (counts of windows, what was told of promises) is left out, and so is who took a page: no rebuild brings that back, and it says
so by itself. Called by `triage rebuild --compare` and the simulation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case

NONE = "none"


@dataclass(frozen=True, slots=True)
class Sketch:
    """`members`: Message-IDs of its mails, ours left out. `notes`: what people noted on it, by mail too, each with its author."""

    case: Case
    members: frozenset[str]
    notes: tuple[str, ...] = ()


def sketch(case: Case, members: Iterable[str], notes: Iterable[str]) -> Sketch:
    return Sketch(case, frozenset(members), tuple(sorted(notes)))


@dataclass(frozen=True, slots=True)
class Difference:
    number: int
    what: str
    lost: str
    rebuilt: str


@dataclass(frozen=True, slots=True)
class Aspect:
    """`value`: as people read it."""

    what: str
    value: Callable[[Case], str]


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else NONE


def _number(number: int | None) -> str:
    return f"#{number}" if number is not None else NONE


_THERE = "case"
_MESSAGES = "messages"
_NOTES = "notes"
_ASPECTS = (
    Aspect("status", lambda case: case.status.value),
    Aspect("severity", lambda case: str(case.severity)),
    Aspect("reply window", lambda case: _at(case.reply_window_ends_at)),
    Aspect("hold", lambda case: _at(case.hold_until)),
    Aspect("no-auto-close", lambda case: "on" if case.no_auto_close else "off"),
    Aspect("assigned to", lambda case: case.assigned_to or "nobody"),
    Aspect("tags", lambda case: " ".join(case.tags) or NONE),
    Aspect("partner", lambda case: case.partner),
    Aspect("merged into", lambda case: _number(case.merged_into)),
    Aspect("requester", lambda case: case.requester),
    Aspect("subject", lambda case: case.subject),
    Aspect("follows", lambda case: _number(case.follows)),
    Aspect("agreement", lambda case: case.agreement or NONE),
    Aspect("fields", lambda case: ", ".join(f"{name}={value}" for name, value in sorted(case.fields.items())) or NONE),
)
ORDER = (_THERE, _MESSAGES, *(aspect.what for aspect in _ASPECTS), _NOTES)
"""In which order people are told."""


def differences(lost: Mapping[int, Sketch], rebuilt: Mapping[int, Sketch]) -> list[Difference]:
    """In the order of numbers; empty when every case came back."""
    return [one for number in sorted({*lost, *rebuilt}) for one in _of_case(number, lost.get(number), rebuilt.get(number))]


def grouped(differ: Iterable[Difference]) -> list[tuple[str, list[Difference]]]:
    """What differs, and where, as people read it: a case that is not there at all first."""
    found: dict[str, list[Difference]] = {}
    for one in differ:
        found.setdefault(one.what, []).append(one)
    return sorted(found.items(), key=lambda group: ORDER.index(group[0]))


def _of_case(number: int, lost: Sketch | None, rebuilt: Sketch | None) -> Iterator[Difference]:
    if lost is None or rebuilt is None:
        yield Difference(number, _THERE, "there" if lost else NONE, "there" if rebuilt else NONE)
        return
    for aspect in _ASPECTS:
        before, after = aspect.value(lost.case), aspect.value(rebuilt.case)
        if before != after:
            yield Difference(number, aspect.what, before, after)
    if lost.members != rebuilt.members:
        only_lost, only_rebuilt = lost.members - rebuilt.members, rebuilt.members - lost.members
        yield Difference(number, _MESSAGES, " ".join(sorted(only_lost)) or "none more", " ".join(sorted(only_rebuilt)) or "none more")
    if lost.notes != rebuilt.notes:
        before_notes, after_notes = Counter(lost.notes), Counter(rebuilt.notes)
        yield Difference(number, _NOTES, _notes(before_notes - after_notes), _notes(after_notes - before_notes))


def _notes(only_there: Counter[str]) -> str:
    return "; ".join(sorted(only_there.elements())) or "none more"
