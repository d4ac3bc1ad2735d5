"""Who may read and write what: the state directory is the daemon's alone, and the daemon can read what it needs.

The daemon's user is whoever owns the state directory. What is too open can be closed without asking (`triage doctor --fix`); whom else to
let in is a person's decision.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from triage.cli.checks.finding import Finding, Fix, Result
from triage.cli.checks.subject import Subject
from triage.config.secrets import FileSecret, PlainSecret
from triage.core.settings import Config

OTHERS, OTHERS_READ, OTHERS_WRITE = 0o007, 0o004, 0o002
READ, SEARCH = 0o4, 0o1


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gids: frozenset[int]

    def may(self, path: Path, what: int, *, others: bool = True) -> bool:
        """By the bits of the file's mode alone; without `others`: also when the world's bits were not there."""
        if self.uid == 0:
            return True
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode >> 6 & what)
        if status.st_gid in self.gids:
            return bool(status.st_mode >> 3 & what)
        return others and bool(status.st_mode & what)


def check_modes(subject: Subject) -> Iterator[Finding]:
    findings = []
    try:
        findings = [*_state(subject.config.instance.state_dir), *_written_by_people(subject.config)]
    except PermissionError as error:
        hint = "run this as the daemon's user, or as root"
        findings.append(Finding("modes", Result.WARNING, f"{error.filename} cannot be looked at by this user", hint))
    yield from findings
    if not findings:
        yield Finding("modes", Result.OK, "nobody else can read the store, and the daemon can read its files")


def _state(directory: Path) -> Iterator[Finding]:
    if not directory.is_dir():
        return
    owner = directory.stat()
    for path in (directory, *sorted(directory.rglob("*"))):
        if path.is_symlink():
            continue
        status = path.stat()
        if status.st_mode & OTHERS:
            text = f"everybody on this machine can get at {path}, which holds partners' mail or keys"
            yield Finding("modes", Result.WARNING, text, f"chmod o= {path}", fix=_chmod(path, OTHERS))
        if status.st_uid != owner.st_uid:
            whose = _name(owner.st_uid)
            text = f"{path} belongs to {_name(status.st_uid)}: the daemon, as {whose}, may not be able to use it"
            yield Finding("modes", Result.FAILED, text, f"chown {whose} {path}, as root", fix=_chown(path, owner))


def _written_by_people(config: Config) -> Iterator[Finding]:
    daemon = _daemon(config.instance.state_dir)
    secrets = set(_secrets(config))
    rules = config.instance.rules_dir
    for path in dict.fromkeys([config.path, *secrets, rules, *sorted(rules.rglob("*.toml")), *sorted(rules.rglob("*.txt"))]):
        if not path.exists():
            continue  # told by `config` or `rules`
        mode = path.stat().st_mode
        if mode & OTHERS_WRITE:
            text = f"everybody on this machine can change {path}, and with it who is paged and which programs run"
            yield Finding("modes", Result.FAILED, text, f"chmod o-w {path}", fix=_chmod(path, OTHERS_WRITE))
        if path in secrets and mode & OTHERS_READ:
            text, hint = f"everybody on this machine can read the secret in {path}", "chmod 640, with a group of the daemon's user"
            closable = daemon is not None and daemon.may(path, READ, others=False)
            yield Finding("modes", Result.WARNING, text, hint, fix=_chmod(path, OTHERS_READ) if closable else None)
        if daemon is not None and not _can_read(daemon, path):
            hint = f"chgrp to a group of {daemon.name}, and chmod g+r (of a directory g+rx)"
            yield Finding("modes", Result.FAILED, f"the daemon, as {daemon.name}, cannot read {path}", hint)


def _can_read(daemon: Account, path: Path) -> bool:
    wanted = READ | SEARCH if path.is_dir() else READ
    enough = daemon.may(path, READ) and (wanted == READ or daemon.may(path, SEARCH))
    return enough and all(daemon.may(parent, SEARCH) for parent in path.absolute().parents)


def _secrets(config: Config) -> Iterator[Path]:
    """Files with a secret in them. What systemd hands over is not among them: it reads that as root."""
    handed_over = os.environ.get("CREDENTIALS_DIRECTORY", "")
    for source in _sources(config):
        if isinstance(source, PlainSecret):
            yield config.path
        elif isinstance(source, FileSecret) and str(source.path.parent) != handed_over.rstrip("/"):
            yield source.path
    if config.oauth is not None and config.oauth.service_account is not None:
        yield config.oauth.service_account


def _sources(config: Config) -> Iterator[Callable[[], str]]:
    yield from (config.imap.server.secret, config.smtp.server.secret, config.web.proxy_secret)
    yield from (config.deadman.url, config.incidents.url, config.incidents.secret, config.probe.secret)
    if config.oauth is not None:
        yield config.oauth.client_secret


def _daemon(state_dir: Path) -> Account | None:
    """None before there is a state directory. A user that systemd makes up has a name only while the service runs."""
    if not state_dir.is_dir():
        return None
    status = state_dir.stat()
    try:
        entry = pwd.getpwuid(status.st_uid)
    except KeyError:
        return Account(f"user {status.st_uid}", status.st_uid, frozenset({status.st_gid}))
    return Account(entry.pw_name, status.st_uid, frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _chmod(path: Path, without: int) -> Fix:
    mode = path.stat().st_mode & 0o7777 & ~without
    return Fix(f"its mode is {mode:o} now", lambda: path.chmod(mode))


def _chown(path: Path, owner: os.stat_result) -> Fix | None:
    """Only root can give a file away."""
    return (
        Fix(f"it belongs to {_name(owner.st_uid)} now", lambda: os.chown(path, owner.st_uid, owner.st_gid)) if os.geteuid() == 0 else None
    )
