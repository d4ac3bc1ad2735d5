"""Positions in the watched folders: (UIDVALIDITY, UID), and when each was last swept completely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from triage.core.seams import Position
from triage.store.database import Store
from triage.store.times import to_datetime_or_none, to_text


class Role(Enum):
    INTAKE = "intake"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Folder:
    """`position` is None before the first complete sweep. What the very first look found ends at `history`."""

    name: str
    role: Role
    position: Position | None
    swept_at: datetime | None
    history: Position | None


def watch(store: Store, folders: dict[str, Role]) -> None:
    """Make the watched folders be exactly these. A folder that is not watched any more keeps no say in closing."""
    with store.write():
        placeholders = ", ".join("?" * len(folders))
        store.connection.execute(f"DELETE FROM folders WHERE name NOT IN ({placeholders})", tuple(folders))
        for name, role in folders.items():
            store.connection.execute(
                "INSERT INTO folders (name, role) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET role = excluded.role", (name, role.value)
            )


def watched(store: Store) -> tuple[Folder, ...]:
    rows = store.connection.execute(
        "SELECT name, role, uidvalidity, uid, swept_at, history_uidvalidity, history_uid FROM folders ORDER BY role, name"
    )
    return tuple(
        Folder(
            name=row["name"],
            role=Role(row["role"]),
            position=None if row["uidvalidity"] is None else Position(row["uidvalidity"], row["uid"]),
            swept_at=to_datetime_or_none(row["swept_at"]),
            history=None if row["history_uidvalidity"] is None else Position(row["history_uidvalidity"], row["history_uid"]),
        )
        for row in rows
    )


def move(store: Store, name: str, after: Position | None, position: Position) -> bool:
    """Inside a write transaction: everything up to `position` is in the ledger now.

    False when the sweep did not begin at the position there is: somebody has stepped back meanwhile (`triage quarantine retry`).
    """
    start = (None, 0) if after is None else (after.uidvalidity, after.uid)
    cursor = store.connection.execute(
        "UPDATE folders SET uidvalidity = ?, uid = ? WHERE name = ? AND uidvalidity IS ? AND uid = ?",
        (position.uidvalidity, position.uid, name, *start),
    )
    return cursor.rowcount == 1


def swept(store: Store, name: str, at: datetime) -> None:
    """Inside a write transaction: a sweep that began at `at` found nothing that is not in the ledger."""
    store.connection.execute(
        "UPDATE folders SET swept_at = ?, complete_since = coalesce(complete_since, ?) WHERE name = ?", (to_text(at), to_text(at), name)
    )


def begin_life(store: Store) -> None:
    """Inside a write transaction: a daemon starts. Nothing is known to be complete until it has looked for itself: the store may be an old
    copy that was put back."""
    store.connection.execute("UPDATE folders SET complete_since = NULL")


def note_history(store: Store, name: str, end: Position) -> None:
    """Inside a write transaction: what the first look found, kept so that a restart in the middle of it draws the same line."""
    store.connection.execute(
        "UPDATE folders SET history_uidvalidity = ?, history_uid = ? WHERE name = ? AND history_uid IS NULL",
        (end.uidvalidity, end.uid, name),
    )


def synced_through(store: Store) -> datetime | None:
    """The instant up to which every watched folder has been swept completely; None while one never was."""
    row = store.connection.execute("SELECT count(*) AS n, count(swept_at) AS swept, min(swept_at) AS oldest FROM folders").fetchone()
    return to_datetime_or_none(row["oldest"]) if row["n"] and row["n"] == row["swept"] else None


def complete_since(store: Store) -> datetime | None:
    """When the daemon's first complete look began; None while it has not looked at every folder since its start."""
    found = store.connection.execute("SELECT count(*) AS n, count(complete_since) AS known, max(complete_since) AS at FROM folders")
    row = found.fetchone()
    return to_datetime_or_none(row["at"]) if row["n"] and row["n"] == row["known"] else None


def step_back(store: Store, name: str, uid: int) -> None:
    """Inside a write transaction: let the next sweep look at `uid` again; what the ledger knows is skipped there.

    Until that sweep is complete nothing says that the folder is (promise 4): the message may be a partner's answer.
    """
    store.connection.execute("UPDATE folders SET uid = min(uid, ?), swept_at = NULL WHERE name = ?", (uid - 1, name))
