"""What a machine lacks, for as long as it is said: a file descriptor, or room for another byte of a file. By the limits of this process."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_descriptor() -> Iterator[None]:
    """What is open stays open; nothing else can be opened (EMFILE)."""
    with _limited(resource.RLIMIT_NOFILE, 0):
        yield


@contextmanager
def no_room() -> Iterator[None]:
    """No file can be written to (EFBIG, as Python ignores SIGXFSZ)."""
    with _limited(resource.RLIMIT_FSIZE, 0):
        yield


@contextmanager
def _limited(what: int, soft: int) -> Iterator[None]:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)
