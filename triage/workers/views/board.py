"""What the pages of the board show, as values: the queue, one case, the pages, the rules, the quarantine. Reads only.

Lists come in pieces. What strangers wrote is one line of plain text, or the masked text of their mail line by line; nothing here is markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from triage.core.cases.case import Case, Status
from triage.core.cases.due import Due
from triage.core.cases.promises import state_words
from triage.core.deliveries import Channel
from triage.core.oncall.page import Page, PageState
from triage.core.wording.plain import plain, plain_lines
from triage.store import cases, gauges, journal, ledger, outbox, pages, quarantine
from triage.store.cases import StoredCase
from triage.store.ledger import LedgerRow
from triage.store.quarantine import Quarantined
from triage.workers.desk import Desk
from triage.workers.page_receipt import ReceiptLine, receipt
from triage.workers.page_words import named
from triage.workers.promises import due_of, promises_of
from triage.workers.views.case_state import state_rows
from triage.workers.views.deliveries import fate
from triage.workers.views.page_state import page_state
from triage.workers.views.timeline import Happening, timeline
from triage.workers.views.waiting import waiting_for

T = TypeVar("T")
PIECE = 50
MOST_CASES = 1000
"""Cases that are put in order; of more than that the least severe ones are left out, and the board says so."""
MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """One piece of a list: the `number`th of `of`, from 1."""

    items: tuple[T, ...]
    number: int
    of: int
    total: int


def piece(items: Sequence[T], number: int) -> Piece[T]:
    """A number beyond the end gives the last piece; 0 or less too, for lists that are read from the end."""
    return _piece(lambda first: items[first : first + PIECE], len(items), number)


def _piece(read: Callable[[int], Sequence[T]], total: int, number: int) -> Piece[T]:
    """`read` gives the piece that begins at an index."""
    of = max((total + PIECE - 1) // PIECE, 1)
    number = min(number, of) if number > 0 else of
    return Piece(tuple(read((number - 1) * PIECE)), number, of, total)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: by default all that are not closed."""

    status: Status | None = None
    everything: bool = False
    partner: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    number: int
    severity: int
    status: str
    partner: str
    subject: str
    opened_at: datetime
    assigned_to: str
    waits: str
    due_at: datetime | None
    due: str
    late: bool
    paging: bool
    """Somebody is being got out of bed, and nobody has it yet."""


@dataclass(frozen=True, slots=True)
class Queue:
    rows: Piece[QueueRow]
    cut: bool
    counts: tuple[int, int, int]
    """Cases by severity, in all pieces."""
    unanswered_pages: int


def queue(desk: Desk, wanted: Wanted, number: int, now: datetime) -> Queue:
    only_open = not wanted.everything and not wanted.status
    found = cases.find(desk.store, status=wanted.status, partner=wanted.partner.lower(), only_open=only_open, limit=MOST_CASES + 1)
    cut = len(found) > MOST_CASES
    due = {stored.case.number: due_of(desk, stored.case) for stored in found[:MOST_CASES]}
    ordered = sorted(found[:MOST_CASES], key=lambda stored: _order(stored, due[stored.case.number]))
    cut_out = piece(ordered, number)
    rows = tuple(_queue_row(desk, stored.case, due[stored.case.number], now) for stored in cut_out.items)
    counts = [sum(stored.case.severity == severity for stored in ordered) for severity in (1, 2, 3)]
    waiting = sum(stored.page.state in _NOBODY_HAS_IT for stored in pages.all_open(desk.store))
    return Queue(Piece(rows, cut_out.number, cut_out.of, cut_out.total), cut, (counts[0], counts[1], counts[2]), waiting)


_NOBODY_HAS_IT = frozenset({PageState.PAGING, PageState.BROADCAST})


def _order(stored: StoredCase, due: Due | None) -> tuple[int, bool, float, datetime]:
    return stored.case.severity, due is None, due.at.timestamp() if due else 0.0, stored.updated_at


def _queue_row(desk: Desk, case: Case, due: Due | None, now: datetime) -> QueueRow:
    page = pages.open_of_case(desk.store, case.number)
    return QueueRow(
        number=case.number,
        severity=case.severity,
        status=case.status.value,
        partner=plain(case.partner),
        subject=plain(case.subject) or "(no subject)",
        opened_at=case.opened_at,
        assigned_to=plain(case.assigned_to),
        waits=plain(waiting_for(desk, case, now)),
        due_at=due.at if due else None,
        due=due.kind.value if due else "",
        late=due is not None and due.at < now,
        paging=page is not None and page.page.state in _NOBODY_HAS_IT,
    )


@dataclass(frozen=True, slots=True)
class Promised:
    name: str
    term: str
    due_at: datetime | None
    state: str
    open: bool
    late: bool


@dataclass(frozen=True, slots=True)
class MailView:
    id: int
    author: str
    subject: str
    outcome: str
    at: datetime
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline, with the mail that caused it where there was one."""

    happening: Happening
    mail: MailView | None


@dataclass(frozen=True, slots=True)
class Sent:
    at: datetime
    what: str
    to: str
    fate: str
    failed: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    case: Case
    subject: str
    partner: str
    requester: str
    waits: str
    state: tuple[tuple[str, str], ...]
    promises: tuple[Promised, ...]
    moments: Piece[Moment]
    sent: tuple[Sent, ...]
    pages: tuple[PageRow, ...]


@dataclass(frozen=True, slots=True)
class PageRow:
    id: int
    about: str
    state: str
    opened_at: datetime
    policy: str
    open: bool
    nobody: bool
    next_at: datetime | None
    cases: tuple[int, ...]


def case_view(desk: Desk, number: int, part: int, now: datetime) -> CaseView | None:
    """The case of that number, or the one it was merged into."""
    stored = cases.get_final(desk.store, number)
    if stored is None:
        return None
    case = stored.case
    mails = {row.id: row for row in ledger.of_case(desk.store, case.number)}
    happened = piece(timeline(journal.of_case(desk.store, case.number)), part)
    moments, shown = [], set[int]()
    for one in happened.items:
        row = mails.get(one.message or 0) if one.message not in shown else None
        moments.append(Moment(one, _mail_view(row) if row is not None else None))
        shown.add(one.message or 0)
    state = state_rows(desk, case, now)
    return CaseView(
        case=case,
        subject=plain(case.subject) or "(no subject)",
        partner=plain(case.partner),
        requester=plain(case.requester),
        waits=plain(state.pop("waits for", "")),
        state=tuple((name, plain(value)) for name, value in state.items()),
        promises=_promises(desk, case, now),
        moments=Piece(tuple(moments), happened.number, happened.of, happened.total),
        sent=_sent(desk, case.number, now),
        pages=tuple(page_row(stored_page.page, now) for stored_page in pages.of_case(desk.store, case.number)),
    )


def _promises(desk: Desk, case: Case, now: datetime) -> tuple[Promised, ...]:
    return tuple(
        Promised(one.promise.value, str(one.term), one.due_at, state_words(one, now), one.is_open, one.is_broken(now))
        for one in promises_of(desk, case)
    )


def _mail_view(row: LedgerRow) -> MailView:
    return MailView(
        id=row.id,
        author=plain(row.author),
        subject=plain(row.subject),
        outcome=row.outcome.value if row.outcome else "undecided",
        at=row.internaldate,
        lines=tuple(plain_lines(row.new_text)),
        facts=tuple((plain(str(fact["kind"])).replace("_", " "), plain(str(fact["value"]))) for fact in row.facts),
        attachments=tuple(f"{plain(str(one['name']))} ({plain(str(one['type']))}, {one['size']} bytes)" for one in row.attachments),
        defects=tuple(map(plain, row.defects)),
    )


def _sent(desk: Desk, number: int, now: datetime) -> tuple[Sent, ...]:
    rows = [row for row in outbox.of_case(desk.store, number) if row.delivery.outgoing.channel is Channel.MAIL]
    return tuple(
        Sent(
            row.delivery.created_at,
            row.delivery.outgoing.purpose,
            ", ".join(map(plain, row.delivery.outgoing.recipients)),
            plain(fate(row, now)),
            row.state.value == "failed",
        )
        for row in rows
    )


def page_row(page: Page, now: datetime) -> PageRow:
    return PageRow(
        id=page.id,
        about=("TEST: " if page.test else "") + plain(named(page)),
        state=plain(page_state(page, now)),
        opened_at=page.opened_at,
        policy=plain(page.policy.name),
        open=page.state is not PageState.RESOLVED,
        nobody=page.state in _NOBODY_HAS_IT,
        next_at=page.next_at,
        cases=page.cases,
    )


def open_pages(desk: Desk, now: datetime) -> tuple[PageRow, ...]:
    return tuple(page_row(stored.page, now) for stored in pages.all_open(desk.store))


def past_pages(desk: Desk, number: int, now: datetime) -> Piece[PageRow]:
    over = [stored.page for stored in pages.latest(desk.store, MOST_PAGES) if stored.page.state is PageState.RESOLVED]
    found = piece(over, number)
    return Piece(tuple(page_row(page, now) for page in found.items), found.number, found.of, found.total)


@dataclass(frozen=True, slots=True)
class PageView:
    row: PageRow
    seen: int
    """Cases on it now: those that join later are not covered by what is said about this one."""
    receipt: Piece[ReceiptLine]


def page_view(desk: Desk, page_id: int, part: int, now: datetime) -> PageView | None:
    stored = pages.get(desk.store, page_id)
    if stored is None:
        return None
    lines = [ReceiptLine(one.at, one.what, plain(one.who), plain(one.text)) for one in receipt(desk.store, page_id)]
    return PageView(page_row(stored.page, now), len(stored.page.cases), piece(lines, part))


@dataclass(frozen=True, slots=True)
class RuleRow:
    name: str
    why: str
    place: str


def rule_rows(desk: Desk, number: int) -> Piece[RuleRow]:
    rules = desk.rules().ruleset.rules
    return piece([RuleRow(plain(rule.name), plain(rule.why), f"{plain(rule.file)}:{rule.line}") for rule in rules], number)


def set_aside(desk: Desk, number: int) -> Piece[Quarantined]:
    return _piece(lambda first: quarantine.everything(desk.store, PIECE, first), gauges.quarantined(desk.store), number)
