"""How large the store is, and giving room back to the disk in small steps beside the daemon.

Called by `triage vacuum`, and by whoever shows the size. What is deleted leaves free pages in the file, which the store uses again first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage.store.checkpoint import log_size
from triage.store.database import Store

SLICE_PAGES = 500


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes: of the file, of its log of newest commits, of free pages in the file, and of mail as it came."""

    file: int
    wal: int
    free: int
    raw_mail: int


def size(store: Store, state_dir: Path) -> Size:
    """Adds up all raw mail, which takes a while in a large store."""
    kept = store.connection.execute("SELECT coalesce(sum(length(bytes)), 0) AS n FROM raw_messages").fetchone()["n"]
    file, free, wal = on_disk(store, state_dir)
    return Size(file, wal, free, raw_mail=int(kept))


def on_disk(store: Store, state_dir: Path) -> tuple[int, int, int]:
    """Bytes of the file, of the free pages in it, and of its log: at once, however large it is."""
    page = _pragma(store, "page_size")
    return _pragma(store, "page_count") * page, free_pages(store) * page, log_size(state_dir)


def free_pages(store: Store) -> int:
    return _pragma(store, "freelist_count")


def give_back(store: Store) -> int:
    """One slice, in a commit of its own; how many free pages are left."""
    with store.write():
        store.connection.execute(f"PRAGMA incremental_vacuum({SLICE_PAGES})").fetchall()
    return free_pages(store)


def rebuild(store: Store) -> None:
    """Writes the whole file anew: needs the store for itself, and as much room again."""
    store.connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    store.connection.execute("VACUUM")


def _pragma(store: Store, name: str) -> int:
    return int(store.connection.execute(f"PRAGMA {name}").fetchone()[0])
