"""Raising an incident: what the service that keeps the team's own incidents is told of a case, and what of its answer is believed.

Pure. Called by workers/incident_raise. The answer comes from outside: nothing of it is used but one plain https address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.core.cases.case import Case
from triage.core.cases.partners import Partner

PURPOSE = "incident"
FIELD = "incident"
"""The field of the case that holds the incident's address."""
LONGEST_LINK = 300
# RFC 3986, appendix A: the characters of a URI, without user information.
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*)?")


@dataclass(frozen=True, slots=True)
class Request:
    """`why` is one line; `by` a person's name, or "rules"."""

    why: str
    by: str
    known: str = ""
    """What the public status page says already."""
    facts: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()


def incident_event(instance: str, case: Case, partner: Partner, request: Request, now: datetime) -> dict[str, Any]:
    """The JSON that is posted; docs/oncall.md describes it. Never text of a mail's body."""
    return {
        "type": "incident.raise",
        "timestamp": now.isoformat(),
        "data": {
            "instance": instance,
            "key": f"triage/{instance}/incident/{case.number}",
            "case": case.number,
            "severity": case.severity,
            "subject": case.subject,
            "partner": partner.name or partner.key,
            "tier": partner.tier,
            "requester": case.requester,
            "opened_at": case.opened_at.isoformat(),
            "facts": dict(request.facts),
            "missing": list(request.missing),
            "known": request.known,
            "why": request.why,
            "by": request.by,
        },
    }


def link_in(answer: str) -> str:
    """The `url` of a JSON answer; "" when there is none that may be shown and followed."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    link = found.get("url") if isinstance(found, dict) else None
    return link if isinstance(link, str) and len(link) <= LONGEST_LINK and _LINK.fullmatch(link) else ""
