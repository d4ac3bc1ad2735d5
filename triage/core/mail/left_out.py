"""Parts of a large mail that were not fetched: what is kept of them, and how large they were.

The field is ours, written into the part by adapters/imap/cut.py. A stranger may write it too: then an attachment looks larger than it is,
which nobody gains by. Pure. Called by `attachments` and `bodies`.
"""

from __future__ import annotations

from collections.abc import Sequence

SIZE_FIELD = "X-Triage-Size"
"""Octets of the part as it was sent, still encoded."""

_NAME = SIZE_FIELD.lower()
_MOST_DIGITS = 12
_BASE64_LINE, _BASE64_BYTES = 78, 57
"""A full line of base64 with its end, and the bytes in it (RFC 2045 section 6.8)."""


def told_size(fields: Sequence[tuple[str, bytes]], encoding: str) -> int:
    """About how many bytes the part has after decoding; 0 when it was fetched whole."""
    told = next((value for name, value in fields if name == _NAME), b"")
    if not told.isdigit() or len(told) > _MOST_DIGITS:
        return 0
    return int(told) * _BASE64_BYTES // _BASE64_LINE if encoding == "base64" else int(told)
