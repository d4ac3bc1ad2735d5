"""The keys that sign our own Message-IDs: one file in the state directory, mode 0600, one key a line, the newest first.

Old keys stay in the file for as long as answers to old mails are to be recognised by them; adding a line on top rotates.
"""

from __future__ import annotations

from pathlib import Path

from triage.adapters.private_file import write_private
from triage.core.failures import PermanentFailure, failure_of
from triage.core.seams import Entropy

KEY_BYTES = 32
FILE_NAME = "message-id.keys"


def load_keys(state_dir: Path, entropy: Entropy) -> tuple[bytes, ...]:
    """The keys; makes the first one. Raises PermanentFailure when the file is not ours to read or holds something else."""
    path = state_dir / FILE_NAME
    try:
        if not path.exists():
            _write(path, entropy.token(KEY_BYTES))
        lines = path.read_text("ascii").split()
        keys = tuple(bytes.fromhex(line) for line in lines)
    except OSError as error:
        raise failure_of(error, f"cannot use the key file {path}: {error.strerror}", hint="the daemon's user must own it") from error
    except ValueError as error:
        raise PermanentFailure(f"{path} does not hold hexadecimal keys", hint="restore it from a backup, or move it away") from error
    if not keys or min(map(len, keys)) < KEY_BYTES // 2:
        raise PermanentFailure(f"{path} holds no usable key", hint="restore it from a backup, or move it away")
    return keys


def key_file(state_dir: Path) -> bytes:
    """The file as it is, for a backup; nothing when there is none."""
    path = state_dir / FILE_NAME
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise PermanentFailure(f"cannot read the key file {path}: {error.strerror}", hint="run it as the daemon's user") from error


def add_keys(state_dir: Path, kept: bytes) -> None:
    """The keys of a backup, below those that are there: none is lost, and the newest one goes on signing."""
    lines = dict.fromkeys((key_file(state_dir) + b"\n" + kept).decode("ascii", "replace").split())
    if lines:
        _write(state_dir / FILE_NAME, "\n".join(lines))


def _write(path: Path, keys: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, keys + "\n")
