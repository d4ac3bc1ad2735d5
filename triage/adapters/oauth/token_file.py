"""The refresh token on disk: `oauth.json` in the state directory, mode 0600, replaced whole or not at all.

A provider may give a new refresh token with every use and end the old one, so it is on the disk before the access token that came with it
is used: a crash in between costs one token, never the sign-in. Several processes (the service, `triage check`) share it under a lock.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from triage.adapters.private_file import give_to_owner_of, write_private
from triage.core.failures import PermanentFailure, TemporaryFailure

FILE_NAME = "oauth.json"
_LOCK_NAME = "oauth.lock"


class TokenFile:
    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILE_NAME

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time reads, renews and writes. Waits for the other."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path.with_name(_LOCK_NAME), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            give_to_owner_of(self.path.parent, descriptor)
        except OSError as error:
            raise _unusable(self.path.parent, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> tuple[str, datetime] | None:
        """The refresh token and when it was written; None before the first sign-in. Raises PermanentFailure for a file that is neither."""
        try:
            said = json.loads(self.path.read_bytes())
            token, at = said["refresh_token"], datetime.fromisoformat(said["written_at"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path, error) from None
        except (ValueError, KeyError, TypeError):
            raise PermanentFailure(f"{self.path} holds no sign-in", hint="sign in again: triage auth login") from None
        if not isinstance(token, str) or not token:
            raise PermanentFailure(f"{self.path} holds no sign-in", hint="sign in again: triage auth login")
        return token, at

    def write(self, refresh_token: str, now: datetime) -> None:
        """On the disk when this returns. Raises TemporaryFailure when it cannot be (a full disk, for one)."""
        try:
            write_private(self.path, json.dumps({"refresh_token": refresh_token, "written_at": now.isoformat()}) + "\n")
        except OSError as error:
            raise TemporaryFailure(f"the sign-in cannot be kept in {self.path}: {error.strerror}") from None


def _unusable(path: Path, error: OSError) -> PermanentFailure:
    return PermanentFailure(f"{path} cannot be used: {error.strerror}", hint="it must belong to the user that runs triage")
