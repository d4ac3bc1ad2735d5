"""Audit: gathers the facts of the self-audit, keeps its report in the store, and tells operators once of what fails and what is over.

When the mailbox has not been looked at for a quarter of an hour, on-call is paged about triage itself: the mails that should page them
are not seen. That page ends by itself when the mailbox is back. Called by daemon/audit_duty every minute, on the engine's thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.audit import (
    OVERDUE_AFTER,
    PAGE_AFTER,
    SIGN_IN_WITHIN,
    AuditFacts,
    Check,
    Finding,
    Report,
    all_told,
    audit,
    follow_up,
    recovered,
    report_from_json,
    report_to_json,
)
from triage.core.cases.case import due_event, next_deadline
from triage.core.deliveries import Channel
from triage.core.failures import TemporaryFailure
from triage.core.oncall.checks import gap_text, single_point_of_failure, uncovered_rotas
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import gaps
from triage.core.problems import Weight
from triage.store import cases, folders, outbox, pages, service
from triage.store.database import Store
from triage.workers import paging, probes, reconcile
from triage.workers.desk import Desk
from triage.workers.timekeeper import waits_for
from triage.workers.warning import warn_team

GAP_HORIZON = timedelta(hours=24)
SIGNED_OUT = "triage cannot sign in to the mailbox any more"
UNREACHABLE = "the mailbox cannot be reached: urgent mails are not seen"
_REPORT = "audit"
_LOOKED_AT = 200
"""Due cases looked at; those that wait for something on purpose are not overdue."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What only the daemon knows. `progress_at`: when the look at the mailbox that is going on brought its last message."""

    started_at: datetime
    mailbox: Callable[[], str]
    progress_at: Callable[[], datetime | None]
    free_bytes: Callable[[], int | None]
    sign_in: Callable[[], str] = str
    """Why no new access token can be had; "" when one can."""


def take_stock(desk: Desk, outlook: Outlook, now: datetime) -> Report:
    """One look: facts, report, mails to operators, the page about the mailbox. Never raises for a store that cannot be written: that is
    a finding."""
    before = latest(desk.store)
    facts = gather(desk, outlook, before, now)
    report = follow_up(before, audit(facts, now), now)
    try:
        with desk.store.write():
            _tell_operators(desk, before, report, now)
            _page_about_mailbox(desk, report, facts, now)
            _page_about_sign_in(desk, report, now)
            told = all_told(report)
            keep(desk.store, told)
    except TemporaryFailure as failure:
        finding = Finding(Check.STORE, Weight.ERROR, failure.message)
        return follow_up(before, (*(one.finding for one in report.standings), finding), now)
    return told


def keep(store: Store, report: Report) -> None:
    """Inside a write transaction: for `triage health`, and for the next look."""
    service.put(store, _REPORT, json.dumps(report_to_json(report), ensure_ascii=False))


def latest(store: Store) -> Report | None:
    """The report of the last look that could be written; None before the first."""
    try:
        return report_from_json(json.loads(service.get(store, _REPORT) or "null"))
    except ValueError:
        return None


def gather(desk: Desk, outlook: Outlook, before: Report | None, now: datetime) -> AuditFacts:
    oncall = desk.rules().oncall
    drill = service.get(desk.store, paging.LAST_DRILL)
    probe = probes.record(desk.store)
    reconciled = reconcile.latest(desk.store)
    return AuditFacts(
        started_at=outlook.started_at,
        synced_at=max(filter(None, (folders.synced_through(desk.store), outlook.progress_at())), default=None),
        mailbox=outlook.mailbox(),
        mailbox_failed=before is not None and before.standing(Check.MAILBOX) is not None,
        poll_every=desk.config.imap.poll_every,
        overdue=_overdue(desk, now),
        free_bytes=outlook.free_bytes(),
        sign_in=outlook.sign_in(),
        has_policies=bool(oncall.policies),
        nobody_now=tuple(name for name, policy in oncall.policies.items() if not _reaches_anybody(oncall, policy.levels[0].targets, now)),
        uncovered=uncovered_rotas(oncall, now),
        gaps=_gaps_ahead(oncall, now),
        weak_contacts=_weak_contacts(oncall, now),
        last_drill_at=datetime.fromisoformat(drill) if drill else None,
        drill_within=desk.config.deadman.drill_within,
        probed_at=probe.whole.delivered_at if probe.whole is not None else None,
        probe_within=desk.config.probe.within,
        probe_problem=probe.problem,
        ledger_problem=reconciled.problem if reconciled is not None else "",
    )


def _overdue(desk: Desk, now: datetime) -> Mapping[str, datetime]:
    """The oldest of each kind that should have been done a minute ago. A case may wait for a sync or an unread mail: that is on purpose."""
    limit = now - OVERDUE_AFTER
    found: dict[str, datetime] = {}
    for stored in pages.due(desk.store, limit, 1):
        if stored.page.next_at is not None:
            found["a page's next step"] = stored.page.next_at
    for delivery in outbox.due(desk.store, [Channel.PAGE], limit, 1):
        row = outbox.get(desk.store, delivery.id)
        if row is not None and row.next_attempt_at is not None:
            found["a page that should go out"] = row.next_attempt_at
    for stored_case in cases.due(desk.store, limit, _LOOKED_AT):
        kind = due_event(stored_case.case, limit)
        if kind is None or waits_for(desk, stored_case.case, kind, now):
            continue
        found[f"case #{stored_case.case.number}"] = next_deadline(stored_case.case) or limit
        break
    return found


def _gaps_ahead(oncall: OnCall, now: datetime) -> tuple[str, ...]:
    ahead = [(name, gap) for name, rota in oncall.rotas.items() for gap in gaps(rota, now, now + GAP_HORIZON)]
    return tuple(f"{name}: {gap_text(gap)}" for name, gap in ahead if gap.start > now)


def _reaches_anybody(oncall: OnCall, targets: tuple[str, ...], now: datetime) -> bool:
    return any(person.contacts for person in oncall.members(targets, (), now))


def _weak_contacts(oncall: OnCall, now: datetime) -> tuple[str, ...]:
    people = {person.name: person for rota in oncall.rotas if (person := oncall.on_call(rota, now)) is not None}
    return tuple(f"{person.display}: {weak}" for person in people.values() if (weak := single_point_of_failure(person)))


def _tell_operators(desk: Desk, before: Report | None, report: Report, now: datetime) -> None:
    for standing in report.standings:
        if standing.is_news:
            check = standing.finding.check.value
            text = f"{standing.finding.text}\n\nSince {standing.since:%Y-%m-%d %H:%M} UTC. See it with: triage health"
            warn_team(desk, f"audit/{check}/{standing.since.isoformat()}", f"the self-audit fails: {check}", text, now)
    for over in recovered(before, report):
        check = over.finding.check.value
        text = f"It was: {over.finding.text}\n\nIt lasted from {over.since:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC."
        warn_team(desk, f"audit-over/{check}/{over.since.isoformat()}", f"the self-audit passes again: {check}", text, now)


def _page_about_mailbox(desk: Desk, report: Report, facts: AuditFacts, now: datetime) -> None:
    standing = report.standing(Check.MAILBOX)
    if standing is None:
        paging.end_about(desk, UNREACHABLE, "the mailbox is reached again", now)
    elif standing.is_confirmed and facts.unsynced_for(now) >= PAGE_AFTER:
        paging.open_about(desk, UNREACHABLE, standing.finding.text, now)


def _page_about_sign_in(desk: Desk, report: Report, now: datetime) -> None:
    """Connections of before still live for a while; once they are gone, neither mails nor warnings by mail go anywhere."""
    standing = report.standing(Check.SIGN_IN)
    if standing is None:
        paging.end_about(desk, SIGNED_OUT, "a new access token was given", now)
    elif standing.is_confirmed and now - standing.since >= SIGN_IN_WITHIN:
        paging.open_about(desk, SIGNED_OUT, standing.finding.text, now)
