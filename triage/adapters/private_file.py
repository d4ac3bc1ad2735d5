"""Small secrets on disk: a file of mode 0600 that is replaced whole or not at all. Called by `keys` and oauth/token_file."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """On the disk when this returns; a crash before leaves the old file. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    give_to_owner_of(path.parent, descriptor)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def give_to_owner_of(directory: Path, descriptor: int) -> None:
    """What root writes into the daemon's directory belongs to the daemon, as SQLite does it with files of its own: otherwise `triage check`
    by root, which may renew the sign-in, would take the sign-in away from the daemon."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
