"""Cases and pages of a past, written down by hand: hours count from the first midnight of October 2026 in UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from triage.core.cases.agreements import Agreement, Agreements, Promise, Term
from triage.core.cases.case import Case, Status
from triage.core.cases.events import EventKind, Reason
from triage.core.cases.journal import JournalEntry, to_json
from triage.core.cases.journal import fold as folded
from triage.core.cases.partners import Partner
from triage.core.cases.promises import deadlines
from triage.core.cases.timeline import timeline
from triage.core.reports.past import Past, PastCase, PastMail, PastPage
from triage.core.reports.period import Period
from triage.core.reports.report import Report, make_report

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
T0 = datetime(2026, 10, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 24, tzinfo=UTC)
AN_HOUR = Agreements((Agreement("default", {(Promise.FIRST_RESPONSE, severity): Term(timedelta(hours=1)) for severity in (1, 2, 3)}),))


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def entry(kind: EventKind, hours: float, number: int = 1, reason: str = "", rules: tuple[str, ...] = (), **changes: Any) -> JournalEntry:
    return JournalEntry(number, at(hours), at(hours), kind.value, reason, changes=changes, rules=rules)


def opened(hours: float, number: int = 1, severity: int = 3, partner: str = "acme", rules: tuple[str, ...] = ()) -> JournalEntry:
    case = Case(number, Status.NEW, severity, partner, f"ops@{partner}.example", "Transfers fail", at(hours), partner_wrote_at=at(hours))
    written = entry(EventKind.PARTNER_WROTE, hours, number, Reason.OPENED_BY_PARTNER.value, rules)
    return replace(written, changes=to_json(case))


def replied(hours: float, number: int = 1) -> JournalEntry:
    return entry(EventKind.TEAM_REPLIED, hours, number, status="pending", team_replied_at=at(hours).isoformat())


def closed(hours: float, number: int = 1, kind: EventKind = EventKind.WINDOW_ENDED) -> JournalEntry:
    return entry(kind, hours, number, status="closed", closed_at=at(hours).isoformat())


def reopened(hours: float, number: int = 1) -> JournalEntry:
    return entry(EventKind.PARTNER_WROTE, hours, number, Reason.PARTNER_REOPENED.value, status="open", closed_at=None)


def case(
    *entries: JournalEntry, cut: datetime = OCTOBER.end, mails: tuple[PastMail, ...] = (), agreements: Agreements = AN_HOUR
) -> PastCase:
    """As workers/reporting makes it: nothing after `cut`."""
    known = tuple(one for one in entries if one.at < cut)
    found = folded(known)
    assert found is not None
    owed = timeline(known, found.number)
    return PastCase(found, found.partner, known, owed, deadlines(known, found.number, agreements, Partner(found.partner)), mails)


def report(*cases: PastCase, pages: tuple[PastPage, ...] = (), period: Period = OCTOBER, now: datetime = LATER) -> Report:
    return make_report("Partner support", Past(cases, pages), period, now)
