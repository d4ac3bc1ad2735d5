"""`triage run` as a process: signals, systemd, and the mistakes that end it before it begins."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.conftest import config_text
from tests.scenarios.office import make_config, open_office
from triage.core.failures import TriageError
from triage.daemon.status_line import MORE_TIME_US, StatusLine
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import SmtpSink
from triage.store import cases
from triage.store.database import open_store

PATIENCE_S = 30.0
MAIL = b"From: ops@acme.example\r\nTo: api@wise.example\r\nSubject: Hello\r\nMessage-ID: <1@acme.example>\r\n\r\nHello\r\n"


@dataclass
class Service:
    """A machine with a mail server and a `triage run` on it."""

    directory: Path
    imap: EmbeddedImap
    config: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", "run", "--config", str(self.config)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.processes.append(process)
        return process

    def change(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def case_numbers(self) -> list[int]:
        try:
            with open_store(self.directory / "state") as store:
                return [stored.case.number for stored in cases.find(store)]
        except TriageError:  # not made yet
            return []

    def refusal(self) -> str:
        """What a start that must fail says; its exit code must be 2."""
        process = self.start()
        _, error = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 2, error
        assert "Traceback" not in error
        return error


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with EmbeddedImap({"api": "secret"}) as imap, SmtpSink() as smtp:
        config = tmp_path / "config.toml"
        config.write_text(config_text(make_config(tmp_path, imap, smtp)))
        config.chmod(0o600)
        running = Service(tmp_path, imap, config)
        running.change("idle = false", 'idle = false\nstart_from = "all"')
        running.change('poll_every = "1h"', 'poll_every = "1s"')
        yield running
        for process in running.processes:
            process.kill()
            process.communicate(timeout=PATIENCE_S)


def eventually(happens: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if happens():
            return True
        time.sleep(0.05)
    return False


def line_with(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"it ended without saying {text!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_mail_becomes_a_case_and_a_signal_stops_it_cleanly(service: Service, number: int) -> None:
    service.imap.deliver(MAIL)
    process = service.start()
    assert eventually(lambda: service.case_numbers() == [1001])
    process.send_signal(number)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "stopped" in error.splitlines()[-1]
    assert "Hello" not in error, "no text of a mail in the log"


def test_sighup_reads_the_rules_again(service: Service) -> None:
    process = service.start()
    line_with(process, "started")
    process.send_signal(signal.SIGHUP)
    line_with(process, "rules-reloaded")


def test_systemd_hears_when_it_is_ready_what_it_does_and_when_it_stops(service: Service, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE_S)
        process = service.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        heard = []
        while "READY=1" not in heard:
            heard += listener.recv(4096).decode().splitlines()
        assert "STATUS=watching INBOX; 0 open cases" in heard
        process.terminate()
        while "STOPPING=1" not in heard:
            heard += listener.recv(4096).decode().splitlines()


def test_the_status_line_says_what_a_person_would_ask(service: Service, tmp_path: Path) -> None:
    """Told when it changes: a mail came, the mailbox is gone, the rule files have a mistake."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE_S)
        service.start(NOTIFY_SOCKET=str(tmp_path / "notify"))

        def wait_for(*texts: str) -> None:
            while True:
                line = next((each for each in listener.recv(4096).decode().splitlines() if each.startswith("STATUS=")), "")
                if all(text in line for text in texts):
                    return

        wait_for("watching INBOX; 0 open cases")
        service.imap.deliver(MAIL.replace(b"Subject: Hello", b"Subject: URGENT"))
        wait_for("watching INBOX; 1 open case, 1 page nobody has")
        (service.directory / "rules" / "20-mine.toml").write_text("[[rule]]\nnam = 1\n")
        wait_for("1 page nobody has; the rule files have a mistake")
        service.imap.stop_listening()
        service.imap.drop_connections()
        wait_for("mailbox unreachable since ", " UTC: ", "; 1 open case")


def test_a_reload_is_told_from_its_beginning_to_its_end(service: Service, tmp_path: Path) -> None:
    """As systemd's Type=notify-reload wants it: RELOADING with the monotonic time, READY when the rules were read."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE_S)
        process = service.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        while "READY=1" not in listener.recv(4096).decode().splitlines():
            pass
        before = time.monotonic_ns() // 1000
        process.send_signal(signal.SIGHUP)
        lines: list[str] = []
        while "READY=1" not in lines:
            lines += listener.recv(4096).decode().splitlines()
        assert lines.index("RELOADING=1") < lines.index("READY=1")
        (told,) = [line for line in lines if line.startswith("MONOTONIC_USEC=")]
        assert before <= int(told.partition("=")[2]) <= time.monotonic_ns() // 1000


def test_json_lines_in_the_log_when_they_are_asked_for(service: Service) -> None:
    service.config.write_text(service.config.read_text() + '\n[log]\nformat = "json"\n')
    assert line_with(service.start(), "started").startswith('{"level": "info", "event": "started"')


def test_a_second_daemon_on_the_same_store_refuses_to_start(service: Service) -> None:
    first = service.start()
    line_with(first, "started")
    assert f"another triage daemon (process {first.pid}) is running" in service.refusal()


def test_a_wrong_password_at_the_first_start_is_said_and_ends_it(service: Service) -> None:
    service.change('password = "secret"', 'password = "wrong"')
    assert "triage: " in service.refusal()


def test_an_unknown_folder_at_the_first_start_names_the_folders_there_are(service: Service) -> None:
    service.change('username = "api"', 'username = "api"\nintake = "Support"')
    error = service.refusal()
    assert "Support" in error or "folder" in error
    assert "INBOX" in error


def test_a_wrong_password_later_is_waited_out(service: Service) -> None:
    """Pages may be open: the service goes on without its mailbox."""
    process = service.start()
    assert eventually(lambda: (service.directory / "state" / "triage.sqlite3").exists())
    service.imap.deliver(MAIL)
    assert eventually(lambda: service.case_numbers() == [1001])
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    service.change('password = "secret"', 'password = "wrong"')
    process = service.start()
    line_with(process, "mailbox-lost")
    time.sleep(1.5)  # longer than it looks for a reason to give up
    assert process.poll() is None


def test_an_unreachable_server_at_the_first_start_is_waited_for(service: Service) -> None:
    service.imap.stop_listening()
    process = service.start()
    line_with(process, "mailbox-lost")
    service.imap.listen_again()
    line_with(process, "mailbox-back")


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("config.toml", "[instance]\nadress = 1\n", "config.toml:2:1"),
        ("rules/20-mine.toml", "[[rule]]\nnam = 1\n", "20-mine.toml:2:1"),
    ],
)
def test_a_broken_file_is_told_with_its_line(service: Service, file: str, text: str, told: str) -> None:
    (service.directory / file).write_text(text)
    assert told in service.refusal()


def test_a_state_directory_that_cannot_be_made_is_told(service: Service) -> None:
    (service.directory / "file").write_text("")
    service.change(str(service.directory / "state"), str(service.directory / "file" / "state"))
    assert "cannot write to the state directory" in service.refusal()


def test_a_second_signal_while_it_stops_ends_it_at_once(service: Service) -> None:
    """A mail server that takes a connection and says nothing keeps the first stop waiting for an answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = service.config.read_text()
        before, mark, smtp = text.partition("[smtp]")
        port = smtp.partition("port = ")[2].partition("\n")[0]
        service.config.write_text(before + mark + smtp.replace(f"port = {port}", f"port = {silent.getsockname()[1]}"))
        service.imap.deliver(MAIL)
        process = service.start()
        silent.settimeout(PATIENCE_S)
        connection, _ = silent.accept()
        with connection:
            process.terminate()
            time.sleep(1.0)  # stopping has begun and waits for the answer
            assert process.poll() is None
            process.terminate()
            assert process.wait(timeout=5.0) == 128 + signal.SIGTERM


def test_a_first_look_that_takes_long_is_given_time_while_it_gets_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd ends a start after 90 seconds; a mailbox of a hundred thousand mails takes longer."""
    with open_office(tmp_path) as office, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(0.2)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        office.start()
        assert office.daemon is not None
        with closing(StatusLine(office.daemon)) as status:
            status.ask_for_time()
            with pytest.raises(TimeoutError):
                listener.recv(4096)
            office.daemon.mailbox.progress_at = office.clock.now()  # as the mailbox's thread does with each batch of mails
            status.ask_for_time()
            status.ask_for_time()
            assert listener.recv(4096) == f"EXTEND_TIMEOUT_USEC={MORE_TIME_US}".encode()
            with pytest.raises(TimeoutError):
                listener.recv(4096)
