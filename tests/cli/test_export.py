"""`triage export N`: what leaves the store, for whom, and where it can be read."""

from __future__ import annotations

import json
import mailbox
import stat
import tarfile
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import ADDRESS, Office
from triage.store import ledger

TOKEN = "Bearer abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def told(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A question with a secret and an attachment whose name would like to be elsewhere, an answer, a comment within the team, a note."""
    monkeypatch.chdir(tmp_path)
    mail = message_from_bytes(
        office.mail("ops@acme.example", ADDRESS, "Transfers fail", f"From here on it fails\n{TOKEN}"), policy=policy.SMTP
    )
    mail.add_attachment(b"x", "application", "octet-stream", filename="../../etc/passwd")  # type: ignore[attr-defined]
    question = office.arrives(mail.as_bytes())
    office.team_replies("Re: Transfers fail", answers=question)
    office.arrives(office.mail("bo@wise.example", ADDRESS, "Re: [#1001] Transfers fail", "an inner thought", answers=question), "Sent")
    return office


def exported(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((path / "case.json").read_text())
    return value


def test_participants_may_read_all_of_it(told: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "note", "a secret plan")
    assert terminal.ok("export", "1001") == "case-1001: 3 messages, masked\n"
    text = "".join(path.read_text() for path in Path("case-1001").iterdir())
    for inner in (TOKEN, "an inner thought", "a secret plan", "assigned_to", "ruleset"):
        assert inner not in text
    case = exported(Path("case-1001"))
    assert [message["author"] for message in case["messages"]] == ["ops@acme.example", ADDRESS, ADDRESS]
    assert [notice["notice"] for notice in case["notices"]] == ["receipt"]


def test_internal_has_everything(told: Office, terminal: Terminal) -> None:
    terminal.ok("export", "1001", "--internal")
    case = exported(Path("case-1001"))
    assert {"timeline", "pages", "deliveries", "known"} <= set(case)
    assert len(mailbox.mbox("case-1001/messages.mbox")) == 4


def test_raw_mails_are_those_that_came(told: Office, terminal: Terminal) -> None:
    terminal.ok("export", "1001", "--raw")
    first = mailbox.mbox("case-1001/messages.mbox")[0]
    assert TOKEN in first.as_string()
    with told.store() as store:
        raw = ledger.raw(store, ledger.of_case(store, 1001)[0].id)
    inside = Path("case-1001/messages.mbox").read_bytes().partition(b"\n")[2]
    assert inside.replace(b"\n>From here", b"\nFrom here").startswith(raw.replace(b"\r\n", b"\n"))


def test_no_name_from_a_mail_becomes_a_file(told: Office, terminal: Terminal) -> None:
    terminal.ok("export", "1001", "--raw", "--internal")
    assert {path.name for path in Path("case-1001").rglob("*")} == {"case.json", "messages.mbox"}


def test_files_are_for_their_owner_only(told: Office, terminal: Terminal) -> None:
    terminal.ok("export", "1001")
    terminal.ok("export", "1001", "--to", "one.tar")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (Path("case-1001"), *Path("case-1001").iterdir(), Path("one.tar"))}
    assert modes == {"case-1001": 0o700, "case.json": 0o600, "messages.mbox": 0o600, "one.tar": 0o600}
    with tarfile.open("one.tar") as tar:
        assert [(one.name, one.mode) for one in tar] == [("one/case.json", 0o600), ("one/messages.mbox", 0o600)]


def test_nothing_is_written_over(told: Office, terminal: Terminal) -> None:
    Path("case-1001").symlink_to("/nowhere")
    result = terminal.run("export", "1001")
    assert (result.exit_code, "is there already" in result.stderr) == (2, True)
    assert terminal.run("export", "1001", "--to", "no/such/place").exit_code == 2
    assert [path for path in Path().iterdir() if path.name.startswith(".triage-export")] == []


def test_who_exported_what_is_in_the_timeline(told: Office, terminal: Terminal) -> None:
    terminal.ok("export", "1001", "--raw", "--as", "bo", "--why", "for the auditors")
    entry = told.journal(1001)[-1]
    assert (entry.reason, entry.actor, entry.detail) == ("exported", "bo", "as it came: for the auditors")


def test_bytes_that_are_not_kept_are_told(told: Office, terminal: Terminal) -> None:
    with told.store() as store, store.write():
        gone = ledger.of_case(store, 1001)[0].id
        ledger.drop_raw(store, gone)
    [done] = terminal.lines("export", "1001", "--raw")
    assert done["without_bytes"] == [gone]
    assert TOKEN not in Path("case-1001/messages.mbox").read_text()
    assert "From here on" in Path("case-1001/messages.mbox").read_text()


def test_a_hostile_mail_stays_one_mail(office: Office, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    office.partner_writes("Hello\tthere", "one\n\nFrom evil@x Mon Nov 23 09:00:00 2026\nSubject: two\n\n\x00\x1b[31m \N{SNOWMAN}")
    for options in ((), ("--raw",)):
        path = f"out{len(options)}"
        terminal.ok("export", "1001", "--to", path, *options)
        assert len(mailbox.mbox(f"{path}/messages.mbox")) == 2  # the mail and our receipt
