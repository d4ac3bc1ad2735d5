"""Place: a private Dovecot with as many copies of the benchmark's mailbox as runs ask for, and a directory that is gone afterwards.

A mailbox is written into Dovecot's Maildir once and hard-linked for every run, so that no run finds what another one has left.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.mails import ADDRESS, stream
from tests.servers.dovecot import Dovecot
from triage.shipped import rules_dir

RUNS = 100
PASSWORD = "secret"

# TLS would be measured on both sides alike and tells nothing about either.
_CONFIG = """
[instance]
name = "Bench"
address = "{address}"
team_domains = ["wise.example"]
state_dir = "state"
rules_dir = "rules"

[imap]
host = "127.0.0.1"
port = {imap_port}
security = "none"
username = "{user}"
password_file = "password"
start_from = "all"
{imap}

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"

[web]
listen = "127.0.0.1:{web_port}"
public_url = "http://127.0.0.1:{web_port}"

[log]
level = "warning"
"""

_ONCALL = """
[[person]]
name = "ana"
display = "Ana"
zone = "UTC"

[[person.contact]]
kind = "webhook"
url = "{page_url}"

[rota.primary]
people = ["ana"]

[policy.emergency]
tell_partner = false
[[policy.emergency.level]]
at = "0s"
to = ["primary"]

[budgets]
per_author = "1000/h"

{storm}
"""
_NO_STORM = "[storm]\npartners = 1000\n"
"""Every urgent mail has a page of its own to be measured by."""


@dataclass(frozen=True, slots=True)
class Ports:
    smtp: int
    web: int
    imap: int


@dataclass
class Place:
    directory: Path
    dovecot: Dovecot
    _runs: Iterator[int] = field(default_factory=lambda: iter(range(RUNS)))

    def mailbox(self, count: int) -> str:
        """A user of Dovecot whose INBOX holds `count` mails."""
        user = f"run{next(self._runs)}@wise.example"
        inbox = self.dovecot.home / "mail" / user / "Maildir"
        for name in ("cur", "new", "tmp"):
            (inbox / name).mkdir(parents=True)
        if count:
            for mail in self._template(count).iterdir():
                os.link(mail, inbox / "cur" / mail.name)
        self._give_away(self.dovecot.home / "mail" / user)
        with self.dovecot.client(user) as client:
            assert int(client.select(readonly=True)[1][0] or b"0") == count
        return user

    def configure(self, name: str, user: str, ports: Ports, page_url: str, *, imap: str = "", storm: bool = False) -> Path:
        """A directory for one daemon, with its config.toml; `imap` are further lines of that section."""
        home = self.directory / name
        shutil.copytree(rules_dir(), home / "rules")
        (home / "rules" / "oncall.toml").write_text(_ONCALL.format(page_url=page_url, storm="" if storm else _NO_STORM))
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o600)
        places = {"imap_port": ports.imap, "smtp_port": ports.smtp, "web_port": ports.web}
        (home / "config.toml").write_text(_CONFIG.format(address=ADDRESS, user=user, imap=imap, **places))
        return home

    def _template(self, count: int) -> Path:
        """The mails as files. The names tell both sizes, so that Dovecot need not read a mail to know them."""
        directory = self.dovecot.home / f"template{count}"
        if not directory.exists():
            directory.mkdir()
            for number, (raw, at) in enumerate(stream(count)):
                lines = raw.count(b"\n")
                sizes = f"S={len(raw)},W={len(raw) + lines}"
                path = directory / f"{int(at.timestamp())}.M{number:06}P1.bench,{sizes}:2,"
                path.write_bytes(raw)
                os.utime(path, (at.timestamp(), at.timestamp()))
            self._give_away(directory)
        return directory

    def _give_away(self, directory: Path) -> None:
        """To the user Dovecot works as, which is not root."""
        owner = (self.dovecot.home / "mail").stat()
        for path in (directory, *directory.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def open_place() -> Iterator[Place]:
    users = {f"run{number}@wise.example": PASSWORD for number in range(RUNS)}
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as directory, Dovecot(users) as dovecot:
        yield Place(Path(directory), dovecot)
