"""A fresh store in a file of its own, for `triage rebuild`: written beside its place, given its name when it is whole, never over another.

Without the daemon's lock, since no daemon knows the file; and without waiting for the disk at each commit, since a crash means to begin
anew: the whole is on the disk before it gets its name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.store.database import STORE_NAME, Store, open_store
from triage.store.settled import hand_over, settle


@contextmanager
def fresh_store(target: Path) -> Iterator[Store]:
    """An empty store that becomes `target` when the block ends well. Raises PermanentFailure when there is a file of that name."""
    if target.exists():
        raise PermanentFailure(f"{target} is there already: nothing is ever written over a store", hint="name another file: --to FILE")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise PermanentFailure(f"cannot write to {target.parent}: {error.strerror}", hint="name another file: --to FILE") from error
    try:
        with open_store(directory, create=True) as store:
            store.connection.execute("PRAGMA synchronous = OFF")
            yield store
            store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        settle(directory / STORE_NAME)
        if target.exists():
            raise TemporaryFailure(f"{target} was made by somebody else meanwhile", hint="name another file: --to FILE")
        (directory / STORE_NAME).rename(target)
        hand_over(target)
        settle(target.parent)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
