"""A status page to try things on: the sample of the documentation, and snapshots made by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.core.incidents.reading import read_summary
from triage.core.incidents.values import Component, Incident, Snapshot, Update

SAMPLE = Path(__file__).parent / "statuspage_summary.json"
NOW = datetime(2026, 11, 22, 10, 35, tzinfo=UTC)
URL = "https://status.example.net"


def sample() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(SAMPLE.read_text())
    return value


def read(value: object, at: datetime = NOW) -> Snapshot:
    return read_summary(value, URL, at)


def incident(name: str, *, component: str = "", **fields: Any) -> Incident:
    components = (Component(component, "partial_outage"),) if component else ()
    given = {"id": name, "name": name, "status": "investigating", "impact": "major", "components": components, "started_at": NOW}
    return Incident(**{**given, **fields})


def page_with(*incidents: Incident, at: datetime = NOW) -> Snapshot:
    return Snapshot(url=URL, checked_at=at, incidents=incidents)


__all__ = ["NOW", "SAMPLE", "URL", "Update", "incident", "page_with", "read", "sample"]
