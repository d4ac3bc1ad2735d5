"""Reporting: reads what a stretch of time has seen out of the store, as the values that core/reports counts. Reads only.

What happened after the end of the period is left out, so that the report of a month that is over stays as it is. Called by `triage report`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from triage.core.cases.calendars import TEAM
from triage.core.cases.journal import fold
from triage.core.cases.promises import deadlines
from triage.core.cases.timeline import timeline
from triage.core.mail.message import FactKind, Missing
from triage.core.oncall.page import PageReason, PageState
from triage.core.oncall.policy import OnCall
from triage.core.reports.past import Call, Past, PastCase, PastMail, PastPage
from triage.core.reports.period import Period
from triage.core.reports.report import Report, make_report
from triage.core.wording.plain import plain
from triage.store import journal, pages, reports
from triage.store.pages import PageEntry
from triage.store.reports import MailRow
from triage.workers.desk import Desk
from triage.workers.promises import partner_of_case

_TAKEN = frozenset({PageReason.ACKNOWLEDGED.value, PageReason.ACKNOWLEDGED_BY_WORK.value})
_EVERYBODY = frozenset({PageReason.BROADCAST.value, PageReason.LATE_START.value, PageReason.OPENED_LATE.value})
BY_A_REPLY = "a team reply"
"""Stands where a page was taken by answering the partner, by whoever did."""
NO_PARTNER = "(no sender address)"
"""Stands where the sender of a mail cannot be read."""
_ITEMS = {item.value: item for item in Missing}
Progress = Callable[[int, int], None]


def report_of(desk: Desk, period: Period, now: datetime, progress: Progress) -> Report:
    """`progress` hears how many cases are done, and of how many."""
    return make_report(plain(desk.config.instance.name), read_past(desk, period, min(period.end, now), progress), period, now)


def zone_of(desk: Desk) -> str:
    """The team's: its days and hours are the report's."""
    return desk.rules().calendars[TEAM].zone


def has_past(desk: Desk, period: Period) -> bool:
    """Whether any case that is still kept is as old as that."""
    first = reports.first_at(desk.store)
    return first is not None and first < period.end


def read_past(desk: Desk, period: Period, cut: datetime, progress: Progress) -> Past:
    numbers = reports.touched_cases(desk.store, period.start, cut)
    cases = []
    for done, number in enumerate(numbers, 1):
        found = _case(desk, number, cut)
        if found is not None:
            cases.append(found)
        progress(done, len(numbers))
    return Past(tuple(cases), tuple(_page(desk, page_id, period, cut) for page_id in reports.pages_between(desk.store, period.start, cut)))


def _case(desk: Desk, number: int, cut: datetime) -> PastCase | None:
    entries = tuple(entry for entry in journal.of_case_and_merged(desk.store, number) if entry.at < cut)
    case = fold(entry for entry in entries if entry.case_number == number)
    if case is None:
        return None
    partner = partner_of_case(desk, case)
    return PastCase(
        case=case,
        partner=plain(partner.name or case.partner) or NO_PARTNER,
        entries=entries,
        owed=timeline(entries, number),
        deadlines=deadlines(entries, number, desk.rules().agreements, partner),
        mails=tuple(_mail(row) for row in reports.partner_mails(desk.store, number) if row.at < cut),
    )


def _mail(row: MailRow) -> PastMail:
    return PastMail(
        at=row.at,
        opens=row.opens,
        missing=tuple(_ITEMS[item] for item in row.missing if item in _ITEMS),
        endpoints=_values(row, FactKind.ENDPOINT),
        environments=_values(row, FactKind.ENVIRONMENT),
    )


def _values(row: MailRow, kind: FactKind) -> tuple[str, ...]:
    return tuple(plain(value) for found, value in row.facts if found == kind.value)


def _page(desk: Desk, page_id: int, period: Period, cut: datetime) -> PastPage:
    stored = pages.get(desk.store, page_id)
    assert stored is not None  # noqa: S101 (its number was just read)
    page, oncall = stored.page, desk.rules().oncall
    history = [entry for entry in pages.history(desk.store, page_id) if entry.at < cut]
    taken = next((entry for entry in history if entry.reason in _TAKEN), None)
    ended = page.resolved_at if page.state is PageState.RESOLVED and page.resolved_at and page.resolved_at < cut else None
    called = [call for call in reports.calls(desk.store, page_id) if call.at < cut and _is_human(oncall, call.person)]
    return PastPage(
        id=page.id,
        opened_at=page.opened_at,
        cases=page.cases,
        why=plain(page.why),
        calls=tuple(Call(_name(oncall, call.person), call.at, _local(oncall, call.person, call.at, period)) for call in called),
        taken_at=taken.at if taken else None,
        taken_by=_taken_by(oncall, taken) if taken else "",
        resolved_at=ended,
        everybody=any(entry.reason in _EVERYBODY for entry in history),
    )


def _name(oncall: OnCall, written: str) -> str:
    """As people are called: whoever acknowledged may stand there by name, by address or by login."""
    person = oncall.people.get(written) or next((one for one in oncall.people.values() if written.lower() in one.addresses), None)
    return plain(person.display if person is not None else written)


def _taken_by(oncall: OnCall, taken: PageEntry) -> str:
    """A reply is mostly sent from the shared mailbox, and then nobody knows by whom."""
    name = _name(oncall, taken.actor)
    return BY_A_REPLY if taken.reason == PageReason.ACKNOWLEDGED_BY_WORK.value and name == plain(taken.actor) else name


def _is_human(oncall: OnCall, name: str) -> bool:
    person = oncall.people.get(name)
    return person is None or person.human


def _local(oncall: OnCall, name: str, at: datetime, period: Period) -> datetime:
    person = oncall.people.get(name)
    return at.astimezone(ZoneInfo(person.zone if person is not None else period.zone))
