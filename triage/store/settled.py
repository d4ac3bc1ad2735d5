"""What is on the disk and not only in the system's memory: fsync(2); and whom it belongs to. Used by backup, restore and database."""

from __future__ import annotations

import os
from pathlib import Path


def settle(path: Path) -> None:
    """A file's content, or a directory's names, are on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hand_over(path: Path) -> None:
    """To whoever owns the directory it is in: what root has restored is the daemon's to open. For anybody but root nothing happens."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
