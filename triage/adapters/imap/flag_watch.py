"""FlagWatch: the flags of some messages, again and again, for as little as the server allows.

With CONDSTORE (RFC 7162 section 3.1.4.1) only what has changed since the last look, else all of them. One for each open folder, and lost
with its connection. Called by `mailbox`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage.adapters.imap.facade import Connection

AT_ONCE = 500


class FlagWatch:
    def __init__(self) -> None:
        self._seen = 0
        """The mod-sequence up to which changes are known; 0: none, or the server has no such thing."""

    def look(self, connection: Connection, uids: Sequence[int], *, whole: bool) -> dict[int, frozenset[str]]:
        """By UID; a message that is gone is absent."""
        told = "CONDSTORE" in connection.capabilities()
        items = ("FLAGS", "MODSEQ") if told else ("FLAGS",)
        modifiers = (f"CHANGEDSINCE {self._seen}",) if told and self._seen and not whole else ()
        found: dict[int, frozenset[str]] = {}
        for start in range(0, len(uids), AT_ONCE):
            answer = connection.fetch(uids[start : start + AT_ONCE], items, modifiers)
            if start == 0:
                # Only the first part tells: what changes in it while the others are asked for has a lower number than theirs.
                self._seen = max((self._seen, *(_modseq(data) for data in answer.values())))
            found.update((uid, _flags(data)) for uid, data in answer.items() if "FLAGS" in data)
        return found


def _modseq(data: Mapping[str, Any]) -> int:
    value = data.get("MODSEQ", 0)
    return int(value[0] if isinstance(value, tuple | list) else value)


def _flags(data: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(flag.decode("ascii", "replace") if isinstance(flag, bytes) else str(flag) for flag in data["FLAGS"])
