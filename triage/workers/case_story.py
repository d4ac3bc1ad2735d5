"""A case's story in the lines of a mail to the team: who, what happened last, which messages it has. Reads only.

Texts of mails are not in it; what is told was masked when it came in. Called by command_acts.py for `show`.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.journal import JournalEntry
from triage.core.mail.compose import clean_value
from triage.core.wording.happenings import what_happened
from triage.core.wording.spans import ago, moment
from triage.store import cases, journal, ledger
from triage.store.ledger import LedgerRow
from triage.workers.desk import Desk

_EVENTS = 12
_MESSAGES = 10
_PEOPLE = 20
_LONGEST = 200


def story_lines(desk: Desk, case: Case, now: datetime) -> tuple[str, ...]:
    people = sorted(cases.participants(desk.store, case.number))
    more = f" and {len(people) - _PEOPLE} more" if len(people) > _PEOPLE else ""
    events = journal.of_case(desk.store, case.number)
    messages = ledger.of_case(desk.store, case.number)
    return (
        _cut(f"#{case.number}: {case.subject or '(no subject)'}"),
        f"Opened {ago(case.opened_at, now)} ({moment(case.opened_at, now)} UTC) for {case.requester}, partner {case.partner}",
        *([f"Continues #{case.follows}"] if case.follows else []),
        f"Participants: {', '.join(people[:_PEOPLE])}{more}",
        "",
        f"Messages{_of(len(messages), _MESSAGES)}:",
        *(_message(row, now) for row in messages[-_MESSAGES:]),
        "",
        f"What happened{_of(len(events), _EVENTS)} (UTC):",
        *(_event(entry, now) for entry in events[-_EVENTS:]),
    )


def _of(count: int, shown: int) -> str:
    return f", the last {shown} of {count}" if count > shown else ""


def _message(row: LedgerRow, now: datetime) -> str:
    outcome = row.outcome.value if row.outcome else "being read"
    return _cut(f"  {row.id}  {moment(row.internaldate, now)}  {row.author or 'no author'}, {outcome}")


def _event(entry: JournalEntry, now: datetime) -> str:
    sentence = what_happened(entry)
    detail = f": {entry.detail}" if entry.detail and entry.detail != sentence else ""
    return _cut(f"  {moment(entry.at, now)}  {sentence}{detail}")


def _cut(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    clean = indent + clean_value(line)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1].rstrip() + "…"
