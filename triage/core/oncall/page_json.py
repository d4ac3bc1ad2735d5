"""A page, with its frozen policy, as JSON values and back: the store keeps pages in this shape.

A key that is missing was unknown to an older version and gets its default; an unknown one is refused, so that a page written by a newer
version is not read half. Durations are seconds, times ISO 8601 in UTC.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from triage.core.oncall.page import Action, News, Page, PageState, PlannedDelivery
from triage.core.oncall.people import Medium, Privacy
from triage.core.oncall.policy import EscalationPolicy, Level

_PAGE_TIMES = frozenset(field.name for field in dataclasses.fields(Page) if "datetime" in str(field.type))
_POLICY_DURATIONS = frozenset(field.name for field in dataclasses.fields(EscalationPolicy) if field.type == "timedelta")
_PLAIN = (int, str, bool, float)
"""First, as the page of a storm has thousands of numbers."""
_REACHES = frozenset({"level_contacts", "dead_contacts", "disturbed"})


def page_to_json(page: Page) -> dict[str, Any]:
    return {**_fields(page), "policy": policy_to_json(page.policy)}


def page_from_json(values: Mapping[str, Any]) -> Page:
    """The inverse of page_to_json. Raises KeyError, TypeError or ValueError on values that no page ever had."""
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    known["state"] = PageState(known["state"])
    known["policy"] = policy_from_json(values["policy"])
    for name in _PAGE_TIMES & set(known):
        known[name] = None if known[name] is None else datetime.fromisoformat(known[name])
    for name in _REACHES & set(known):
        known[name] = tuple((person, contact) for person, contact in known[name])
    return Page(**known)


def policy_to_json(policy: EscalationPolicy) -> dict[str, Any]:
    return {**_fields(policy), "levels": [_fields(level) for level in policy.levels]}


def policy_from_json(values: Mapping[str, Any]) -> EscalationPolicy:
    known = dict(values)
    for name in _POLICY_DURATIONS & set(known):
        known[name] = timedelta(seconds=known[name])
    known["broadcast"] = tuple(known["broadcast"])
    known["broadcast_every"] = tuple(timedelta(seconds=seconds) for seconds in known["broadcast_every"])
    known["levels"] = tuple(
        Level(
            at=timedelta(seconds=level["at"]),
            targets=tuple(level["targets"]),
            by=frozenset(Medium(medium) for medium in level["by"]),
            again=level["again"],
        )
        for level in known["levels"]
    )
    return EscalationPolicy(**known)


def delivery_to_json(delivery: PlannedDelivery) -> dict[str, Any]:
    return _fields(delivery)


def delivery_from_json(values: Mapping[str, Any]) -> PlannedDelivery:
    known = dict(values)
    known["action"] = Action(known["action"])
    known["medium"] = Medium(known["medium"])
    known["privacy"] = Privacy(known["privacy"])
    known["news"] = News(known.get("news", News.REMINDER.value))
    known["not_after"] = datetime.fromisoformat(known["not_after"])
    return PlannedDelivery(**known)


def _fields(value: Page | EscalationPolicy | Level | PlannedDelivery) -> dict[str, Any]:
    return {field.name: _json_value(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _json_value(value: Any) -> Any:
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_json_value(element) for element in value)
    return [_json_value(element) for element in value] if isinstance(value, tuple) else value
