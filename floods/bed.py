"""A bed for a flood: a private Dovecot, an SMTP sink that pages go to as well, and `triage run` as a process of its own.

A context manager; at its end nothing is left: no process, no directory. Called by the table of floods and by tests of the integration run.
Mails are put into the Maildir as a mail server does it (written beside, then renamed into `new`), which is faster than any protocol.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.scenarios.office import ADDRESS, ONCALL, RULES, TEAM
from tests.servers.dovecot import Dovecot
from tests.servers.running import last_words, started
from triage.demo.smtp_sink import AcceptedMail, SmtpSink
from triage.store.database import open_store

PAGED = "ana@pager.example"

CONFIG = """
[instance]
name = "Wise partner support"
address = "{address}"
team_domains = ["wise.example"]
team_address = "{team}"
state_dir = "state"
rules_dir = "rules"

[imap]
host = "localhost"
port = {imap_port}
ca_file = "{certificate}"
username = "{address}"
password_file = "password"
poll_every = "{poll_every}"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"

[web]
listen = "off"

[log]
level = "warning"
"""


class Bed:
    """`answer` hears of every mail that goes out, in the sink's thread; what it returns comes in as mail."""

    def __init__(self, answer: Callable[[AcceptedMail], bytes | None] | None = None, *, poll_every: str = "5s") -> None:
        self._answer = answer
        self._poll_every = poll_every
        self.answers = answer is not None
        self._stack = ExitStack()
        self.sent_at: list[tuple[float, AcceptedMail]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self.dropped = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.directory = Path(tempfile.mkdtemp(prefix="triage-floods-"))
            stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
            self.state = self.directory / "state"
            self.dovecot = stack.enter_context(Dovecot({ADDRESS: "secret"}))
            self.smtp = stack.enter_context(SmtpSink(on_accept=self._heard))
            self._write_files()
            stack.callback(self._kill)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _write_files(self) -> None:
        shutil.copytree(RULES, self.directory / "rules")
        (self.directory / "rules" / "oncall.toml").write_text(ONCALL)
        (self.directory / "password").write_text("secret\n")
        (self.directory / "password").chmod(0o600)
        ports = {"imap_port": self.dovecot.imaps_port, "certificate": self.dovecot.certificate, "smtp_port": self.smtp.port}
        settings = {"address": ADDRESS, "team": TEAM, "poll_every": self._poll_every}
        self.config.write_text(CONFIG.format(**settings, **ports))

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, ready: bool = True) -> None:
        """Until it says that it is ready: a signal before that meets a process that has not asked for it yet."""
        self._process = started(self.config, ready=ready)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        status = self._process.wait(60)
        self._process = None
        return status

    def log(self) -> str:
        return last_words(self.directory / "log")

    def open_mailbox(self) -> None:
        """Makes the Maildir, which is there only after somebody has looked at it."""
        with self.dovecot.client() as client:
            client.select("INBOX")

    def drop(self, raw: bytes) -> None:
        """One mail into the intake folder; its server time is now."""
        maildir = self.dovecot.home / "mail" / ADDRESS / "Maildir"
        number = next(self._numbers)
        beside = maildir / "tmp" / f"{time.time():.6f}.F{number}.flood,S={len(raw)},W={len(raw)}"
        beside.write_bytes(raw)
        owner = maildir.stat()
        with suppress(PermissionError):
            os.chown(beside, owner.st_uid, owner.st_gid)
        beside.rename(maildir / "new" / beside.name)
        self.dropped = number

    def asked(self, statement: str, **values: object) -> list[Mapping[str, Any]]:
        """Rows of the store, read beside the daemon."""
        with open_store(self.state, reading=True) as store:
            return [dict(row) for row in store.connection.execute(statement, values)]

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _heard(self, mail: AcceptedMail) -> None:
        self.sent_at.append((time.monotonic(), mail))
        if self._answer is not None and (raw := self._answer(mail)) is not None:
            self.drop(raw)
