"""The two ways in which the outside world fails.

Whoever touches the outside decides which it is, there and then; unknown is temporary. Both carry one plain sentence for a person,
without secrets and without mail text.
"""

from __future__ import annotations


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
