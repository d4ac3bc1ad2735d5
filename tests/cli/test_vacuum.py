"""`triage vacuum` and `triage db`: room given back beside the daemon, and a copy that nobody changes by mistake."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.store.tables import TABLES, columns


def _fill_and_empty(office: Office) -> None:
    for number in range(4):
        office.partner_writes(f"question {number}", "x" * 200_000, sender=f"p{number}@p{number}.example")
    with office.store() as store, store.write():
        store.connection.execute("DELETE FROM raw_messages")


def test_free_room_is_given_back_while_the_daemon_runs(office: Office, terminal: Terminal) -> None:
    _fill_and_empty(office)
    told = terminal.lines("vacuum")[0]
    assert told["after"] < told["before"] - 500_000
    assert told["free"] == 0
    office.partner_writes("And one more", sender="ops@more.example")
    assert len(office.case_numbers()) == 5


def test_it_stops_while_a_page_waits(office: Office, terminal: Terminal) -> None:
    _fill_and_empty(office)
    office.partner_writes("URGENT: all is down", sender="ops@down.example")
    result = terminal.run("vacuum")
    assert result.exit_code == 75
    assert "a page waits" in result.stderr


def test_full_wants_the_store_for_itself(office: Office, terminal: Terminal) -> None:
    assert terminal.run("vacuum", "--full").exit_code == 2
    office.stop()
    assert terminal.lines("vacuum", "--full")[0]["free"] == 0


def test_a_copy_can_be_read_and_not_written(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.partner_writes("Transfers fail")
    path = tmp_path / "copy.sqlite3"
    for _ in range(2):
        assert terminal.ok("db", str(path)).strip() == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as copy:
        assert copy.execute("SELECT number FROM cases").fetchall() == [(1001,)]


def test_a_copy_never_lies_over_the_store_or_over_anything_else(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    letter, other = tmp_path / "letter.txt", tmp_path / "other.sqlite3"
    letter.write_text("Dear Ana")
    letter.chmod(0o400)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    state_dir = office.config.instance.state_dir
    for path in (state_dir / "triage.sqlite3", state_dir / "new.sqlite3", letter, other):
        result = terminal.run("db", str(path))
        assert result.exit_code == 2, path
        assert str(path.name) in result.stderr
    assert letter.read_text() == "Dear Ana"
    assert office.case_numbers() == [1001]


def test_what_is_written_for_people_never_lies_over_a_database(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    store = str(office.config.instance.state_dir / "triage.sqlite3")
    for command in (("journal", "export", store), ("report", "--html", store)):
        result = terminal.run(*command)
        assert result.exit_code == 2, command
        assert "is a database" in result.stderr
    assert office.case_numbers() == [1001]


def test_every_table_is_described_and_nothing_else() -> None:
    assert set(columns()) == set(TABLES)
