"""Backups: whole, verified copies of the store in one file each, made while the daemon runs; and what is in such a file.

A copy is one snapshot: everything that was committed before it began, nothing that came later. It is written beside its place, verified
(integrity, references, as many rows as the store had), and only then given its name: there is never half a backup. The file carries what
a restore needs besides the store, the keys of our own Message-IDs, and no password or token. Called by `triage backup` and `triage db`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.store.database import STORE_NAME, Store, refuse_newer
from triage.store.settled import hand_over, settle

Progress = Callable[[int, int], None]
"""Pages of the database file that are done, and all of them."""
STEP_PAGES = 2_000
_NAME = re.compile(r"triage-\d{8}T\d{6}Z\.sqlite3")
_PARTIAL = ".triage-backup.partial"
_COPY_MODE = 0o400
_MAGIC = b"SQLite format 3\0"
_NO_SUCH_PLACE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS, errno.EINVAL}
"""What trying again does not help against."""
COUNTED = ("ledger", "raw_messages", "cases", "case_journal", "pages", "outbox")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds. `files` lie beside the store in the state directory; `made_at` is None for a copy that was made by other means."""

    counts: Mapping[str, int]
    newest_at: str
    made_at: datetime | None = None
    instance: str = ""
    program: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Label:
    """What is written into a backup besides the store."""

    made_at: datetime
    instance: str
    program: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def no_progress(_done: int, _total: int) -> None:
    return None


def back_up(state_dir: Path, directory: Path, label: Label, progress: Progress = no_progress) -> tuple[Path, Contents]:
    """A new backup in `directory`, which is made with mode 0700 where there is none. Raises TemporaryFailure (disk full, another backup
    running) and PermanentFailure (no store, no permission, a copy that is not sound); then there is no new file."""
    target = directory / f"triage-{label.made_at:%Y%m%dT%H%M%SZ}.sqlite3"
    if target.exists():
        raise TemporaryFailure(f"{target} is there already", hint="try again in a second")
    try:
        _make(directory)
        with _partial(directory) as partial:
            expected = _copy(state_dir / STORE_NAME, partial, progress)
            with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
                _write_label(copy, label)
            contents = inspect(partial)
            _compare(expected, contents.counts, state_dir / STORE_NAME)
            hand_over(partial)
            settle(partial)
            partial.rename(target)
            settle(directory)
    except OSError as error:
        raise _not_written(directory, error.strerror or str(error), permanent=error.errno in _NO_SUCH_PLACE) from error
    except sqlite3.DatabaseError as error:
        raise _not_written(directory, str(error), permanent=False) from error
    return target, contents


def _make(directory: Path) -> None:
    if not directory.exists():
        directory.mkdir(parents=True, mode=0o700)
        hand_over(directory)


def read_only_copy(state_dir: Path, target: Path) -> None:
    """A copy of one instant for other tools, mode 0400; an older copy is replaced, and nothing else. Raises PermanentFailure."""
    if target.resolve().parent == state_dir.resolve():
        raise PermanentFailure(f"{target} lies in the state directory, which is the daemon's own", hint="name a file elsewhere")
    partial = target.with_name(f".{target.name}.partial")
    try:
        if target.exists() and not (stat.S_IMODE(target.stat().st_mode) == _COPY_MODE and is_database(target)):
            raise PermanentFailure(f"{target} is there already, and no copy that `triage db` made", hint="name another file")
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        copy_store(state_dir / STORE_NAME, partial)
        partial.chmod(_COPY_MODE)
        partial.rename(target)
    except (OSError, sqlite3.DatabaseError) as error:
        told = (isinstance(error, OSError) and error.strerror) or str(error)
        raise PermanentFailure(f"cannot write {target}: {told}", hint="name a file in a directory of yours that has room") from error
    finally:
        partial.unlink(missing_ok=True)
        _remove_journals(partial)


def is_database(path: Path) -> bool:
    """By its first bytes (SQLite's file format, 1.3). Raises OSError when it cannot be read."""
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def refuse_database(path: Path) -> None:
    """Of what is written for people: a slip of the finger must not cost a store. Raises PermanentFailure."""
    with contextlib.suppress(OSError):
        if is_database(path):
            raise PermanentFailure(f"{path} is a database: nothing else is written over it", hint="name another file")


def copy_store(source: Path, target: Path, progress: Progress = no_progress) -> None:
    """A copy of one instant, verified against what it was made of."""
    expected = _copy(source, target, progress)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        _compare(expected, verify(copy, target), source)


def _copy(source: Path, target: Path, progress: Progress) -> dict[str, int]:
    """How many rows it must have. The reader's transaction that is held meanwhile keeps the copy from starting anew at every commit of
    the daemon, and blocks nobody."""
    if not source.exists():
        raise PermanentFailure(f"there is no store in {source.parent}", hint="`triage run` makes it at its first start")
    with closing(open_read_only(source)) as reader, closing(sqlite3.connect(target, isolation_level=None)) as writer:
        reader.execute("BEGIN")
        expected = _counts(reader)
        reader.backup(writer, pages=STEP_PAGES, progress=lambda _status, remaining, total: progress(total - remaining, total), sleep=0)
        reader.execute("ROLLBACK")
        writer.execute("PRAGMA journal_mode = DELETE")
    return expected


def _compare(expected: Mapping[str, int], found: Mapping[str, int], source: Path) -> None:
    if found != expected:
        raise PermanentFailure(f"the copy of {source} does not hold what the store does", hint="check the disk; then try again")


def open_read_only(path: Path) -> sqlite3.Connection:
    """The newest commits may be in the file's -wal. Without one the file is all there is, and a directory that is read-only will do."""
    how = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def open_store_file(path: Path) -> Store:
    """A store, or a copy of one, under whatever name, for reading only. Raises PermanentFailure for anything else."""
    try:
        connection = open_read_only(path)
        if refuse_newer(connection, path):
            raise PermanentFailure(f"{path} is from an older triage", hint="start `triage run` once: it migrates the store")
    except sqlite3.Error as error:
        raise PermanentFailure(f"{path} cannot be read as a store: {error}", hint="name a triage.sqlite3, or a backup") from error
    return Store(connection)


def verify(connection: sqlite3.Connection, path: Path) -> dict[str, int]:
    """Raises PermanentFailure unless this is an undamaged store of this triage or an older one; how many rows it has."""
    try:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        refuse_newer(connection, path)
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if orphan is not None:
            raise sqlite3.DatabaseError(f"a row of {orphan[0]} refers to one of {orphan[2]} that is not there")
        return _counts(connection)
    except sqlite3.DatabaseError as error:
        raise PermanentFailure(f"{path} is damaged or no backup of triage: {error}", hint="name another backup") from error


def inspect(path: Path) -> Contents:
    """Reads and verifies a whole backup, or a copy of the store made by other means. Raises PermanentFailure."""
    if not path.is_file():
        raise PermanentFailure(f"there is no file {path}", hint="`ls` the directory that [instance] state_dir and backups name")
    try:
        with closing(open_read_only(path)) as connection:
            counts = verify(connection, path)
            newest = connection.execute("SELECT max(received_at) AS at FROM ledger").fetchone()["at"] or ""
            if not _has_label(connection):
                return Contents(counts, newest)
            about = {row["name"]: row["value"] for row in connection.execute("SELECT name, value FROM backup_about")}
            files = {row["name"]: bytes(row["bytes"]) for row in connection.execute("SELECT name, bytes FROM backup_files")}
    except (sqlite3.Error, OSError) as error:
        raise PermanentFailure(f"{path} cannot be read as a backup: {error}", hint="name another backup") from error
    return Contents(counts, newest, datetime.fromisoformat(about["made_at"]), about["instance"], about["program"], files)


def rotate(directory: Path, keep: int, instance: str) -> list[Path]:
    """Deletes all but the newest backups of this instance; files that are none of triage's, or another instance's, are left alone."""
    ours = [path for path in backups_in(directory) if _instance_of(path) == instance]
    spent = ours[: -max(keep, 1)]
    for path in spent:
        path.unlink(missing_ok=True)
    return spent


def backups_in(directory: Path) -> list[Path]:
    """By name, which is by age, the oldest first."""
    return sorted(path for path in directory.glob("triage-*.sqlite3") if _NAME.fullmatch(path.name))


def stores_beside(state_dir: Path) -> list[Path]:
    """Whole stores in the state directory that are not the daemon's: those that a restore has put aside, and rebuilt ones."""
    return sorted((*state_dir.glob(f"before-restore-*/{STORE_NAME}"), *state_dir.glob("rebuilt-*.sqlite3")))


def drop_label(connection: sqlite3.Connection) -> None:
    """What a backup has besides the store is no part of it."""
    connection.executescript("DROP TABLE IF EXISTS backup_about; DROP TABLE IF EXISTS backup_files;")


@contextmanager
def _partial(directory: Path) -> Iterator[Path]:
    """A file of mode 0600 for one backup at a time. What a crash has left of an earlier one is thrown away."""
    path = directory / _PARTIAL
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(descriptor), path.stat())  # else the other one has just given it its name
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise TemporaryFailure(f"another backup is just being written to {directory}")
        try:
            os.fchmod(descriptor, 0o600)
            os.ftruncate(descriptor, 0)
            _remove_journals(path)
            yield path
        finally:
            path.unlink(missing_ok=True)
            _remove_journals(path)
    finally:
        os.close(descriptor)


def _remove_journals(path: Path) -> None:
    for ending in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _write_label(copy: sqlite3.Connection, label: Label) -> None:
    about = {"made_at": label.made_at.isoformat(), "instance": label.instance, "program": label.program}
    copy.executescript(
        "CREATE TABLE backup_about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
        "CREATE TABLE backup_files (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    )
    copy.executemany("INSERT INTO backup_about (name, value) VALUES (?, ?)", about.items())
    copy.executemany("INSERT INTO backup_files (name, bytes) VALUES (?, ?)", label.files.items())


def _has_label(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('backup_about', 'backup_files')")
    return bool(found.fetchone()["n"] == 2)


def _instance_of(path: Path) -> str | None:
    with contextlib.suppress(sqlite3.Error, OSError), closing(open_read_only(path)) as connection:
        row = connection.execute("SELECT value FROM backup_about WHERE name = 'instance'").fetchone()
        return str(row["value"]) if row else None
    return None


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    return {table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in COUNTED}


def _not_written(directory: Path, problem: str, *, permanent: bool) -> PermanentFailure | TemporaryFailure:
    if permanent:
        return PermanentFailure(f"cannot write a backup to {directory}: {problem}", hint="name one that you may write: --to DIR")
    return TemporaryFailure(
        f"the backup could not be written to {directory}: {problem}", hint="make room there, or name another directory: --to DIR"
    )
