"""The bytes of all files under rules/ at one instant, and a cheap signature that changes when any of them does.

Reads `*.toml` and `notices/*.txt`, follows symbolic links (Kubernetes mounts files through them), skips hidden files (editors' locks and
backups). Decides nothing about contents. Called by `loading` and `keeper`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.core.failures import may_pass
from triage.core.problems import Problem
from triage.core.toml.document import SIZE_LIMIT

NOTICES = "notices"
_MOST_FILES = 1000
_ATTEMPTS = 5

Stamp = tuple[str, int, int, int, int]
"""(name, mtime and ctime in ns, size, inode) of a file; zeros when it cannot be looked at. ctime tells of a chmod, too."""

Signature = tuple[Stamp, ...]
"""Of all files, in name order."""


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
    try:
        own = _signed(directory, ".toml")
    except OSError:
        return ()
    try:
        notices = _signed(directory / NOTICES, ".txt", f"{NOTICES}/")
    except OSError:
        notices = []
    return (*own, *notices)


def take_snapshot(directory: Path) -> Snapshot:
    """All files as one set: what changed while it was read is read again, and a directory that never keeps still is a problem."""
    for _ in range(_ATTEMPTS):
        signature = sign(directory)
        snapshot = _read_all(directory, signature)
        if snapshot is not None and sign(directory) == signature:
            return snapshot
    problem = Problem(str(directory), "keeps changing while it is read", hint="it is read again at the next save")
    return Snapshot({}, (problem,), signature)


def _read_all(directory: Path, signature: Signature) -> Snapshot | None:
    """None when a file is not the one that was signed: it was replaced in between, perhaps together with others."""
    if (problem := _problem_of_directory(directory, signature)) is not None:
        return Snapshot({}, (problem,), signature)
    files: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for stamp in signature:
        name = stamp[0]
        if not name.isprintable():  # it could be neither told nor kept with a decision
            hint = "rename the file: letters, digits, - and _"
            shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)
            unreadable.append(Problem(shown, "has a name with a control character, or one that is not UTF-8", hint=hint))
            continue
        if (meant := Path(name).suffix.lower()) != Path(name).suffix:
            hint = f"rename it to {Path(name).stem}{meant}"
            unreadable.append(Problem(name, "is not read: the ending must be in small letters", hint=hint))
            continue
        try:
            content = _read(directory / name, stamp)
        except OSError as error:
            unreadable.append(_unreadable(name, error))
            continue
        if content is None:
            return None
        files[name] = content
    return Snapshot(files, tuple(unreadable), signature)


def _problem_of_directory(directory: Path, signature: Signature) -> Problem | None:
    """A directory whose names cannot be read looks like an empty one, and an empty set of rules pages nobody."""
    if not directory.is_dir():
        hint = "--rules or instance.rules_dir in config.toml names it"
        return Problem(str(directory), "is not a directory that can be read", hint=hint)
    for place in (directory, directory / NOTICES):
        try:
            if os.path.lexists(place):
                list(place.iterdir())
        except OSError as error:
            return _unreadable(str(place), error)
    if len(signature) > _MOST_FILES:
        return Problem(str(directory), "holds too many files", found=str(len(signature)), allowed=f"up to {_MOST_FILES}")
    return None


class _NotAFile(OSError):
    """Says what stands there instead."""


def _what_it_is(path: Path) -> str:
    return "it is a directory" if path.is_dir() else "it is a pipe, a socket or a device"


def _unreadable(name: str, error: OSError) -> Problem:
    if isinstance(error, _NotAFile):
        return Problem(name, f"cannot be read: {error}", hint="rule files are files; rename it or move it away")
    hints = {
        errno.ELOOP: "a symbolic link that leads back to itself: ls -l shows where it points",
        errno.ENOENT: "a symbolic link to a file that is not there: ls -l shows where it points",
    }
    hint = hints.get(error.errno or 0, "the service's user must be able to read it")
    return Problem(name, f"cannot be read: {(error.strerror or str(error)).lower()}", hint=hint, passes=may_pass(error))


def _read(path: Path, stamp: Stamp) -> bytes | None:
    """One byte more than is allowed is enough to tell that a file is too large. None when it is not the file of the stamp."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _NotAFile(_what_it_is(path))
    with path.open("rb") as file:
        content = file.read(SIZE_LIMIT + 1)
        return content if _stamp(stamp[0], os.fstat(file.fileno())) == stamp else None


def _signed(directory: Path, ending: str, prefix: str = "") -> list[Stamp]:
    """In name order. Asked once a second for as long as the daemon runs, so without an object for each path."""
    with os.scandir(directory) as entries:
        files = [entry for entry in entries if entry.name.lower().endswith(ending) and not entry.name.startswith((".", "#"))]
    return [_sign_file(f"{prefix}{entry.name}", entry) for entry in sorted(files, key=lambda entry: entry.name)]


def _sign_file(name: str, entry: os.DirEntry[str]) -> Stamp:
    try:
        return _stamp(name, entry.stat())
    except OSError:
        return (name, 0, 0, 0, 0)


def _stamp(name: str, status: os.stat_result) -> Stamp:
    return (name, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
