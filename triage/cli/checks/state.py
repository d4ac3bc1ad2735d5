"""The state directory, the store in it, the disk under it, the daemon that works with it, and its backups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from triage.cli.backup import DIRECTORY
from triage.cli.checks.finding import Finding, Fix, Result
from triage.cli.checks.subject import Subject
from triage.core.audit import LEAST_FREE, LITTLE_FREE
from triage.core.failures import TriageError
from triage.core.wording.spans import ago
from triage.daemon.audit_duty import free_bytes
from triage.store.backup import backups_in
from triage.store.database import STORE_NAME, open_store
from triage.store.size import size

LONG_LOG = 128 * 1024 * 1024
BACKUP_WITHIN = timedelta(days=2)
_MEGABYTE = 1024 * 1024


def check_state(subject: Subject) -> Iterator[Finding]:
    directory = subject.config.instance.state_dir
    if not directory.exists():
        yield _check_parent(directory)
        return
    if not directory.is_dir():
        hint = "[instance] state_dir names a directory that is triage's alone"
        yield Finding("state", Result.FAILED, f"{directory} is no directory", hint)
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        hint = "run this as the daemon's user, who must own it"
        yield Finding("state", Result.FAILED, f"{directory} cannot be written by this user", hint)
        return
    if subject.has_store:
        try:
            open_store(directory).close()
        except TriageError as failure:
            yield Finding("state", Result.FAILED, failure.message, failure.hint)
            return
        yield Finding("state", Result.OK, f"{directory} can be written, the store can be opened")
    else:
        yield Finding("state", Result.OK, f"{directory} can be written; the first start makes the store")
    if subject.daemon is None:
        yield Finding("daemon", Result.WARNING, "is not running", "start it with `triage run`, or as a service")
    else:
        yield Finding("daemon", Result.OK, f"is running (process {subject.daemon})")


def _check_parent(directory: Path) -> Finding:
    parent = next(each for each in directory.absolute().parents if each.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        # Root would make a directory that the daemon cannot write to; systemd makes it for the right user (StateDirectory=).
        fix = Fix(f"{directory} was made, mode 700", lambda: directory.mkdir(mode=0o700, parents=True)) if os.geteuid() else None
        return Finding("state", Result.OK, f"{directory} does not exist yet; the first start makes it", fix=fix)
    hint = "make it, owned by the daemon's user, mode 700"
    return Finding("state", Result.FAILED, f"{directory} does not exist and this user cannot make it in {parent}", hint)


def check_disk(subject: Subject) -> Iterator[Finding]:
    directory = subject.config.instance.state_dir
    free = free_bytes(next(each for each in (directory, *directory.absolute().parents) if each.exists()))
    if free is not None:
        result = Result.FAILED if free < LEAST_FREE else Result.WARNING if free < LITTLE_FREE else Result.OK
        hint = "make room: triage vacuum, [retention] raw_mail, older backups" if result else ""
        yield Finding("disk", result, f"{free // _MEGABYTE:,} MB are free for {directory}", hint)


def check_store(subject: Subject) -> Iterator[Finding]:
    if not subject.has_store:
        return
    try:
        with subject.store() as store:
            found = size(store, subject.config.instance.state_dir)
    except TriageError:  # told by `state`
        return
    parts = f"{found.raw_mail / _MEGABYTE:,.1f} MB of it mail as it came, {found.free / _MEGABYTE:,.1f} MB free"
    yield Finding("store", Result.OK, f"{found.file / _MEGABYTE:,.1f} MB, {parts}; its log {found.wal / _MEGABYTE:,.1f} MB")
    if found.wal > LONG_LOG:
        hint = f"something reads the store without an end: see `fuser {STORE_NAME}` in {subject.config.instance.state_dir}, and end it"
        yield Finding("store", Result.WARNING, f"its log has {found.wal / _MEGABYTE:,.0f} MB and does not get shorter", hint)


def check_backup(subject: Subject) -> Iterator[Finding]:
    if not subject.has_store:
        return
    directory = subject.config.instance.state_dir / DIRECTORY
    hint = "systemctl enable --now triage-backup.timer, or `triage backup` in cron; one that goes elsewhere (--to) is not seen here"
    made = [datetime.strptime(path.name, "triage-%Y%m%dT%H%M%SZ.sqlite3").replace(tzinfo=UTC) for path in backups_in(directory)]
    if not made:
        yield Finding("backup", Result.WARNING, f"there is none in {directory}", hint)
    elif subject.now - made[-1] > BACKUP_WITHIN:
        yield Finding("backup", Result.WARNING, f"the newest one is from {ago(made[-1], subject.now)}", hint)
    else:
        yield Finding("backup", Result.OK, f"{len(made)} in {directory}, the newest {ago(made[-1], subject.now)}")
