"""`triage check`: one line a check, and an exit code that a script can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import Office


def results(terminal: Terminal, *arguments: str, code: int) -> dict[str, str]:
    return {line["check"]: line["result"] for line in terminal.lines("check", *arguments, code=code)}


def test_a_good_set_up_is_exit_0_and_says_what_it_found(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    printed = terminal.ok("check")
    for text in (
        "ok      rules     ",
        "ok      state     ",
        "ok      daemon    is running (process ",
        "ok      imap      logged in to 127.0.0.1:",
        "ok      intake    INBOX holds 1 message",
        "ok      folders   INBOX, Sent",
        "ok      sent      team replies are read from Sent (found by itself)",
        "ok      smtp      127.0.0.1:",
        "warning on-call   primary: ana by mail (email); one contact method only",
    ):
        if text.startswith("ok      rules"):
            text = text.replace("ok     ", "warning")  # the example people have one contact each
        assert text in printed


def test_nothing_is_sent_and_nothing_is_made(office: Office, terminal: Terminal) -> None:
    office.stop()
    before = sorted(path.name for path in office.config.instance.state_dir.iterdir())
    assert results(terminal, code=0)["daemon"] == "warning"
    assert sorted(path.name for path in office.config.instance.state_dir.iterdir()) == before
    assert office.outgoing() == []


def test_a_notice_without_a_file_is_noted(office: Office, terminal: Terminal) -> None:
    assert "notices/" not in terminal.ok("check", "--offline")
    (office.config.instance.rules_dir / "notices" / "closed.txt").unlink()
    printed = terminal.ok("check", "--offline")
    assert "ok      notices   closed.txt is not in notices/: the text that triage comes with is sent" in printed


def test_a_wrong_password_fails_with_exit_1_and_the_rest_is_looked_at(office: Office, terminal: Terminal) -> None:
    write_config(office, password="wrong")
    found = results(terminal, code=1)
    assert (found["imap"], found["smtp"]) == ("failed", "ok")
    assert "FAILED  imap" in terminal.run("check").stdout


def test_servers_that_are_not_there_fail_with_a_hint(office: Office, terminal: Terminal) -> None:
    office.imap.stop_listening()
    office.smtp.stop_listening()
    lines = {line["check"]: line for line in terminal.lines("check", code=1)}
    assert (lines["imap"]["result"], lines["smtp"]["result"]) == ("failed", "failed")
    assert lines["imap"]["hint"]


def test_rules_that_ask_for_incidents_need_an_address(office: Office, terminal: Terminal) -> None:
    assert "incidents" not in results(terminal, "--offline", code=0)
    rule = '[[rule]]\nname = "outage"\nwhen = { subject.contains = "outage" }\nthen = { incident = true }\n'
    (office.config.instance.rules_dir / "60-incident.toml").write_text(rule)
    assert "no address to open incidents at, and rules ask for them: outage" in terminal.ok("check", "--offline")
    terminal.config.write_text(terminal.config.read_text() + '[incidents]\nurl = "https://incidents.example.com/hook"\n')
    assert "incidents" not in results(terminal, "--offline", code=0)


def test_offline_leaves_the_servers_out(office: Office, terminal: Terminal) -> None:
    office.imap.stop_listening()
    assert "imap" not in results(terminal, "--offline", code=0)


def test_an_unknown_folder_fails(office: Office, terminal: Terminal) -> None:
    text = terminal.config.read_text()
    terminal.config.write_text(text.replace('username = "api"', 'username = "api"\nintake = "Support"'))
    assert results(terminal, code=1)["imap"] == "failed"
    terminal.config.write_text(text.replace('username = "api"', 'username = "api"\nsent = "Outgoing"'))
    assert results(terminal, code=1)["sent"] == "failed"


def test_a_broken_configuration_is_exit_2_with_every_problem(terminal: Terminal) -> None:
    terminal.config.write_text("[instance]\nadress = 'x'\n[imap]\nport = 'many'\n")
    result = terminal.run("check")
    assert result.exit_code == 2
    assert "config.toml:2:1" in result.stderr
    assert "config.toml:4:" in result.stderr


def test_broken_rules_are_exit_2_and_the_rest_is_looked_at(office: Office, terminal: Terminal) -> None:
    (office.config.instance.rules_dir / "20-mine.toml").write_text("[[rule]]\nnam = 1\n")
    result = terminal.run("check")
    assert result.exit_code == 2
    assert "20-mine.toml:2:1" in result.stderr
    assert "ok      imap" in result.stdout


def test_warnings_are_shown_and_are_no_failure(office: Office, terminal: Terminal) -> None:
    terminal.config.chmod(0o644)
    result = terminal.run("check", "--offline")
    assert result.exit_code == 0
    assert "secret" in result.stderr
    assert "warning config" in result.stdout


def test_a_state_directory_that_is_not_there_yet_is_fine(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.stop()
    text = terminal.config.read_text()
    terminal.config.write_text(text.replace(str(office.config.instance.state_dir), str(tmp_path / "new" / "state")))
    assert "the first start makes it" in terminal.ok("check", "--offline")
    assert not (tmp_path / "new").exists()


def test_a_store_that_is_no_database_fails_with_exit_1(office: Office, terminal: Terminal) -> None:
    office.stop()
    (office.config.instance.state_dir / "triage.sqlite3").write_bytes(b"this is no database, and it is long enough to be told" * 50)
    for path in office.config.instance.state_dir.glob("*.sqlite3-*"):
        path.unlink()
    assert results(terminal, "--offline", code=1)["state"] == "failed"


def test_a_gap_in_the_rota_fails(office: Office, terminal: Terminal) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    path.write_text(path.read_text() + '\n[[away]]\nperson = "ana"\nfrom = 2026-11-20\nuntil = 2026-11-30\n')
    lines = [line for line in terminal.lines("check", "--offline", code=1) if line["result"] == "failed"]
    assert [(line["check"], line["text"]) for line in lines] == [("on-call", "primary: nobody can be reached now")]


@pytest.mark.parametrize("key", ["team_domains", "trusted_authserv", "team_address"])
def test_what_is_missing_is_said(terminal: Terminal, key: str) -> None:
    text = "\n".join(line for line in terminal.config.read_text().splitlines() if not line.startswith(key))
    terminal.config.write_text(text)
    assert f"[instance] {key}" in terminal.ok("check", "--offline")
