"""ReloadStatus: how the rule files stand, as the daemon last saw them; for `triage rules status`, the gauges and the mail to operators."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReloadStatus:
    """`hash`, `loaded_at`, `rules` and `tests` are of the set in force; `problems` is the text of what keeps a newer one out, or ""."""

    successful: bool
    checked_at: datetime
    """When the files were last read: at the start, and after each save."""
    hash: str
    loaded_at: datetime
    rules: int
    tests: int
    problems: str = ""
    reloads: int = 0
    refused: int = 0
    """Since the start of the daemon."""

    def to_text(self) -> str:
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()})


def status_from_text(text: str) -> ReloadStatus | None:
    """None for what no daemon of this version has written."""
    try:
        values = json.loads(text)
        times = {name: datetime.fromisoformat(values[name]) for name in ("checked_at", "loaded_at")}
        return ReloadStatus(**{**values, **times})
    except (ValueError, TypeError, KeyError):
        return None
