"""Checkpoints: the log of the newest commits (`-wal`) goes into the file again, so that it stays small.

SQLite does so by itself after every thousand pages, but only as far as no reader stands in the way, and it never makes the log shorter.
Called by workers/log_keeper, at the end of the daemon, and by `triage vacuum`.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from triage.store.database import BUSY_TIMEOUT_MS, STORE_NAME, Store


def log_size(state_dir: Path) -> int:
    """Bytes; 0 when there is none."""
    with suppress(OSError):
        return (state_dir / f"{STORE_NAME}-wal").stat().st_size
    return 0


def empty_log(store: Store, *, wait_ms: int = 0) -> bool:
    """Whether the log is empty now. Readers are waited for so long and no longer; what can go into the file beside them goes. Outside of
    a transaction. A disk that is full is told by the next commit."""
    store.connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        return truncate_log(store)
    except sqlite3.OperationalError:
        return False
    finally:
        store.connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def truncate_log(store: Store) -> bool:
    """The same, with the patience of every statement."""
    busy, *_ = store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
