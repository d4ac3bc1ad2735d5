"""`triage backup` and `triage restore`: one file that is whole or not there, and a way back that a crash cannot break."""

from __future__ import annotations

import fcntl
import os
import resource
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.core.cases.journal import fold
from triage.core.failures import PermanentFailure
from triage.store import backup, cases, journal
from triage.store.database import STORE_NAME, open_store, restored_path


@pytest.fixture
def made(office: Office, terminal: Terminal) -> Path:
    """A backup of a store with one case in it."""
    office.partner_writes("Transfers fail")
    return Path(terminal.lines("backup")[0]["file"])


def state(office: Office) -> Path:
    return office.config.instance.state_dir


class TestBackup:
    def test_it_is_one_private_file_with_the_store_and_the_keys(self, office: Office, made: Path, terminal: Terminal) -> None:
        assert [path.name for path in made.parent.iterdir()] == [made.name]
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert backup.inspect(made).files == {"message-id.keys": (state(office) / "message-id.keys").read_bytes()}
        assert "sound" in terminal.ok("restore", "--check", str(made))

    def test_no_sign_in_is_in_it(self, office: Office, terminal: Terminal) -> None:
        (state(office) / "oauth.json").write_text('{"refresh_token": "very-secret-token"}')
        made = Path(terminal.lines("backup")[0]["file"])
        assert b"very-secret-token" not in made.read_bytes()

    def test_a_backup_while_mail_flows_is_one_instant(self, office: Office, tmp_path: Path) -> None:
        """The daemon commits in the middle of the copying; the copy has none of it, and folds."""
        for number in range(3):
            office.partner_writes(f"question {number}", sender=f"p{number}@p{number}.example")
        steps = 0

        def mail_comes(_done: int, _total: int) -> None:
            nonlocal steps
            steps += 1
            if steps <= 3:
                office.partner_writes(f"meanwhile {steps}", sender=f"m{steps}@m{steps}.example")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backup, "STEP_PAGES", 20)
            backup.copy_store(state(office) / STORE_NAME, tmp_path / STORE_NAME, mail_comes)
        assert steps > 3
        assert len(office.case_numbers()) == 6
        with open_store(tmp_path) as copy:
            numbers = sorted(stored.case.number for stored in cases.find(copy))
            assert numbers == [1001, 1002, 1003]
            for stored in cases.find(copy):
                assert fold(journal.of_case(copy, stored.case.number)) == stored.case

    def test_the_oldest_are_deleted_and_strangers_are_not(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        place = tmp_path / "copies"
        place.mkdir()
        (place / "triage-20200101T000000Z.sqlite3").write_bytes(b"somebody else's")
        kept = []
        for _ in range(3):
            kept.append(terminal.lines("backup", "--to", str(place), "--keep", "2")[0]["file"])
            office.wait(minutes=1)
        assert sorted(map(str, place.iterdir())) == sorted([str(place / "triage-20200101T000000Z.sqlite3"), *kept[1:]])

    def test_a_full_disk_leaves_the_old_backups_and_no_half_one(self, office: Office, terminal: Terminal, made: Path) -> None:
        office.wait(minutes=1)
        with _files_end_at(made.stat().st_size // 2):
            result = terminal.run("backup", "--keep", "1")
        assert result.exit_code == 75
        assert "could not be written" in result.stderr
        assert list(made.parent.iterdir()) == [made]

    def test_a_directory_that_may_not_be_written_is_told(self, terminal: Terminal, tmp_path: Path) -> None:
        place = tmp_path / "file"
        place.write_text("in the way")
        result = terminal.run("backup", "--to", str(place / "below"))
        assert result.exit_code == 2
        assert str(place) in result.stderr

    def test_two_backups_at_a_time_are_one(self, terminal: Terminal, tmp_path: Path) -> None:
        place = tmp_path / "copies"
        place.mkdir()
        descriptor = os.open(place / ".triage-backup.partial", os.O_RDWR | os.O_CREAT)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert "another backup" in terminal.run("backup", "--to", str(place)).stderr
        os.close(descriptor)
        assert terminal.run("backup", "--to", str(place)).exit_code == 0


@contextmanager
def _files_end_at(size: int) -> Iterator[None]:
    """As on a full disk: no file of this process grows beyond `size`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestRefusals:
    def test_a_truncated_backup(self, office: Office, terminal: Terminal, made: Path) -> None:
        made.write_bytes(made.read_bytes()[: made.stat().st_size * 2 // 3])
        self._is_refused(office, terminal, made, "damaged")

    def test_a_backup_with_a_flipped_page(self, office: Office, terminal: Terminal, made: Path) -> None:
        raw = bytearray(made.read_bytes())
        raw[4096 * 3 : 4096 * 4] = b"\xff" * 4096
        made.write_bytes(raw)
        self._is_refused(office, terminal, made, "damaged")

    def test_the_database_of_another_program(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        path = tmp_path / "other.sqlite3"
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE cases (number INTEGER)")
        self._is_refused(office, terminal, path, "no backup of triage")

    def test_what_is_no_database(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("buy milk\n" * 1000)
        self._is_refused(office, terminal, path, "no backup of triage")

    def test_a_backup_of_a_newer_triage(self, office: Office, terminal: Terminal, made: Path) -> None:
        with closing(sqlite3.connect(made)) as copy, copy:
            copy.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('triage', 'm9999_tomorrow')")
        self._is_refused(office, terminal, made, "made by a newer triage")

    def test_a_running_daemon(self, office: Office, terminal: Terminal, made: Path) -> None:
        result = terminal.run("restore", str(made))
        assert result.exit_code == 2
        assert "another triage daemon" in result.stderr

    @staticmethod
    def _is_refused(office: Office, terminal: Terminal, path: Path, words: str) -> None:
        office.stop()
        before = (state(office) / STORE_NAME).read_bytes()
        result = terminal.run("restore", str(path))
        assert result.exit_code == 2
        assert words in result.stderr
        assert (state(office) / STORE_NAME).read_bytes() == before
        assert not restored_path(state(office)).exists()


class TestRestore:
    def test_the_old_store_is_kept_and_can_be_put_back(self, office: Office, terminal: Terminal, made: Path) -> None:
        office.partner_writes("Another question", sender="ops@other.example")
        office.stop()
        aside = Path(terminal.lines("restore", str(made))[0]["old_store"])
        assert office.case_numbers() == [1001]
        terminal.ok("restore", str(aside / STORE_NAME))
        assert office.case_numbers() == [1001, 1002]

    def test_on_a_new_host_the_keys_come_along(self, office: Office, terminal: Terminal, made: Path, tmp_path: Path) -> None:
        office.stop()
        kept = (state(office) / "message-id.keys").read_text()
        copy = made.rename(tmp_path / made.name)
        state(office).rename(tmp_path / "the old host")
        terminal.ok("restore", str(copy))
        assert (state(office) / "message-id.keys").read_text() == kept
        assert office.case_numbers() == [1001]

    def test_a_plain_copy_by_sqlite_can_be_restored(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        office.partner_writes("Transfers fail")
        copy = tmp_path / "plain.sqlite3"
        with closing(sqlite3.connect(state(office) / STORE_NAME)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        office.stop()
        assert "no keys" in terminal.ok("restore", str(copy))
        assert office.case_numbers() == [1001]

    @pytest.mark.parametrize("renames", range(5))
    def test_a_crash_anywhere_in_the_middle_is_finished_by_the_next_start(
        self, office: Office, terminal: Terminal, made: Path, monkeypatch: pytest.MonkeyPatch, renames: int
    ) -> None:
        """Killed after so many renames: either nothing has changed, or the next start has the whole backup. Never an empty store."""
        office.partner_writes("Another question", sender="ops@other.example")
        office.stop()
        (state(office) / f"{STORE_NAME}-wal").touch()  # as a killed daemon leaves it
        left = renames
        original = Path.rename

        def dying(path: Path, target: Path) -> Path:
            nonlocal left
            if path.parent == state(office) and path.name.startswith(STORE_NAME):
                left -= 1
                if left < 0:
                    raise _Killed
            return original(path, target)

        monkeypatch.setattr(Path, "rename", dying)
        with suppress(_Killed):
            terminal.run("restore", str(made), catch_exceptions=False)
        monkeypatch.undo()
        if restored_path(state(office)).exists():
            with pytest.raises(PermanentFailure, match="interrupted"):
                open_store(state(office))
        with open_store(state(office), create=True) as store:
            assert [stored.case.number for stored in cases.find(store)] == ([1001, 1002] if renames == 0 else [1001])

    def test_a_newer_store_is_refused_by_an_older_program(self, office: Office, terminal: Terminal) -> None:
        with office.store() as store, store.write():
            store.connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('triage', 'm9999_tomorrow')")
        result = terminal.run("cases")
        assert result.exit_code == 2
        assert "was made by a newer triage (it has m9999_tomorrow)" in result.stderr
        assert "install that version again" in result.stderr


class _Killed(BaseException):
    """No handler of the program catches it, as none catches `kill -9`."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can restore for somebody else")
def test_what_root_backs_up_and_restores_belongs_to_the_daemon(office: Office, terminal: Terminal) -> None:
    office.stop()
    for path in (state(office), *state(office).rglob("*")):
        os.chown(path, 1234, 1234)
    made = Path(terminal.lines("backup")[0]["file"])
    terminal.ok("restore", str(made))
    assert {path.name: path.stat().st_uid for path in (made.parent, made, state(office) / STORE_NAME)} == dict.fromkeys(
        ("backups", made.name, STORE_NAME), 1234
    )
