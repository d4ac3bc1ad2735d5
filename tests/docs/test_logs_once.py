"""docs/logs.md names every event once: two descriptions of one event would sooner or later contradict each other."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

LOGS = Path(__file__).parents[2] / "docs" / "logs.md"


def test_every_event_stands_once() -> None:
    events = Counter(re.findall(r"^\| `([a-z-]+)` \|", LOGS.read_text("utf-8"), re.MULTILINE))
    assert [event for event, count in events.items() if count > 1] == []
