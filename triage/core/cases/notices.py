"""Notices as text: a template of the operator's and the values it may use. What is said when, is decided in transitions.py.

Templates run in Jinja's immutable sandbox with StrictUndefined; a partner's words are only ever values, never a template. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.core.cases.case import Case, Status
from triage.core.cases.events import NoticeKind
from triage.core.failures import PermanentFailure
from triage.core.mail.message import Missing

MAX_NOTICE = 16 * 1024

MISSING_WORDS: Mapping[Missing, str] = {
    Missing.ENDPOINT: "the API endpoint(s) you call, for example POST /v1/transfers",
    Missing.BUSINESS_IMPACT: "the business impact: what you or your customers cannot do",
    Missing.TRACE_ID: "the x-trace-id of one or more failing requests (it is in the response headers)",
    Missing.ENVIRONMENT: "the environment: production or sandbox",
    Missing.REQUEST_AND_RESPONSE: "a request and the response to it (leave out keys and tokens)",
    Missing.TIMESTAMPS: "when it happens: timestamps with time zone, since when, how often",
    Missing.IDENTIFIERS: "the user or profile ids concerned",
}
"""In the words of the owner's partner documentation."""

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@dataclass(frozen=True, slots=True)
class NoticeValues:
    """Everything a template may use. Times are texts already: `at_both` of the partner's zone."""

    case: str
    """`#1042`."""
    severity: int
    subject: str
    instance: str
    address: str
    reply_window: str
    reopen_within: str
    closes_at: str = ""
    missing: tuple[str, ...] = ()
    closed_by: str = ""
    """"window", "team" or "partner"."""
    previous: str = ""
    """For `linked`: the number of the case this one continues."""
    known_incident: str = ""
    taken_at: str = ""
    """For `taken`: when an engineer acknowledged."""

    def as_mapping(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def render(name: str, source: str, values: NoticeValues) -> str:
    """The text of a notice. Raises PermanentFailure, naming the template, when it does not render or is absurdly long."""
    try:
        text = _template(source).render(values.as_mapping())
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise PermanentFailure(f"the notice {name} does not render: {error}", hint=f"see rules/notices/{name}.txt") from error
    if len(text) > MAX_NOTICE:
        raise PermanentFailure(f"the notice {name} is {len(text)} characters long; {MAX_NOTICE} are allowed")
    return text.strip() + "\n"


@lru_cache(maxsize=128)
def _template(source: str) -> Template:
    """Compiling costs more than all the rest of a notice; the few templates there are stay compiled."""
    return _environment.from_string(source)


def still_wanted(kind: NoticeKind, generation: int, case: Case) -> str:
    """Asked again right before sending: "" when the notice is still true, else why it is not sent (a recorded result)."""
    if kind is NoticeKind.REMINDER and (case.status is not Status.PENDING or case.window != generation):
        return "the partner is not being waited for any more"
    if kind is NoticeKind.CLOSED and (case.status is not Status.CLOSED or case.closings != generation):
        return "the case is not closed any more"
    if kind is NoticeKind.TAKEN and (case.team_replied_at is not None or case.status is Status.CLOSED):
        return "the team has written to the partner already"
    return ""


def at_both(at: datetime, zone: str) -> str:
    """`Wed 25 Nov 2026, 11:00 (Europe/Berlin; 10:00 UTC)`; only UTC when the zone is that or not known."""
    utc = at.astimezone(UTC)
    local = utc.astimezone(_zone(zone))
    if local.utcoffset() == timedelta(0):
        return f"{utc:%a %-d %b %Y, %H:%M} UTC"
    other_day = f"{utc:%a %-d %b, }" if utc.date() != local.date() else ""
    return f"{local:%a %-d %b %Y, %H:%M} ({zone}; {other_day}{utc:%H:%M} UTC)"


def in_words(span: timedelta) -> str:
    """`72 hours`, `30 days`, `90 minutes`: the largest unit that divides it, days only from three on."""
    seconds = int(span.total_seconds())
    for unit, length, least in (("day", 86400, 4), ("hour", 3600, 1), ("minute", 60, 1)):
        if seconds % length == 0 and seconds // length >= least:
            count = seconds // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
