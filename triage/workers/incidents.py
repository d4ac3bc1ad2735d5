"""What the public status page has to do with cases: which incident a mail or a case may be about, and what is told of it.

`Desk.incidents` gives the latest snapshot; the daemon's poller keeps it in the store for the command line. Reads only, except
`keep`; when an incident ends, the cases it had touched are shown and nothing is sent. Called by partner_mail, page_deliveries,
storm_pages, the daemon and `triage incidents`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.notice_words import Words
from triage.core.incidents.matching import Match, best_match, make_report, matches
from triage.core.incidents.reading import NoSummary, as_summary, read_summary
from triage.core.incidents.telling import known_line, receipt_lines
from triage.core.incidents.values import Snapshot
from triage.core.mail.message import FactKind, InboundMessage
from triage.core.outcomes import Outcome
from triage.store import cases, ledger, service
from triage.store.database import Store
from triage.workers.desk import Desk

_LATEST = "status page"
_OVER = "incidents that are over"
_FACT_KINDS = {kind.value: kind for kind in FactKind}
_OF_THE_PARTNER = frozenset({Outcome.CASE, Outcome.FOLLOW_UP})
MOST_CASES = 200
MOST_OVER = 20


@dataclass(frozen=True, slots=True)
class Over:
    """An incident that the page does not show any more; `cases` were open then and seemed to be about it."""

    id: str
    name: str
    link: str
    at: datetime
    cases: tuple[int, ...]


def incident_of_mail(desk: Desk, message: InboundMessage, now: datetime) -> str:
    """For rules: the name of the incident, "" for none. Old news counts as none, so that no rule holds back a page because of it."""
    snapshot = desk.incidents()
    match = matches(message, snapshot) if snapshot is not None and snapshot.is_fresh(now) else None
    return match.incident.name if match else ""


def told_to_partner(desk: Desk, message: InboundMessage, now: datetime, words: Words) -> str:
    """For a notice, in its language: several lines; "" when the mail seems to be about no known incident."""
    snapshot = desk.incidents()
    match = matches(message, snapshot) if snapshot is not None else None
    return "\n".join(receipt_lines(snapshot, match.incident, now, words)) if snapshot is not None and match else ""


def told_to_oncall(desk: Desk, case: Case | None, now: datetime) -> str:
    """For the page: one line; "" when nothing is known publicly."""
    snapshot = desk.incidents()
    if snapshot is None:
        return ""
    match = match_of_case(desk.store, case, snapshot) if case is not None else None
    return known_line(snapshot, now, match.incident if match else None)


def finder(desk: Desk, now: datetime) -> Callable[[int], str]:
    """For storms: number of a case -> id of the incident it seems to be about, "" for none; old news makes no storm."""
    snapshot = desk.incidents()

    def find(number: int) -> str:
        if snapshot is None or not snapshot.running or not snapshot.is_fresh(now):
            return ""
        stored = cases.get(desk.store, number)
        match = match_of_case(desk.store, stored.case, snapshot) if stored is not None else None
        return match.incident.id if match else ""

    return find


def match_of_case(store: Store, case: Case, snapshot: Snapshot) -> Match | None:
    """The incident a case may be about, by all that its partner has written."""
    rows = [row for row in ledger.of_case(store, case.number) if row.outcome in _OF_THE_PARTNER or row.outcome is None]
    facts = [(_FACT_KINDS[str(fact["kind"])], str(fact["value"])) for row in rows for fact in row.facts if fact["kind"] in _FACT_KINDS]
    text = "\n".join(row.new_text for row in rows)
    report = make_report(case.subject, text, facts, lacks_something=case.severity == 1 or any(row.missing for row in rows))
    return best_match(report, snapshot)


def linked_cases(store: Store, snapshot: Snapshot) -> dict[str, list[tuple[Case, Match]]]:
    """Open cases by the id of the running incident they may be about, the worst first."""
    linked: dict[str, list[tuple[Case, Match]]] = {}
    for stored in cases.find(store, only_open=True, limit=MOST_CASES):
        match = match_of_case(store, stored.case, snapshot)
        if match is not None:
            linked.setdefault(match.incident.id, []).append((stored.case, match))
    return linked


def keep(store: Store, snapshot: Snapshot, before: Snapshot | None, now: datetime) -> None:
    """Inside a write transaction: the latest look, and for what has ended since the one before, which open cases it had touched."""
    value = {"url": snapshot.url, "checked_at": snapshot.checked_at.isoformat(), "summary": as_summary(snapshot)}
    service.put(store, _LATEST, json.dumps(value, ensure_ascii=False))
    going_on = {incident.id for incident in snapshot.running}
    ended = [incident for incident in before.running if incident.id not in going_on] if before is not None else []
    if not ended or before is None:
        return
    linked = linked_cases(store, before)
    fresh = [Over(one.id, one.name, one.link, now, tuple(case.number for case, _ in linked.get(one.id, ()))) for one in ended]
    rows = [[one.id, one.name, one.link, one.at.isoformat(), one.cases] for one in (*fresh, *over(store))[:MOST_OVER]]
    service.put(store, _OVER, json.dumps(rows, ensure_ascii=False))


def over(store: Store) -> list[Over]:
    """The latest incidents that have ended, the last one first."""
    try:
        rows = json.loads(service.get(store, _OVER) or "[]")
        return [Over(id_, name, link, datetime.fromisoformat(at), tuple(numbers)) for id_, name, link, at, numbers in rows]
    except (ValueError, TypeError):  # a newer version has written it
        return []


def kept(store: Store) -> Snapshot | None:
    """What the daemon has seen last; None before it has seen anything."""
    text = service.get(store, _LATEST)
    if not text:
        return None
    try:
        value = json.loads(text)
        return read_summary(value["summary"], value["url"], datetime.fromisoformat(value["checked_at"]))
    except (ValueError, KeyError, TypeError, NoSummary):  # a newer version has written it
        return None
