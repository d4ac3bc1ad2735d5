"""What is on the disk and not only in the system's memory: fsync(2). Used by backup, restore and database."""

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
