"""A store that cannot be opened: what passes is a TemporaryFailure (exit code 75, systemd starts the service again), what a person must
mend a PermanentFailure (2, it does not)."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from chaos.disk import SmallDisk, why_no_small_disk
from tests.servers.lacking import no_descriptor, no_room
from triage.core.failures import PermanentFailure, TemporaryFailure, failure_of
from triage.store import database
from triage.store.database import STORE_NAME, Lock, open_store
from triage.store.unopened import store_unopened


def start(state: Path) -> None:
    """As a start of the daemon does it."""
    lock = Lock(state)
    try:
        open_store(state, create=True).close()
    finally:
        lock.release()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    start(tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if why := why_no_small_disk():
        pytest.skip(why)
    with SmallDisk(tmp_path / "disk") as small:
        yield small


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE])
def test_what_the_machine_lacks_passes(number: int) -> None:
    assert isinstance(failure_of(OSError(number, os.strerror(number)), "cannot"), TemporaryFailure)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EADDRINUSE])
def test_what_is_set_up_wrong_does_not(number: int) -> None:
    assert isinstance(failure_of(OSError(number, os.strerror(number)), "cannot"), PermanentFailure)


def test_a_start_on_a_read_only_disk_may_be_tried_again(disk: SmallDisk) -> None:
    start(disk.where / "state")
    disk.seal()
    with pytest.raises(TemporaryFailure, match="cannot write to the state directory"):
        Lock(disk.where / "state")
    with pytest.raises(TemporaryFailure, match="cannot open the store"):
        open_store(disk.where / "state", create=True)
    with pytest.raises(TemporaryFailure, match="cannot write to the state directory"):
        Lock(disk.where / "another")
    disk.unseal()
    start(disk.where / "state")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_start_on_a_full_disk_may_be_tried_again(disk: SmallDisk, is_first: bool) -> None:
    if not is_first:
        start(disk.where / "state")
    disk.fill(0)
    with pytest.raises(TemporaryFailure):
        start(disk.where / "state")
    disk.empty()
    start(disk.where / "state")


def test_without_room_for_a_byte_it_may_be_tried_again(tmp_path: Path) -> None:
    with no_room(), pytest.raises(TemporaryFailure, match="cannot write to the state directory"):
        Lock(tmp_path)
    with no_room(), pytest.raises(TemporaryFailure, match="cannot open the store"):
        open_store(tmp_path, create=True)
    start(tmp_path)


def test_without_a_descriptor_it_may_be_tried_again(state: Path) -> None:
    with no_descriptor(), pytest.raises(TemporaryFailure, match="cannot write to the state directory"):
        Lock(state)
    for create in (True, False):
        with no_descriptor(), pytest.raises(TemporaryFailure, match="cannot open the store"):
            open_store(state, create=create)


def test_what_sqlite_could_not_open_a_moment_ago_may_be_tried_again(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps to itself what the system said; when the files can be opened after that, it was nothing that a person must mend."""

    def connect(*_arguments: object, **_settings: object) -> sqlite3.Connection:
        with no_descriptor():
            return sqlite3.Connection(state / STORE_NAME)

    monkeypatch.setattr(database.sqlite3, "connect", connect)
    with pytest.raises(TemporaryFailure, match="unable to open database file"):
        open_store(state)


def test_to_ask_why_takes_no_lock_from_those_who_have_the_store_open(state: Path) -> None:
    """fcntl(2): whoever closes a file loses all locks that the process has on it, through whatever descriptor. Then two may write."""
    writes = f"import sqlite3; sqlite3.connect({str(state / STORE_NAME)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
    other = [sys.executable, "-c", writes]
    with open_store(state) as store, store.write():
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        assert isinstance(store_unopened(state / STORE_NAME, error), TemporaryFailure)
        assert "locked" in subprocess.run(other, capture_output=True, text=True, check=False).stderr
    assert subprocess.run(other, capture_output=True, text=True, check=False).stderr == ""


def test_a_store_that_another_holds_may_be_tried_again(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.sqlite3, "connect", partial(sqlite3.connect, timeout=0.01))
    holder = sqlite3.connect(state / STORE_NAME, isolation_level=None)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TemporaryFailure, match="locked"):
        open_store(state)
    holder.close()


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('triage', 'm9999', '')")


def _other(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")


SET_UP_WRONG: dict[str, Callable[[Path], object]] = {
    "a directory": _directory,
    "a socket": _socket,
    "no database": lambda path: path.write_bytes(b"mail" * 2000),
    "another program's database": _other,
    "a newer triage's": _newer,
}


@pytest.mark.parametrize("wrong", SET_UP_WRONG)
def test_what_a_person_must_mend_is_told_as_that(state: Path, wrong: str) -> None:
    for beside in state.glob(f"{STORE_NAME}-*"):
        beside.unlink()
    SET_UP_WRONG[wrong](state / STORE_NAME)
    with pytest.raises(PermanentFailure):
        open_store(state)


def test_a_state_directory_that_is_a_file_must_be_mended(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(PermanentFailure):
        Lock(tmp_path / "state")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_directory_of_somebody_else_must_be_mended(state: Path) -> None:
    (state / STORE_NAME).chmod(0o400)
    with pytest.raises(PermanentFailure):
        open_store(state, create=True)
    state.chmod(0o500)
    with pytest.raises(PermanentFailure):
        Lock(state / "below")
    state.chmod(0o700)
