"""What can be wrong with on-call although every value is right: gaps, hand-offs in a DST hole, one point of failure.

Pure; `now` bounds how far it looks. Called by `adapters/rulefiles/oncall.py` on every load and by the self-audit every minute.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from triage.core.oncall.people import ContactMethod, Person
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import Rota, Shift, gaps, missing_hand_offs

GAP_HORIZON = timedelta(days=30)
DST_HORIZON = timedelta(days=400)
_EXAMPLE = re.compile(r"(?:^|[@./])example\.(?:com|net|org)(?:$|[:/?>])", re.IGNORECASE)
"""RFC 2606 section 3: names that belong to nobody. The shipped rules/oncall.toml has one."""


def built_in_gaps(rota: Rota, now: datetime) -> tuple[Shift, ...]:
    """Gaps of the next 30 days that are there even when nobody is away: hours nobody covers, a start in the future."""
    return gaps(replace(rota, away=()), now, now + GAP_HORIZON)


def holiday_gaps(rota: Rota, now: datetime) -> tuple[Shift, ...]:
    """Gaps of the next 30 days because everybody is away; an override fills them."""
    return gaps(rota, now, now + GAP_HORIZON)


def hand_offs_in_dst_hole(rota: Rota, now: datetime) -> tuple[datetime, ...]:
    """Wall-clock times of the next 400 days at which a hand-off is written and no clock will show it."""
    return missing_hand_offs(rota, now, now + DST_HORIZON)


def single_point_of_failure(person: Person) -> str:
    """What one broken thing would make this person unreachable; empty for two contacts in two failure domains."""
    if not person.human:
        return ""
    if len(person.contacts) < 2:
        return "one contact method only" if person.contacts else "no contact method"
    if len(person.failure_domains) < 2:
        return f"every contact method depends on {next(iter(person.failure_domains)) or 'the same thing'}"
    return ""


def reaches_nobody(method: ContactMethod) -> bool:
    """Whether its address is one of the examples that documentation is written with."""
    values = (each for value in method.settings.values() for each in (value if isinstance(value, list | tuple) else (value,)))
    return any(isinstance(value, str) and _EXAMPLE.search(value) for value in values)


def gap_text(gap: Shift) -> str:
    begins, ends = gap.start.astimezone(UTC), gap.end.astimezone(UTC)
    return f"nobody from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC"


def uncovered_rotas(oncall: OnCall, at: datetime) -> tuple[str, ...]:
    """Rotas that have nobody with a contact at this instant."""
    return tuple(name for name in oncall.rotas if (person := oncall.on_call(name, at)) is None or not person.contacts)
