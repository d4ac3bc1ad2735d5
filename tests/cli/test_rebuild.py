"""`triage rebuild` and `triage journal export` as an operator types them: lose the store, make it again, put it in place."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office


def test_a_lost_store_is_made_again_and_put_in_place(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    question = office.partner_writes("URGENT: payouts are down")
    office.partner_writes("Sandbox question")
    terminal.ok("case", "1002", "assign", "bo")
    office.team_replies("Re: URGENT: payouts are down", answers=question)
    office.outgoing()
    office.wait(minutes=1)
    exported = tmp_path / "journal.jsonl"
    assert "1 line" in terminal.ok("journal", "export", str(exported))
    assert exported.stat().st_mode & 0o777 == 0o600
    office.stop()
    state_dir = office.config.instance.state_dir
    for name in ("triage.sqlite3", "triage.sqlite3-wal", "triage.sqlite3-shm"):
        (state_dir / name).rename(tmp_path / name) if (state_dir / name).exists() else None
    target = tmp_path / "rebuilt.sqlite3"
    said = terminal.ok("rebuild", "--to", str(target), "--journal", str(exported), "--compare", str(tmp_path / "triage.sqlite3"))
    assert "2 cases from 3 messages" not in said  # our own mails in Sent are messages, too
    assert "#1001  Severity 1  pending" in said
    assert "all 2 cases of the old store came back as they were" in said
    assert f"triage restore {target}" in said.replace("\n", "")
    assert target.stat().st_mode & 0o777 == 0o600
    terminal.ok("restore", str(target))
    office.start()
    assert office.case(1002).assigned_to == "bo"
    assert office.notices() == []


def test_what_did_not_come_back_is_listed_with_exit_code_1(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    terminal.ok("case", "1001", "severity", "2")
    lost = office.config.instance.state_dir / "triage.sqlite3"
    result = terminal.run("rebuild", "--to", str(tmp_path / "rebuilt.sqlite3"), "--compare", str(lost), "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["differences"] == [{"number": 1001, "what": "severity", "lost": "2", "rebuilt": "3"}]
    assert (found["cases"], found["numbers_told"]) == (1, 1)


def test_what_did_not_come_back_is_told_by_what_it_is_and_how_it_would(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    for number in range(1, 5):
        office.partner_writes(f"Question {number}")
        terminal.ok("case", str(1000 + number), "assign", "bo")
    terminal.ok("case", "1002", "note", "they call again at noon")
    office.outgoing()
    lost = office.config.instance.state_dir / "triage.sqlite3"
    said = terminal.run("rebuild", "--to", str(tmp_path / "rebuilt.sqlite3"), "--compare", str(lost)).stdout
    told = [" ".join(line.split()) for line in said.partition("compared with")[2].splitlines()]
    assert told[0].endswith("4 cases: 4 would not come back as they were")
    assert told[2:7] == [
        "assigned to 4 #1001 bo > nobody",
        "#1002 bo > nobody",
        "#1003 bo > nobody",
        "and 1 more: --json has them all",
        "notes 1 #1002 ana: they call again at noon > none more",
    ]
    assert told[7].startswith("5 things in the old store were done by hand: `triage journal export FILE`")


def test_mail_that_came_after_the_last_sign_of_life_is_told_with_the_option_that_leaves_it_to_the_daemon(
    office: Office, terminal: Terminal, tmp_path: Path
) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    office.stop()
    office.leap(minutes=10)
    office.partner_writes("URGENT: payouts are down")
    said = " ".join(terminal.ok("rebuild", "--to", str(tmp_path / "rebuilt.sqlite3")).split())
    assert "1 message came after it. To have the daemon answer and page for them: --until 2026-11-23T09:00:01" in said


def test_a_file_that_is_there_is_refused(office: Office, terminal: Terminal) -> None:
    store = office.config.instance.state_dir / "triage.sqlite3"
    before = store.stat().st_size
    result = terminal.run("rebuild", "--to", str(store))
    assert result.exit_code == 2
    assert "nothing is ever written over a store" in result.output
    assert store.stat().st_size == before


def test_a_file_that_is_no_export_is_refused_with_its_line(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    broken = tmp_path / "journal.jsonl"
    broken.write_text('{"case": 1}\n')
    result = terminal.run("rebuild", "--to", str(tmp_path / "new.sqlite3"), "--journal", str(broken))
    assert result.exit_code == 2
    assert "line 1" in result.output
    assert not (tmp_path / "new.sqlite3").exists()
