"""summary.json of an Atlassian Statuspage (API v2) -> Snapshot, tolerantly; and a Snapshot as the same JSON, for the store.

Decides what counts as unresolved: what stands in `incidents` and does not say "resolved", whatever the indicator says. A field that is
missing or of another type is empty; only an answer that is no summary at all is refused. Everything is cut and without HTML here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from triage.core.incidents.values import Component, Incident, Snapshot, Update
from triage.core.mail.html_text import to_text

MOST_COMPONENTS = 500
MOST_INCIDENTS = 50
LONGEST_NAME = 200
LONGEST_BODY = 20_000
"""Characters of HTML that are looked at in one update."""
LONGEST_TEXT = 2_000
LONGEST_LINK = 300

_ENDED = frozenset({"resolved", "postmortem", "completed"})
_SPACE = re.compile(r"\s+")


class NoSummary(ValueError):
    """The answer is not the summary of a status page."""


def read_summary(value: object, url: str, checked_at: datetime) -> Snapshot:
    """Raises NoSummary for what is not one: without `incidents` nothing could be said about incidents, not even that there are none."""
    if not isinstance(value, Mapping) or not isinstance(value.get("incidents"), list):
        raise NoSummary("the answer is no summary of a status page")
    page, status = _table(value.get("page")), _table(value.get("status"))
    components = tuple(map(_component, _tables(value.get("components"))[:MOST_COMPONENTS]))
    own = _link(page.get("url")) or url
    states = {one.id: one.status for one in components if one.id}
    incidents = [_incident(one, own, states) for one in _tables(value["incidents"])[:MOST_INCIDENTS]]
    maintenances = [
        _incident(one, own, states, is_maintenance=True) for one in _tables(value.get("scheduled_maintenances"))[:MOST_INCIDENTS]
    ]
    return Snapshot(
        url=own,
        checked_at=checked_at,
        name=_line(page.get("name")),
        indicator=_line(status.get("indicator")),
        description=_line(status.get("description")),
        components=components,
        incidents=tuple(one for one in incidents if one.status not in _ENDED),
        maintenances=tuple(one for one in maintenances if one.status not in _ENDED),
    )


def as_summary(snapshot: Snapshot) -> dict[str, Any]:
    """What `read_summary` makes the same snapshot of again (given the same instant)."""
    return {
        "page": {"name": snapshot.name, "url": snapshot.url},
        "status": {"indicator": snapshot.indicator, "description": snapshot.description},
        "components": [_component_json(one) for one in snapshot.components],
        "incidents": [_incident_json(one) for one in snapshot.incidents],
        "scheduled_maintenances": [_incident_json(one) for one in snapshot.maintenances],
    }


def _component(table: Mapping[str, Any]) -> Component:
    return Component(
        name=_line(table.get("name")),
        status=_line(table.get("status")),
        description=_line(table.get("description")),
        id=_line(table.get("id")),
        is_group=table.get("group") is True,
    )


def _incident(table: Mapping[str, Any], page_url: str, states: Mapping[str, str], *, is_maintenance: bool = False) -> Incident:
    updates = [_update(one) for one in _tables(table.get("incident_updates"))[:MOST_INCIDENTS]]
    said = [one for one in updates if one.text]
    return Incident(
        id=_line(table.get("id")),
        name=_line(table.get("name")) or "an incident without a name",
        status=_line(table.get("status")),
        impact=_line(table.get("impact")),
        started_at=_first_time(table, "scheduled_for", "started_at", "created_at"),
        link=_link(table.get("shortlink")) or page_url,
        components=_affected(table, states),
        latest=max(said, key=_when, default=None),
        is_maintenance=is_maintenance,
        ends_at=_time(table.get("scheduled_until")),
    )


def _affected(table: Mapping[str, Any], states: Mapping[str, str]) -> tuple[Component, ...]:
    """The components of the incident; where it names none, those of its updates. Their state is the page's, if the page knows them."""
    named = list(map(_component, _tables(table.get("components"))))
    if not named:
        for update in _tables(table.get("incident_updates")):
            for one in _tables(update.get("affected_components")):
                named.append(Component(name=_line(one.get("name")), status=_line(one.get("new_status")), id=_line(one.get("code"))))
    once: dict[str, Component] = {}
    for each in named[:MOST_COMPONENTS]:
        if each.name:
            once.setdefault(each.id or each.name, replace(each, status=states.get(each.id, each.status)))
    return tuple(once.values())


def _update(table: Mapping[str, Any]) -> Update:
    body = table.get("body")
    text = to_text(body[:LONGEST_BODY]) if isinstance(body, str) else ""
    return Update(_line(table.get("status")), text[:LONGEST_TEXT], _first_time(table, "display_at", "created_at", "updated_at"))


def _when(update: Update) -> float:
    return update.at.timestamp() if update.at else 0.0


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _line(value: object) -> str:
    """One line of printable text; "" for whatever is no text."""
    if not isinstance(value, str):
        return ""
    flat = _SPACE.sub(" ", value[: 4 * LONGEST_NAME])
    return "".join(character for character in flat if character.isprintable()).strip()[:LONGEST_NAME]


def _link(value: object) -> str:
    """Only an address of the web is ever shown as one."""
    if not isinstance(value, str) or len(value) > LONGEST_LINK or not value.isascii() or not value.isprintable() or " " in value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in {"http", "https"} and parts.hostname else ""


def _first_time(table: Mapping[str, Any], *names: str) -> datetime | None:
    return next((at for name in names if (at := _time(table.get(name))) is not None), None)


def _time(value: object) -> datetime | None:
    """ISO 8601 with Z or an offset; one without is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _component_json(one: Component) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "status": one.status, "description": one.description, "group": one.is_group}


def _incident_json(one: Incident) -> dict[str, Any]:
    start = one.started_at.isoformat() if one.started_at else None
    latest = one.latest
    update = {"status": latest.status, "body": _as_html(latest.text), "display_at": latest.at and latest.at.isoformat()} if latest else None
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status,
        "impact": one.impact,
        "scheduled_for" if one.is_maintenance else "started_at": start,
        "scheduled_until": one.ends_at.isoformat() if one.ends_at else None,
        "shortlink": one.link,
        "components": [_component_json(each) for each in one.components],
        "incident_updates": [update] if update else [],
    }


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<pre>{escaped}</pre>"
