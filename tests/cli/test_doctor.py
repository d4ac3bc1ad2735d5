"""`triage doctor`: every common fault of a set-up is a sentence with a hint, and the safe ones can be mended."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import T0, Office
from tests.servers.http_sink import Reply
from tests.servers.http_sink_thread import running_sink
from tests.servers.scripted_imap import ScriptedImap
from triage.cli.checks.mailbox import certificate
from triage.cli.checks.table import CHECKS
from triage.demo.smtp_sink import SmtpSink, Treatment
from triage.shipped import rules_dir
from triage.store.database import STORE_NAME

Line = dict[str, str]
WEB = '[web]\nlisten = "off"'


def lines(terminal: Terminal, *arguments: str, code: int, check: str = "") -> list[Line]:
    found = terminal.lines("doctor", *arguments, code=code)
    return [line for line in found if not check or line["check"] == check]


def only(found: list[Line]) -> tuple[str, str]:
    (line,) = found
    return line["result"], line["text"]


def change(terminal: Terminal, old: str, new: str) -> None:
    text = terminal.config.read_text()
    assert old in text
    terminal.config.write_text(text.replace(old, new, 1))


def add(terminal: Terminal, text: str) -> None:
    terminal.config.write_text(f"{terminal.config.read_text()}\n{text}\n")


@pytest.fixture
def terminal(office: Office) -> Terminal:
    """The office's daemon serves nothing over HTTP."""
    machine = Terminal(write_config(office), office.clock)
    add(machine, WEB)
    return machine


@pytest.fixture
def nowhere(office: Office) -> Iterator[int]:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield port


# --- the whole -----------------------------------------------------------------------------------------------------------


def test_a_good_set_up_is_exit_0(office: Office, terminal: Terminal) -> None:
    printed = terminal.run("doctor")
    assert printed.exit_code == 0, printed.output
    for text in ("ok      imap ", "ok      smtp ", "ok      modes ", "ok      store ", "ok      dns ", "ok      contacts "):
        assert text in printed.stdout


def test_whatever_is_not_well_comes_with_what_to_do(office: Office, terminal: Terminal, nowhere: int) -> None:
    office.imap.stop_listening()
    change(terminal, f"port = {office.smtp.port}", f"port = {nowhere}")
    change(terminal, WEB, f'[web]\nlisten = "127.0.0.1:{nowhere}"')
    add(terminal, '[deadman]\nurl = "https://nobody.invalid/ping"')
    found = lines(terminal, code=1)
    assert {"imap", "smtp", "deadman", "web", "dns"} <= {line["check"] for line in found if line["result"] == "failed"}
    assert [line for line in found if line["result"] != "ok" and not line["hint"]] == []


def test_the_last_line_counts(office: Office, terminal: Terminal) -> None:
    office.imap.stop_listening()
    assert re.search(r"^1 failed, \d+ warnings?$", terminal.run("doctor").stdout, re.MULTILINE)


def test_offline_asks_nobody(office: Office, terminal: Terminal) -> None:
    office.imap.stop_listening()
    assert {"imap", "smtp", "dns", "web"} & {line["check"] for line in lines(terminal, "--offline", code=0)} == set()


def test_check_runs_the_quick_ones_of_the_same_table(office: Office, terminal: Terminal) -> None:
    quick = [line["check"] for line in terminal.lines("check")]
    assert [line["check"] for line in lines(terminal, code=0) if line["check"] in quick] == quick
    assert 5 < sum(check.quick for check in CHECKS) < len(CHECKS)


def test_a_broken_configuration_is_exit_2(terminal: Terminal) -> None:
    terminal.config.write_text("[imap]\nport = 'many'\n")
    assert terminal.run("doctor").exit_code == 2


def test_the_examples_of_the_shipped_rules_reach_nobody(office: Office, terminal: Terminal) -> None:
    shutil.copy(rules_dir() / "oncall.toml", office.config.instance.rules_dir / "oncall.toml")
    (said,) = [line for line in lines(terminal, "--offline", code=1) if line["result"] == "failed"]
    assert (said["check"], said["text"]) == ("on-call", "example, email (email): its address is an example and reaches nobody")
    assert "put your own people into " in said["hint"]


def test_a_file_in_the_place_of_the_state_directory(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    text = terminal.config.read_text()
    terminal.config.write_text(re.sub(r'state_dir = "[^"]*"', f'state_dir = "{tmp_path / "a-file"}"', text))
    assert ("failed", f"{tmp_path / 'a-file'} is no directory") == only(lines(terminal, "--offline", code=1, check="state"))


# --- names and servers ---------------------------------------------------------------------------------------------------


def test_a_name_that_does_not_resolve(office: Office, terminal: Terminal) -> None:
    before, mark, smtp = terminal.config.read_text().partition("[smtp]")
    smtp = smtp.replace(office.config.smtp.server.host, "smtp.nowhere.invalid").replace('security = "none"', 'security = "tls"')
    terminal.config.write_text(before + mark + smtp)
    assert only(lines(terminal, code=1, check="dns")) == ("failed", "the name smtp.nowhere.invalid cannot be resolved")
    assert lines(terminal, code=1, check="smtp")[0]["result"] == "failed"


def test_a_wrong_smtp_password_is_found(office: Office, terminal: Terminal) -> None:
    with SmtpSink(users={"api": "right"}) as refusing:
        text = terminal.config.read_text()
        before, mark, smtp = text.partition("[smtp]")
        smtp = smtp.replace(f"port = {office.smtp.port}", f'port = {refusing.port}\nusername = "api"\npassword = "wrong"')
        terminal.config.write_text(before + mark + smtp)
        (line,) = lines(terminal, code=1, check="smtp")
    assert line["result"] == "failed"
    assert "refused the login of api" in line["text"]
    assert line["hint"].startswith("check [smtp] username and password")


@pytest.mark.parametrize(("line", "told"), [("", 1), ("per_minute = 60", 1), ("per_minute = 30", 0)])
def test_microsofts_mails_a_minute(office: Office, terminal: Terminal, line: str, told: int) -> None:
    text = terminal.config.read_text()
    server = re.compile(r"(?s)\[smtp\]\n.*?(?=\n\[|\Z)")
    new = f'[smtp]\nhost = "smtp.office365.com"\nsecurity = "starttls"\n{line}\n'
    terminal.config.write_text(server.sub(lambda _: new, text))
    found = lines(terminal, "--offline", code=0, check="pace")
    assert [(one["result"], "per_minute = 30" in one["hint"]) for one in found] == [("warning", True)] * told


def test_a_server_that_has_asked_to_slow_down(office: Office, terminal: Terminal) -> None:
    office.smtp.treat = lambda _recipient: Treatment.SLOW_DOWN
    office.partner_writes("Transfers fail")
    (found,) = lines(terminal, "--offline", code=0, check="pace")
    assert found["text"] == "the submission server has asked to slow down; receipts wait until 09:01 UTC"


@pytest.mark.parametrize(("used", "result"), [(10, "ok"), (85, "warning"), (99, "failed")])
def test_a_mailbox_that_fills_up(office: Office, terminal: Terminal, used: int, result: str) -> None:
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE QUOTA\r\n{tag} OK done\r\n",
        "LOGIN": b"{tag} OK [CAPABILITY IMAP4rev1 IDLE QUOTA] welcome\r\n",
        "GETQUOTAROOT": b'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE %d 100)\r\n{tag} OK done\r\n' % used,
    }
    with ScriptedImap(answers) as imap:
        change(terminal, f"port = {office.imap.port}", f"port = {imap.server().port}")
        told = only(lines(terminal, code=int(result == "failed"), check="quota"))
    assert told == (result, f"{used}% of the mailbox's storage are used")


def test_a_server_that_offers_quotas_and_refuses_to_tell(office: Office, terminal: Terminal) -> None:
    answers = {"LOGIN": b"{tag} OK [CAPABILITY IMAP4rev1 QUOTA] welcome\r\n", "GETQUOTAROOT": b"{tag} NO not for you\r\n"}
    with ScriptedImap(answers) as imap:
        change(terminal, f"port = {office.imap.port}", f"port = {imap.server().port}")
        assert lines(terminal, code=0, check="quota") == []


@pytest.mark.parametrize(("days", "told"), [(30, 0), (13, 1), (-1, 1)])
def test_a_certificate_is_told_of_two_weeks_before_its_end(days: int, told: int) -> None:
    found = list(certificate("imap", "imap.example.com:993", T0 + timedelta(days=days), T0))
    assert len(found) == told
    assert all("the certificate of imap.example.com:993 ends" in finding.text for finding in found)


# --- the web, the dead-man's switch, the clock ---------------------------------------------------------------------------


def test_a_port_that_another_program_has(office: Office, terminal: Terminal) -> None:
    office.stop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        change(terminal, WEB, f'[web]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"')
        result, text = only(lines(terminal, code=1, check="web"))
    assert (result, "is taken by another program" in text) == ("failed", True)
    assert only(lines(terminal, code=0, check="web"))[1].endswith("is free for the daemon")


def test_a_daemon_that_runs_and_does_not_answer(office: Office, terminal: Terminal, nowhere: int) -> None:
    change(terminal, WEB, f'[web]\nlisten = "127.0.0.1:{nowhere}"')
    result, text = only(lines(terminal, code=1, check="web"))
    assert (result, text.startswith("the daemon runs, and ")) == ("failed", True)


@pytest.mark.parametrize(("status", "result"), [(200, "ok"), (503, "ok"), (502, "failed")])
def test_a_proxy_that_has_nobody_behind_it(office: Office, terminal: Terminal, status: int, result: str) -> None:
    with running_sink(Reply(status)) as sink:
        change(terminal, WEB, f'[web]\nlisten = "off"\npublic_url = "{sink.url}"')
        assert lines(terminal, code=int(result == "failed"), check="web")[0]["result"] == result


def test_the_dead_mans_switch_is_not_told_that_all_is_well(office: Office, terminal: Terminal) -> None:
    """Its host is asked, its address is not: a ping by hand would hide that the daemon is silent."""
    with running_sink() as sink:
        add(terminal, f'[deadman]\nurl = "{sink.url}/0b1c-secret"')
        assert lines(terminal, code=0, check="deadman")[0]["result"] == "ok"
        assert [request.path for request in sink.requests] == ["/"]
        assert "0b1c-secret" not in terminal.run("doctor").output


@pytest.mark.parametrize(("ahead", "result"), [(2, "ok"), (120, "warning"), (-1000, "failed")])
def test_a_clock_that_is_off(office: Office, terminal: Terminal, ahead: int, result: str) -> None:
    date = format_datetime(T0 + timedelta(seconds=ahead), usegmt=True)
    with running_sink(Reply(headers={"Date": date})) as sink:
        add(terminal, f'[statuspage]\nurl = "{sink.url}"')
        (line,) = lines(terminal, code=int(result == "failed"), check="clock")
    assert line["result"] == result
    assert ("behind" in line["text"], "ahead of" in line["text"]) == (ahead == 120, ahead == -1000)


# --- contacts ------------------------------------------------------------------------------------------------------------

CONTACTS = {
    "program": 'kind = "command"\ncommand = "/nowhere/send-sms"',
    "secret": 'kind = "webhook"\nurl = "file:/nowhere/hook"',
    "service": 'kind = "ntfy"\ntopic = "triage"\nbase_url = "http://127.0.0.1:{nowhere}"',
}


@pytest.mark.parametrize("what", CONTACTS)
def test_a_contact_that_could_not_be_used(office: Office, terminal: Terminal, nowhere: int, what: str) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    contact = CONTACTS[what].replace("{nowhere}", str(nowhere))
    path.write_text(path.read_text().replace('name = "bo"\n', f'name = "bo"\n[[person.contact]]\nname = "second"\n{contact}\n', 1))
    result, text = only(lines(terminal, code=1, check="contacts"))
    assert (result, text.startswith("bo, second (")) == ("failed", True)


# --- files ---------------------------------------------------------------------------------------------------------------


def test_files_that_everybody_can_read_are_closed(office: Office, terminal: Terminal) -> None:
    store = office.config.instance.state_dir / STORE_NAME
    store.chmod(0o644)
    assert only(lines(terminal, "--offline", code=0, check="modes"))[0] == "warning"
    assert "1 fault can be mended by: triage doctor --fix" in terminal.ok("doctor", "--offline")
    assert only(lines(terminal, "--offline", "--fix", code=0, check="modes"))[0] == "fixed"
    assert stat.S_IMODE(store.stat().st_mode) == 0o640
    assert only(lines(terminal, "--offline", code=0, check="modes"))[0] == "ok"


def test_rules_that_everybody_can_change_fail_until_they_are_closed(office: Office, terminal: Terminal) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    path.chmod(0o666)
    assert only(lines(terminal, "--offline", code=1, check="modes"))[0] == "failed"
    assert only(lines(terminal, "--offline", "--fix", code=0, check="modes"))[0] == "fixed"
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def test_a_secret_that_everybody_can_read_is_closed_where_the_daemon_keeps_it(office: Office, terminal: Terminal) -> None:
    terminal.config.chmod(0o644)
    assert only(lines(terminal, "--offline", "--fix", code=0, check="modes"))[0] == "fixed"
    assert stat.S_IMODE(terminal.config.stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_left_in_the_state_directory_is_given_to_the_daemon(office: Office, terminal: Terminal) -> None:
    state = office.config.instance.state_dir
    office.stop()
    for path in (state, *state.rglob("*")):
        os.chown(path, 1234, 1234)
    os.chown(state / STORE_NAME, 0, 0)
    found = lines(terminal, "--offline", code=1, check="modes")
    assert "the daemon, as 1234, may not be able to use it" in found[0]["text"]
    lines(terminal, "--offline", "--fix", code=1)  # the daemon cannot read the test's own directories, which nobody mends for it
    assert (state / STORE_NAME).stat().st_uid == 1234


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else than the daemon")
def test_rules_that_the_daemon_cannot_read(office: Office, terminal: Terminal) -> None:
    state = office.config.instance.state_dir
    office.stop()
    for path in (state, *state.rglob("*")):
        os.chown(path, 1234, 1234)
    path = office.config.instance.rules_dir / "oncall.toml"
    path.chmod(0o600)
    told = [line["text"] for line in lines(terminal, "--offline", code=1, check="modes")]
    assert f"the daemon, as user 1234, cannot read {path}" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root makes no directory that the daemon could not use")
def test_a_missing_state_directory_is_made(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.stop()
    change(terminal, str(office.config.instance.state_dir), str(tmp_path / "new"))
    assert only(lines(terminal, "--offline", "--fix", code=0, check="state"))[0] == "fixed"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_backups(office: Office, terminal: Terminal) -> None:
    assert only(lines(terminal, "--offline", code=0, check="backup"))[0] == "warning"
    terminal.ok("backup")
    assert only(lines(terminal, "--offline", code=0, check="backup"))[0] == "ok"
    terminal.clock.push(timedelta(days=3))
    assert "3 days ago" in only(lines(terminal, "--offline", code=0, check="backup"))[1]


# --- the service ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that runs systemd: its directory, and a `systemctl` that says what a file says."""
    monkeypatch.setattr("triage.adapters.systemd.RUNNING", tmp_path)
    said = tmp_path / "said"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("systemctl", "timedatectl"):
        (programs / name).write_text(f"#!/bin/sh\ncat {said}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return said


WELL = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nWatchdogUSec=5min\nNRestarts=0\nResult=success\nMainPID=0\n"


@pytest.mark.parametrize(
    ("instead", "result", "text"),
    [
        ("", "ok", "triage.service is active, watchdog 5min"),
        ("LoadState=not-found", "warning", "systemd knows no triage.service"),
        ("ActiveState=failed", "failed", "triage.service is failed (success)"),
        ("UnitFileState=disabled", "warning", "would not start at boot"),
        ("WatchdogUSec=0", "warning", "would not notice that the daemon hangs"),
        ("NRestarts=7", "warning", "has started it again 7 times"),
        ("MainPID=1", "warning", "is not the service's (1)"),
    ],
)
def test_how_systemd_has_it(office: Office, terminal: Terminal, systemd: Path, instead: str, result: str, text: str) -> None:
    key = instead.partition("=")[0]
    systemd.write_text("".join(f"{instead if instead and line.startswith(f'{key}=') else line}\n" for line in WELL.splitlines()))
    found = lines(terminal, "--offline", code=int(result == "failed"))
    told = [line for line in found if line["check"] in {"service", "watchdog"} and text in line["text"]]
    assert [line["result"] for line in told] == [result]


def test_a_clock_that_nobody_keeps(office: Office, terminal: Terminal, systemd: Path) -> None:
    systemd.write_text(f"{WELL}NTPSynchronized=no\n")
    assert ("warning", "nothing keeps this machine's clock") in [
        (line["result"], line["text"]) for line in lines(terminal, code=0, check="clock")
    ]


def test_the_daemons_own_audit_is_told(office: Office, terminal: Terminal) -> None:
    office.stop()
    office.audited = True
    office.start()
    office.wait(minutes=2)
    (first, *_) = lines(terminal, "--offline", code=0, check="audit")
    assert (first["result"], "one contact method only" in first["text"]) == ("warning", True)


def test_a_daemon_that_does_not_look_after_itself_any_more(office: Office, terminal: Terminal) -> None:
    terminal.clock.push(timedelta(minutes=10))
    assert "has not looked after itself" in lines(terminal, "--offline", code=0, check="audit")[0]["text"]
