"""Which of systemd's credentials a file names: `credential = "imap"`, or `"credential:pager"` as the value of a contact's setting.

Reads parsed tables, never a secret. Called by `triage install`, which gives each to the service, and by `triage doctor`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

KEY = "credential"
PREFIX = f"{KEY}:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def credential_names(table: Mapping[str, object]) -> tuple[str, ...]:
    """In the order of the file, each once. What could be no name is left to the check of the file."""
    return tuple(dict.fromkeys(name for name in _named(table, "") if _NAME.fullmatch(name)))


def _named(value: object, key: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _named(each, str(inner))
    elif isinstance(value, str):
        if key == KEY:
            yield value
        elif value.startswith(PREFIX):
            yield value.removeprefix(PREFIX)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _named(each, "")
