"""Rig: Dovecot, a submission server and a page webhook, a proxy before each, the store on a small disk, and the service's files.

A context manager; at its end nothing is left: no process, no mount, no directory. Called by `run`.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chaos.disk import SmallDisk, why_no_small_disk
from chaos.letters import ADDRESS
from chaos.proxy import Proxy
from chaos.service import Service
from chaos.sinks import MailSink, PageSink
from tests.servers.dovecot import Dovecot

RULES = Path(__file__).parents[1] / "rules"

CONFIG = """
[instance]
address = "{address}"
team_domains = ["wise.example"]
state_dir = "{state}"
rules_dir = "rules"

[imap]
host = "localhost"
port = {imap}
ca_file = "{certificate}"
password_file = "password"
poll_every = "1s"
timeout = "5s"

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
timeout = "5s"

[cases]
reply_window = "{window}s"
remind_after = "off"

[web]
listen = "off"

[log]
level = "info"
"""

ONCALL = """
[[person]]
name = "ana"
[[person.contact]]
kind = "webhook"
url = "http://127.0.0.1:{pages}/"
timeout_s = 5
[[person.contact]]
kind = "email"
to = "ana@pager.example"

[rota.primary]
people = ["ana"]

[policy.emergency]
broadcast = ["ana"]
broadcast_at = "6h"
restart_every = "6h"
[[policy.emergency.level]]
at = "0s"
to = ["primary"]

[budgets]
mail = []

[storm]
partners = 1000
"""


class Rig:
    """`disk` is None where none can be mounted; the store is then an ordinary directory."""

    def __init__(self, dice: random.Random, window_s: int) -> None:
        self._dice = dice
        self._window_s = window_s
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.home = Path(tempfile.mkdtemp(prefix="triage-chaos-"))
            stack.callback(shutil.rmtree, self.home, ignore_errors=True)
            self.disk = None if why_no_small_disk() else stack.enter_context(SmallDisk(self.home / "disk"))
            self.state = (self.disk.where if self.disk else self.home) / "state"
            self.dovecot = stack.enter_context(Dovecot({ADDRESS: "secret"}))
            self.mails, self.pages = stack.enter_context(MailSink()), stack.enter_context(PageSink())
            self.imap = stack.enter_context(self._proxy(self.dovecot.imaps_port))
            self.smtp = stack.enter_context(self._proxy(self.mails.port, reach=4000, garbles_commands=False))
            self.webhook = stack.enter_context(self._proxy(self.pages.port, reach=2000, garbles_commands=False))
            self.service = Service(self._write_files(), self.home / "log")
            stack.callback(self.service.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        return self.imap, self.smtp, self.webhook

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """What the store says, read from beside the program and without its code. Raises sqlite3.OperationalError."""
        with closing(sqlite3.connect(f"file:{self.state / 'triage.sqlite3'}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(statement, values).fetchall()

    def rows_so_far(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """None while there is no store, while it is being made, migration by migration, and when a full disk keeps it from being read."""
        with suppress(sqlite3.OperationalError):
            return self.rows(statement, *values)
        return []

    def swept_at(self) -> str:
        """When every folder was last looked at completely; changes with every such look."""
        found: list[Any] = self.rows_so_far("SELECT min(swept_at) FROM folders")
        return str(found[0][0]) if found else ""

    def number_so_far(self, statement: str, *values: object) -> int:
        found: list[Any] = self.rows_so_far(statement, *values)
        return int(found[0][0]) if found else 0

    def _proxy(self, port: int, **settings: Any) -> Proxy:
        return Proxy(port, random.Random(self._dice.random()), **settings)

    def _write_files(self) -> Path:
        shutil.copytree(RULES, self.home / "rules")
        (self.home / "rules" / "oncall.toml").write_text(ONCALL.format(pages=self.webhook.port))
        (self.home / "password").write_text("secret\n")
        (self.home / "password").chmod(0o600)
        ports = {"imap": self.imap.port, "smtp": self.smtp.port}
        settings = {"address": ADDRESS, "certificate": self.dovecot.certificate, "window": self._window_s, "state": self.state}
        config = self.home / "config.toml"
        config.write_text(CONFIG.format(**settings, **ports))
        return config
