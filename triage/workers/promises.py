"""What was promised on a case, read from its journal: for `triage clock`, `triage cases`, the digest, rules. Reads only."""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.core.cases.case import Case, Status
from triage.core.cases.due import Due
from triage.core.cases.due import next_due as case_due
from triage.core.cases.events import EventKind
from triage.core.cases.journal import JournalEntry
from triage.core.cases.partners import Partner
from triage.core.cases.promises import Deadline, deadlines, next_due, response_due
from triage.store import journal
from triage.workers.desk import Desk

_FIELD = "response_due_in"


def promises_of(desk: Desk, case: Case) -> tuple[Deadline, ...]:
    """Every promise of the case, kept, broken or running, in the order in which they began; see core/cases/promises.py."""
    rules = desk.rules()
    if not rules.agreements.agreements:
        return ()
    return deadlines(journal.of_case_and_merged(desk.store, case.number), case.number, rules.agreements, partner_of_case(desk, case))


def next_promise(desk: Desk, case: Case) -> Deadline | None:
    """The running promise that is due first; None when nothing is promised, or the clocks stand still."""
    return next_due(promises_of(desk, case))


def due_of(desk: Desk, case: Case) -> Due | None:
    """What is due next on the case: by the clock of the case, or by what was promised."""
    return case_due(case, next_promise(desk, case) if case.status is not Status.CLOSED else None)


def broken_promises(desk: Desk, case: Case, since: datetime, now: datetime) -> tuple[Deadline, ...]:
    """Those that are late now, and those that became late after `since`."""
    return tuple(
        each
        for each in promises_of(desk, case)
        if each.due_at is not None and each.is_broken(now) and (each.owed.is_running or each.due_at > since)
    )


def partner_of_case(desk: Desk, case: Case) -> Partner:
    return desk.rules().partners.by_key(case.partner) or Partner(case.partner)


def response_due_in(desk: Desk, case: Case | None, partner: Partner, now: datetime) -> timedelta | None:
    """Until our response is due, with a message that arrives now; None when no rule asks, nothing is promised, or nobody can know.

    `case` is None for a message that opens one.
    """
    rules = desk.rules()
    if _FIELD not in rules.ruleset.fields or not rules.agreements.agreements:
        return None
    number = case.number if case is not None else 0
    written = JournalEntry(number, now, now, EventKind.PARTNER_WROTE.value, "", changes=_changes(desk, case))
    before = journal.of_case_and_merged(desk.store, number) if case is not None else []
    due = response_due(deadlines([*before, written], number, rules.agreements, partner))
    return due.due_at - now if due is not None and due.due_at is not None else None


def _changes(desk: Desk, case: Case | None) -> dict[str, object]:
    """What the message changes of what deadlines depend on."""
    if case is None:
        return {"status": Status.NEW.value, "severity": desk.config.cases.default_severity}
    if case.status in {Status.PENDING, Status.CLOSED}:
        return {"status": Status.OPEN.value, "closed_at": None}
    return {}
