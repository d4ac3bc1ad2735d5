"""Rebuilt cases: a store's cases as sketches, to compare a rebuilt store with the lost one. Reads only; called by `triage rebuild`."""

from __future__ import annotations

from triage.core.rebuilding import Sketch, sketch
from triage.store import cases, ledger
from triage.store.database import Store


def sketches(store: Store) -> dict[int, Sketch]:
    members = ledger.members(store)
    return {case.number: sketch(case, members.get(case.number, ())) for case in cases.each(store)}
