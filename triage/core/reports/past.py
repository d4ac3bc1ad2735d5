"""The past as a report reads it: cases, pages and first mails as values, up to the end of the period. Made by workers/reporting. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.case import Case
from triage.core.cases.journal import JournalEntry
from triage.core.cases.promises import Deadline
from triage.core.cases.timeline import Owed
from triage.core.mail.message import Missing


@dataclass(frozen=True, slots=True)
class PastMail:
    """A partner's message as it was understood; `opens`: it opened a case."""

    at: datetime
    opens: bool
    missing: tuple[Missing, ...] = ()
    endpoints: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastCase:
    """`case` is as it stood at the end of the period; `entries` are its own and those of the cases that live on as it, up to then."""

    case: Case
    partner: str
    """As people call it."""
    entries: tuple[JournalEntry, ...]
    owed: tuple[Owed, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    mails: tuple[PastMail, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was called about a page: one contact, once. `local` is the wall clock where this person is."""

    person: str
    at: datetime
    local: datetime


@dataclass(frozen=True, slots=True)
class PastPage:
    """A page that is no drill. `taken` is the first acknowledge and by whom."""

    id: int
    opened_at: datetime
    cases: tuple[int, ...]
    why: str = ""
    calls: tuple[Call, ...] = ()
    taken_at: datetime | None = None
    taken_by: str = ""
    resolved_at: datetime | None = None
    everybody: bool = False
    """It came so far that everybody was paged."""


@dataclass(frozen=True, slots=True)
class Past:
    cases: tuple[PastCase, ...] = ()
    pages: tuple[PastPage, ...] = ()
