"""The store: one SQLite file, opened once per thread. SQL lives in this package and nowhere else.

`Store.write()` is the only way to write: BEGIN IMMEDIATE, commit at the end, roll back on any exception. synchronous=FULL, so that a
commit is on the disk when it returns. `Lock` keeps a second daemon off the same state directory (promise 10).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sqlite_utils import Database

from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.store.migrations import migrations
from triage.store.settled import hand_over, settle
from triage.store.unopened import HINT_STATE_DIR, directory_unwritable, store_unopened

STORE_NAME = "triage.sqlite3"
BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one: the daemon and the command line write to the same store."""


class Store:
    """One connection, used by one thread at a time: whoever opened it may hand it to the one thread that works with it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._depth = 0

    @contextmanager
    def write(self) -> Iterator[None]:
        """A write transaction. Raises TemporaryFailure when the disk is full, the store is read-only or locked for too long."""
        if self.connection.in_transaction:
            raise RuntimeError("a write transaction is open already: one message, one transaction")
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise _told(error) from error
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a write transaction: what is done in here is undone when it ends in an exception; what was done before stays.

        Raises TemporaryFailure as `write` does, which must leave the transaction: SQLite has ended it if the disk is full.
        """
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except sqlite3.OperationalError as error:
            self._undo()
            raise _told(error) from error
        except BaseException:
            self._undo()
            raise
        self.connection.execute("RELEASE attempt")

    def _undo(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK TO attempt")
            self.connection.execute("RELEASE attempt")

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def data_version(self) -> int:
        """Changes when another process has committed: the daemon looks again at once when an operator used the command line."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_store(state_dir: Path, *, create: bool = False, reading: bool = False) -> Store:
    """Open the store of a state directory; with `create` (the daemon, under its lock) make and migrate it. `reading`: nothing can be
    written by this connection.

    Raises PermanentFailure when there is none, when this user may not write it, or when a newer program has made it; TemporaryFailure when
    the disk is full or read-only, or no file can be opened.
    """
    path = state_dir / STORE_NAME
    if not create and restored_path(state_dir).exists():
        raise PermanentFailure(f"a restore in {state_dir} was interrupted", hint="start `triage run`: it finishes the restore")
    if not create and not path.exists():
        raise PermanentFailure(f"there is no store in {state_dir}", hint="`triage run` makes it at its first start")
    try:
        if create:
            finish_restore(state_dir)
            _prepare_file(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if create:
            # Before the first table is made, and without effect afterwards: room can be given back in small steps (`triage vacuum`).
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _configure(connection)
        if create:
            migrations.apply(Database(connection))
        _refuse_other_versions(connection, path)
        if reading:
            connection.execute("PRAGMA query_only = ON")
    except (sqlite3.OperationalError, OSError) as error:
        raise store_unopened(path, error) from error
    except sqlite3.DatabaseError as error:
        raise PermanentFailure(
            f"{path} is not a usable SQLite file: {error}", hint="restore a backup, or see docs/crash-states.md"
        ) from error
    return Store(connection)


def open_memory_store() -> Store:
    """A store that lives as long as this process: for `triage explain`, which changes nothing."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _configure(connection)
    migrations.apply(Database(connection))
    return Store(connection)


def _prepare_file(path: Path) -> None:
    """The store holds partners' mail: directory 0700, file 0600, before the first byte is in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.close(descriptor)


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _refuse_other_versions(connection: sqlite3.Connection, path: Path) -> None:
    if refuse_newer(connection, path):
        raise PermanentFailure(f"{path} is from an older triage", hint="start `triage run` once: it migrates the store")


def refuse_newer(connection: sqlite3.Connection, path: Path) -> bool:
    """Raises PermanentFailure for a store of a newer program, and sqlite3.DatabaseError for what is no store at all. Whether it is an
    older one's, which the next start migrates."""
    known = {migration.name for migration in migrations._migrations}
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (migrations.name,))
    applied = {str(row[0]) for row in rows}
    if newer := applied - known:
        raise PermanentFailure(
            f"{path} was made by a newer triage (it has {', '.join(sorted(newer))})", hint="install that version again, or restore a backup"
        )
    if not applied:
        raise sqlite3.DatabaseError("it has none of triage's tables")
    return bool(known - applied)


# --- the end of a restore ----------------------------------------------------------------------------------------------


def restored_path(state_dir: Path) -> Path:
    """A verified copy of a backup that is to be the store; it is there only during a restore, or after one that was interrupted."""
    return state_dir / f"{STORE_NAME}.restored"


def finish_restore(state_dir: Path) -> Path | None:
    """Under the daemon's lock: move the old store aside, with the newest commits in its -wal, and the restored one into its place.

    Where the old one is kept; None when there was none, or when no restore is to be finished. Repeating it after a crash does what is left.
    """
    restored = restored_path(state_dir)
    if not restored.exists():
        return None
    made_at = datetime.fromtimestamp(restored.stat().st_mtime, UTC)
    aside = state_dir / f"before-restore-{made_at:%Y%m%dT%H%M%SZ}"
    for name in (f"{STORE_NAME}-wal", f"{STORE_NAME}-shm", STORE_NAME):
        if (state_dir / name).exists():
            aside.mkdir(mode=0o700, exist_ok=True)
            hand_over(aside)
            (state_dir / name).rename(aside / name)
    restored.rename(state_dir / STORE_NAME)
    settle(state_dir)
    return aside if aside.exists() else None


def _told(error: sqlite3.OperationalError) -> TemporaryFailure:
    text = str(error)
    if "full" in text:
        return TemporaryFailure("the disk is full: nothing can be recorded", hint="make room; the daemon goes on by itself")
    if "readonly" in text:
        return TemporaryFailure("the store is read-only", hint=HINT_STATE_DIR)
    return TemporaryFailure(f"the store cannot be written: {text}", hint="see `triage check`")


LOCK_NAME = "daemon.lock"


def running_daemon(state_dir: Path) -> str | None:
    """The process id of the daemon that works with this state directory; None when there is none. Creates nothing."""
    try:
        descriptor = os.open(state_dir / LOCK_NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None


class Lock:
    """The daemon's lock on a state directory, held until the process ends however it ends (flock)."""

    def __init__(self, state_dir: Path) -> None:
        """Raises PermanentFailure when another daemon holds it or this user may not write there, TemporaryFailure when nobody can now."""
        path = state_dir / LOCK_NAME
        try:
            state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise directory_unwritable(state_dir, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise PermanentFailure(
                f"another triage daemon{f' (process {holder})' if holder else ''} is running on {state_dir}",
                hint="stop it first; two daemons on one store would page and answer twice",
            ) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise directory_unwritable(state_dir, error) from error

    def release(self) -> None:
        os.close(self._descriptor)


@contextmanager
def held(state_dir: Path) -> Iterator[None]:
    """The daemon's lock, for a command that needs the store for itself. Raises PermanentFailure while the daemon runs."""
    lock = Lock(state_dir)
    try:
        yield
    finally:
        lock.release()
