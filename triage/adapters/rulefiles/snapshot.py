"""The bytes of all files under rules/ at one instant, and a cheap signature that changes when any of them does.

Reads `*.toml` and `notices/*.txt`, follows symbolic links (Kubernetes mounts files through them), skips hidden files (editors' locks and
backups). Decides nothing about contents. Called by `loading` and `keeper`.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.core.problems import Problem
from triage.core.toml.document import SIZE_LIMIT

NOTICES = "notices"
_MOST_FILES = 1000
_ATTEMPTS = 5

Signature = tuple[tuple[str, int, int, int], ...]
"""(name, mtime in ns, size, inode) of each file in name order; a file that cannot be looked at has zeros."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Names are relative to the directory with `/`, in name order. `unreadable` files are problems, the rest are in `files`."""

    files: Mapping[str, bytes]
    unreadable: tuple[Problem, ...]
    signature: Signature

    @property
    def hash(self) -> str:
        """16 hex digits over all names and bytes: which set judged a message."""
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode() + content)
        return digest.hexdigest()[:16]


def sign(directory: Path) -> Signature:
    """What stands in the directory now; empty when it does not exist."""
    return tuple(_stamp(directory, name) for name in _names(directory))


def take_snapshot(directory: Path) -> Snapshot:
    """All files as one set: read again when something changed while reading."""
    for _ in range(_ATTEMPTS):
        signature = sign(directory)
        snapshot = _read_all(directory, signature)
        if sign(directory) == signature:
            break
    return snapshot


def _read_all(directory: Path, signature: Signature) -> Snapshot:
    if not directory.is_dir():
        problem = Problem(str(directory), "is not a directory that can be read", hint="instance.rules_dir in config.toml names it")
        return Snapshot({}, (problem,), signature)
    if len(signature) > _MOST_FILES:
        problem = Problem(str(directory), "holds too many files", found=str(len(signature)), allowed=f"up to {_MOST_FILES}")
        return Snapshot({}, (problem,), signature)
    files: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for name, *_ in signature:
        try:
            files[name] = _read(directory / name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            unreadable.append(Problem(name, f"cannot be read: {reason}", hint="the service's user must be able to read it"))
    return Snapshot(files, tuple(unreadable), signature)


def _read(path: Path) -> bytes:
    """One byte more than is allowed is enough to tell that a file is too large."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("it is not a regular file")
    with path.open("rb") as file:
        return file.read(SIZE_LIMIT + 1)


def _names(directory: Path) -> list[str]:
    try:
        own = [path.name for path in directory.iterdir() if path.suffix == ".toml"]
    except OSError:
        return []
    try:
        notices = [f"{NOTICES}/{path.name}" for path in (directory / NOTICES).iterdir() if path.suffix == ".txt"]
    except OSError:
        notices = []
    return [name for name in sorted(own) + sorted(notices) if not name.rpartition("/")[2].startswith((".", "#"))]


def _stamp(directory: Path, name: str) -> tuple[str, int, int, int]:
    try:
        status = (directory / name).stat()
    except OSError:
        return (name, 0, 0, 0)
    return (name, status.st_mtime_ns, status.st_size, status.st_ino)
