"""Why the store or its directory cannot be opened: what a person must mend, and what passes (exit codes 2 and 75 of `triage run`).

systemd does not start the daemon again after the one, and does after the other: a pager that gives up on a full disk is worse than one that
tries every five seconds. Decides only that; opens nothing for good. Called by `database`.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from triage.core.failures import SET_UP_WRONG, PermanentFailure, TemporaryFailure, failure_of

HINT_STATE_DIR = "the daemon's user must own [instance] state_dir, and the disk must have room"
_TEMPORARY = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM}
)
_BY_THE_SYSTEM = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})
"""SQLite keeps to itself what the system has said."""
_PRIMARY = 0xFF
"""Of an extended result code, such as SQLITE_IOERR_SHMSIZE on a full disk."""


def store_unopened(path: Path, error: sqlite3.OperationalError | OSError) -> TemporaryFailure | PermanentFailure:
    message = f"cannot open the store {path}: {error}"
    if isinstance(error, OSError):
        return failure_of(error, message, hint=HINT_STATE_DIR)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    passes = code in _TEMPORARY or (code in _BY_THE_SYSTEM and not _is_set_up_wrong(path))
    return (TemporaryFailure if passes else PermanentFailure)(message, hint=HINT_STATE_DIR)


def directory_unwritable(state_dir: Path, error: OSError) -> TemporaryFailure | PermanentFailure:
    return failure_of(error, f"cannot write to the state directory {state_dir}: {error.strerror}", hint=HINT_STATE_DIR)


def _is_set_up_wrong(path: Path) -> bool:
    """Asks the system without opening anything: whoever closes a file takes the locks that this process has on it, those of other
    connections to the store too (fcntl(2)). When the system has nothing against these files any more, whatever it was has passed."""
    files = [one for one in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))) if one.exists()]
    try:
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return False
    except OSError as error:
        return error.errno in SET_UP_WRONG
    reached = os.access(path.parent, os.W_OK | os.X_OK)
    return not reached or not all(file.is_file() and os.access(file, os.R_OK | os.W_OK) for file in files)
