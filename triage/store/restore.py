"""Restore: puts a backup in the place of the store, whole or not at all, and keeps the store that was there.

The instant that counts is one rename: from then on the new store is in force, and whoever opens the state directory next under the
daemon's lock (`finish`) carries out what a crash has left undone. Before it nothing has changed. The caller holds the lock.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.store.backup import Contents, Progress, copy_store, drop_label, inspect, no_progress
from triage.store.database import STORE_NAME, finish_restore, restored_path
from triage.store.settled import hand_over, settle
from triage.store.times import to_text

PATIENCE = timedelta(minutes=5)
"""A notice that was waiting when the backup was made has probably been sent since: time enough to find it in the Sent folder."""


def restore(state_dir: Path, source: Path, now: datetime, progress: Progress = no_progress) -> tuple[Contents, Path | None]:
    """What was restored, and where the old store is kept (None: there was none). Raises PermanentFailure when the file is no sound
    backup, TemporaryFailure when there is no room; then nothing has changed."""
    contents = inspect(source)
    restored = restored_path(state_dir)
    fresh = restored.with_name(f"{STORE_NAME}.copying")
    try:
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        copy_store(source, fresh, progress)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            drop_label(connection)
            _hold_notices_back(connection, now)
        hand_over(fresh)
        settle(fresh)
        fresh.rename(restored)
        settle(state_dir)
    except (sqlite3.Error, OSError) as error:
        fresh.unlink(missing_ok=True)
        raise TemporaryFailure(
            f"the backup could not be copied to {state_dir}: {error}", hint="make room there; nothing has changed"
        ) from error
    except PermanentFailure:
        fresh.unlink(missing_ok=True)
        raise
    return contents, finish_restore(state_dir)


def _hold_notices_back(connection: sqlite3.Connection, now: datetime) -> None:
    later = to_text(now.astimezone(UTC) + PATIENCE)
    connection.execute(
        "UPDATE outbox SET state = 'pending', next_attempt_at = max(next_attempt_at, ?)"
        " WHERE state IN ('pending', 'claimed') AND channel IN ('mail', 'sent-copy')",
        (later,),
    )
