"""Rebuilt cases: a store's cases as sketches, to compare a rebuilt store with the lost one. Reads only; called by `triage rebuild`."""

from __future__ import annotations

from triage.core.cases.by_hand import is_note
from triage.core.cases.comparing import Sketch, sketch
from triage.store import cases, journal, ledger
from triage.store.database import Store


def sketches(store: Store) -> dict[int, Sketch]:
    members = ledger.members(store)
    notes: dict[int, list[str]] = {}
    for entry in journal.each(store):
        if is_note(entry):
            notes.setdefault(entry.case_number, []).append(f"{entry.actor}: {entry.detail}")
    return {case.number: sketch(case, members.get(case.number, ()), notes.get(case.number, ())) for case in cases.each(store)}
