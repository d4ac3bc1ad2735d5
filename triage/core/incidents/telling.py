"""What is said of a known incident: one line to whoever is paged, a few lines to the partner. Never says more than the page does.

Decides what is told of old news: a page says how old it is, a receipt leaves it out. Called by workers/incidents.
"""

from __future__ import annotations

from datetime import UTC, datetime

from triage.core.cases.notice_words import Words, clock_time
from triage.core.incidents.values import MAINTENANCE, WORKING, Incident, Snapshot

MAX_UPDATE = 300
"""Characters of the latest update in a receipt."""
_MAX_NAME = 90
_NO_MORE = "publicly reported: no more than the page says may be told"


def known_line(snapshot: Snapshot, now: datetime, about: Incident | None = None) -> str:
    """For the page, which puts `KNOWN: ` before it; "" when nothing is known, or the news is too old to be any.

    `about`: the incident the case seems to be about. Without one the worst is named, as perhaps another matter.
    """
    running = snapshot.running
    if not running or not snapshot.is_tellable(now):
        return ""
    incident = about or running[0]
    doubt = "" if about else "perhaps another matter: "
    others = f" (+{len(running) - 1} more)" if len(running) > 1 else ""
    parts = [f"{doubt}{subject(incident)}{others}", in_words(incident.status), _since(incident, now), incident.link]
    age = "" if snapshot.is_fresh(now) else f"; as of {_clock(snapshot.checked_at, now)}, the status page has not answered since"
    return f"{', '.join(part for part in parts if part)}{age}; {_NO_MORE}"


def receipt_lines(snapshot: Snapshot, incident: Incident, now: datetime, words: Words) -> tuple[str, ...]:
    """For the partner: name and status, the latest update, the link, how to subscribe. Nothing of what is old."""
    if not snapshot.is_fresh(now):
        return ()
    say = words.incidents
    status = say.statuses.get(incident.status) or in_words(incident.status) or say.open
    since = say.since.format(at=clock_time(incident.started_at, now, words)) if incident.started_at else ""
    lines = [(say.maintenance if incident.is_maintenance else say.incident).format(name=incident.name, status=status, since=since)]
    if incident.latest is not None:
        lines.append(say.latest.format(text=_cut(" ".join(incident.latest.text.split()), MAX_UPDATE)))
    lines.append(say.follow.format(link=incident.link) if incident.link not in {"", snapshot.url} else "")
    lines.append(say.subscribe.format(link=snapshot.url))
    return tuple(line for line in lines if line)


def subject(incident: Incident) -> str:
    """What is broken and how, where the page says so; otherwise the incident's name."""
    hurt = [one for one in incident.components if one.status not in {WORKING, ""} and not one.is_group]
    if not hurt or (incident.is_maintenance and all(one.status == MAINTENANCE for one in hurt)):
        return _cut(incident.name, _MAX_NAME)
    more = f" and {len(hurt) - 1} more" if len(hurt) > 1 else ""
    return f"{_cut(hurt[0].name, _MAX_NAME)} {in_words(hurt[0].status)}{more}"


def in_words(status: str) -> str:
    """`partial_outage` -> `partial outage`; a word nobody has heard of yet is shown as it is."""
    return status.replace("_", " ")


def _since(incident: Incident, now: datetime) -> str:
    return f"since {_clock(incident.started_at, now)}" if incident.started_at else ""


def _clock(at: datetime, now: datetime) -> str:
    """`10:12 UTC`; with the day when that is not today."""
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M} UTC" if utc.date() == now.astimezone(UTC).date() else f"{utc:%a %-d %b %H:%M} UTC"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
