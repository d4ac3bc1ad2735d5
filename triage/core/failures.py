"""The two ways in which the outside world fails.

Whoever touches the outside decides which it is, there and then; unknown is temporary. Both carry one plain sentence for a person,
without secrets and without mail text.
"""

from __future__ import annotations

import errno


class TriageError(Exception):
    """Base of everything this program raises on purpose; `hint` says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class TemporaryFailure(TriageError):
    """May succeed if tried again: network, timeout, 4xx, throttling. `retry_after_s` is what the other side asked for."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class PermanentFailure(TriageError):
    """Will not succeed by trying again: refused recipient, unknown folder, bad credentials."""


SET_UP_WRONG = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.ENAMETOOLONG),
        *(errno.ELOOP, errno.ENXIO),
        *(errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT),
    }
)
"""What the system says of a path or an address that a person must mend. A disk that is full, read-only or ill, and a process without a file
descriptor left, are in order again by themselves, or by somebody who never hears of this program."""


def may_pass(error: OSError) -> bool:
    return error.errno is not None and error.errno not in SET_UP_WRONG


def failure_of(error: OSError, message: str, *, hint: str = "") -> TemporaryFailure | PermanentFailure:
    """What to raise for what the system has refused."""
    return TemporaryFailure(message, hint=hint) if may_pass(error) else PermanentFailure(message, hint=hint)
