"""`triage incidents`: what the public status page says, and which open cases may be about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.cli.watching import watchable
from triage.core.cases.case import Case, Status
from triage.core.incidents.matching import Match
from triage.core.incidents.telling import in_words
from triage.core.incidents.values import Incident, Snapshot
from triage.core.wording.plain import plain
from triage.core.wording.spans import ago, moment
from triage.store import cases
from triage.store.database import Store
from triage.workers.incidents import Over, kept, linked_cases, over


@click.command(short_help="The public status page, and the open cases it may explain.")
@json_option
@config_option
@pass_session
@watchable
def incidents(session: Session, as_json: bool) -> None:
    """What is wrong publicly, as the daemon has seen it last, with the open cases that may be about it.

    Incidents that are over are shown as long as one of their cases is open: tell those partners. Nothing is sent by itself. Exit
    code 1 when no status page was ever seen.

    \b
    Example:  triage incidents
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        snapshot = kept(desk.store)
        if snapshot is None:
            click.echo("triage: no status page was ever seen: set [statuspage] url, and start the daemon", err=True)
            raise SystemExit(Exit.NO)
        linked = linked_cases(desk.store, snapshot)
        ended = [(one, found) for one in over(desk.store) if (found := _still_open(desk.store, one))]
    if as_json:
        print_json(_as_value(snapshot, linked, ended, now))
    else:
        _tell(snapshot, linked, ended, now)


def _still_open(store: Store, ended: Over) -> list[Case]:
    found = [stored.case for number in ended.cases if (stored := cases.get(store, number)) is not None]
    return [case for case in found if case.status is not Status.CLOSED]


def _tell(snapshot: Snapshot, linked: dict[str, list[tuple[Case, Match]]], ended: Sequence[tuple[Over, list[Case]]], now: datetime) -> None:
    stale = "" if snapshot.is_fresh(now) else "; it has not answered since, so this may be over"
    say(f"{plain(snapshot.name) or snapshot.url}, seen {ago(snapshot.checked_at, now)}{stale}")
    if not snapshot.running:
        say("no incident")
    for incident in snapshot.running:
        since = f" since {moment(incident.started_at, now)} UTC" if incident.started_at else ""
        impact = "maintenance" if incident.is_maintenance else f"impact {in_words(incident.impact) or 'unknown'}"
        say(f"\n{plain(incident.name)}: {plain(in_words(incident.status))}{since}, {plain(impact)}")
        say(f"  {incident.link}")
        for case, match in linked.get(incident.id, ()):
            say(f"  {_line(case)} ({match.sign.value}: {plain(match.by)})")
    for one, found in ended:
        say(f"\n{plain(one.name)}: over, noticed {ago(one.at, now)}; these cases are still open:")
        for case in found:
            say(f"  {_line(case)}")


def _line(case: Case) -> str:
    return f"#{case.number} severity {case.severity}, {case.status.value}, {plain(case.partner)}: {plain(case.subject)[:60]}"


def _as_value(
    snapshot: Snapshot, linked: dict[str, list[tuple[Case, Match]]], ended: Sequence[tuple[Over, list[Case]]], now: datetime
) -> dict[str, Any]:
    return {
        "page": snapshot.url,
        "checked_at": snapshot.checked_at,
        "fresh": snapshot.is_fresh(now),
        "incidents": [_incident_value(one, linked.get(one.id, [])) for one in snapshot.running],
        "over": [{"id": one.id, "name": one.name, "at": one.at, "cases": [case.number for case in found]} for one, found in ended],
    }


def _incident_value(incident: Incident, linked: list[tuple[Case, Match]]) -> dict[str, Any]:
    return {
        "id": incident.id,
        "name": incident.name,
        "status": incident.status,
        "impact": incident.impact,
        "started_at": incident.started_at,
        "link": incident.link,
        "maintenance": incident.is_maintenance,
        "cases": [{"case": case.number, "why": match.sign, "by": match.by} for case, match in linked],
    }
