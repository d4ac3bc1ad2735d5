"""Reconciliation: what the server holds against what the ledger knows, folder by folder; compared as sets of UIDs. Pure.

Says what is missing in the ledger, which must never be, and what is gone from the server, which people may do. Never decides what becomes
of a message. Called by workers/reconcile for `triage reconcile` and for the daemon's hourly look.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.seams import Position
from triage.core.wording.plain import counted

UNDECIDED_AFTER = timedelta(hours=1)
"""A message in the ledger without an outcome for so long is one that nobody decides."""
WINDOW = 50_000
NAMED = 20
"""So many UIDs are kept by number."""


@dataclass(frozen=True, slots=True)
class FolderStanding:
    """`held`: messages on the server up to the position. `missing`: UIDs among them that the ledger does not know. `gone`: messages that
    the ledger knows and the server has no more. `ahead`: beyond the position, so that the next sweep brings them. `renumbered`: the
    server has given the folder another UIDVALIDITY, or it was never swept: the next sweep reads all of it."""

    folder: str
    held: int = 0
    missing: tuple[int, ...] = ()
    gone: int = 0
    ahead: int = 0
    renumbered: bool = False


@dataclass(frozen=True, slots=True)
class Reconciliation:
    at: datetime
    folders: tuple[FolderStanding, ...]
    undecided: int = 0
    """Messages without an outcome for more than UNDECIDED_AFTER."""

    @property
    def missing(self) -> int:
        return sum(len(one.missing) for one in self.folders)

    @property
    def agrees(self) -> bool:
        return not self.missing and not self.undecided

    @property
    def problem(self) -> str:
        """One sentence for operators; empty when ledger and mailbox agree."""
        parts = [f"{counted(len(one.missing), 'message')} of {one.folder} not in the ledger" for one in self.folders if one.missing]
        if self.undecided:
            parts.append(f"{counted(self.undecided, 'message')} without an outcome for more than an hour")
        return ", ".join(parts)


def compare(
    folder: str, position: Position | None, uidvalidity: int, on_server: Sequence[int], in_ledger: Callable[[int, int, int], Sequence[int]]
) -> FolderStanding:
    """`on_server` is ascending. `in_ledger`: the UIDs that it knows above the first and up to the second, ascending, at most so many; asked
    for in windows, so that memory does not grow with history. `position` was read before the server was asked, and the ledger after it:
    what is committed meanwhile is no difference."""
    if position is None or position.uidvalidity != uidvalidity:
        return FolderStanding(folder, ahead=len(on_server), renumbered=True)
    missing: list[int] = []
    gone = looked_at = above = 0
    while above < position.uid:
        known = in_ledger(above, position.uid, WINDOW)
        above = known[-1] if len(known) == WINDOW else position.uid
        up_to = bisect_right(on_server, above)
        held = set(on_server[looked_at:up_to])
        unknown = held.difference(known)
        missing += sorted(unknown)
        gone += len(known) - (len(held) - len(unknown))
        looked_at = up_to
    return FolderStanding(folder, held=looked_at, missing=tuple(missing), gone=gone, ahead=len(on_server) - looked_at)


def to_json(found: Reconciliation) -> dict[str, object]:
    return {
        "at": found.at.isoformat(),
        "agrees": found.agrees,
        "missing": found.missing,
        "undecided": found.undecided,
        "folders": [
            {
                "folder": one.folder,
                "held": one.held,
                "missing": len(one.missing),
                "missing_uids": list(one.missing[:NAMED]),
                "gone": one.gone,
                "ahead": one.ahead,
                "renumbered": one.renumbered,
            }
            for one in found.folders
        ],
    }


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of the last look."""

    at: datetime
    missing: int
    undecided: int
    problem: str


def kept_to_json(found: Reconciliation) -> dict[str, object]:
    return {"at": found.at.isoformat(), "missing": found.missing, "undecided": found.undecided, "problem": found.problem}


def kept_from_json(value: object) -> Kept | None:
    """None for what no version of this program has written."""
    try:
        if not isinstance(value, Mapping):
            return None
        return Kept(datetime.fromisoformat(value["at"]), int(value["missing"]), int(value["undecided"]), str(value["problem"]))
    except (KeyError, TypeError, ValueError):
        return None
