"""News: what has really happened since one last asked, read from the store, the outgoing mail and the phones.

The demo tells nothing else. Every happening has a `sign`, one line that the story compares with what it expects. Called by `story` and
`stay`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from triage.core.cases.case import Case
from triage.core.cases.journal import JournalEntry, fold
from triage.core.deliveries import Channel
from triage.core.mail.compose import clean_value
from triage.core.outcomes import Outcome
from triage.demo.post_office import read, text_of
from triage.demo.world import World
from triage.store import cases, journal, ledger, outbox
from triage.store.database import Store, open_store
from triage.store.ledger import LedgerRow


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that got its outcome. `author_name` is what its From shows; `raw_subject` the subject as it travelled.

    Of a quarantined message the row may know neither author nor subject, so both come from its header."""

    row: LedgerRow
    author_name: str
    author: str
    raw_subject: str

    @property
    def sign(self) -> str:
        outcome = self.row.outcome.value if self.row.outcome else "undecided"
        return outcome if self.row.case_number is None else f"{outcome} #{self.row.case_number}"


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of a case's journal; `case` is the case after all entries that came with it."""

    entry: JournalEntry
    case: Case

    @property
    def sign(self) -> str:
        return f"#{self.entry.case_number} {self.entry.event}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail the program has sent; `kind` is a notice kind or "warning"."""

    kind: str
    to: str
    number: int
    text: str

    @property
    def sign(self) -> str:
        return f"{self.kind} to {self.to}"


@dataclass(frozen=True, slots=True)
class Ring:
    """A page as it reached somebody: on a phone (`text` is what it shows), or by mail."""

    person: str
    contact: str
    action: str
    text: str
    signed: bool

    @property
    def sign(self) -> str:
        return f"{self.action} {self.person} by {self.contact}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A warning of the daemon's log: never part of the story."""

    text: str

    @property
    def sign(self) -> str:
        return f"trouble: {self.text}"


Happening = Arrival | Change | Notice | Ring | Trouble


class News:
    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: dict[int, int] = {}
        self._mails = 0
        self._rings = 0
        self.messages = 0
        """How many have their outcome, the program's own copies included."""

    def collect(self) -> list[Happening]:
        """In the order one would tell it: each mail with what it changed, what the clock and the team changed, what went out for it."""
        records = self._world.records.taken()
        judged = _judged(records)
        with open_store(self._world.config.instance.state_dir) as store:
            self.messages += len(judged)
            arrivals = [_arrival(store, ledger_id) for ledger_id in judged]
            changes = self._changes(store)
            outgoing = self._outgoing(store)
        return [
            *_in_order(arrivals, changes),
            *outgoing,
            *self._rang(),
            *(Trouble(_words(record)) for record in records if record.levelno >= logging.WARNING),
        ]

    def cases(self) -> list[Case]:
        with open_store(self._world.config.instance.state_dir) as store:
            return sorted((stored.case for stored in cases.find(store)), key=lambda case: case.number)

    def replays(self) -> bool:
        """Whether folding the journal gives every case row."""
        with open_store(self._world.config.instance.state_dir) as store:
            return all(fold(journal.of_case(store, stored.case.number)) == stored.case for stored in cases.find(store))

    def undecided(self) -> int:
        with open_store(self._world.config.instance.state_dir) as store:
            return len(ledger.undecided(store))

    def _changes(self, store: Store) -> list[Change]:
        found: list[Change] = []
        for stored in sorted(cases.find(store), key=lambda one: one.case.number):
            entries = journal.of_case(store, stored.case.number)
            seen = self._entries.get(stored.case.number, 0)
            self._entries[stored.case.number] = len(entries)
            found += [Change(entry, stored.case) for entry in entries[seen:]]
        return found

    def _outgoing(self, store: Store) -> list[Notice | Ring]:
        mails = self._world.office.sent_by_program()[self._mails :]
        self._mails += len(mails)
        return [_sent(store, read(mail.raw), mail.recipients[0]) for mail in mails]

    def _rang(self) -> list[Ring]:
        pages = self._world.phones.pages()[self._rings :]
        self._rings += len(pages)
        return [Ring(one.person, "phone", one.page["action"], one.page["text"], one.signed) for one in pages]


def _judged(records: list[logging.LogRecord]) -> list[int]:
    fields = [getattr(record, "fields", {}) for record in records if record.getMessage() in {"judged", "quarantined"}]
    return [int(each["ledger"]) for each in fields if "ledger" in each]


def _arrival(store: Store, ledger_id: int) -> Arrival:
    row = ledger.row(store, ledger_id)
    header = BytesHeaderParser().parsebytes(ledger.raw(store, ledger_id))
    name, address = parseaddr(str(header["From"] or ""))
    return Arrival(row, clean_value(name), row.author or clean_value(address), clean_value(str(header["Subject"] or "")))


def _in_order(arrivals: list[Arrival], changes: list[Change]) -> list[Happening]:
    told: list[Happening] = []
    for arrival in arrivals:
        if arrival.row.outcome is not Outcome.OWN:
            told.append(arrival)
            told += [change for change in changes if change.entry.ledger_id == arrival.row.id]
    return told + [change for change in changes if change not in told]


def _sent(store: Store, message: EmailMessage, recipient: str) -> Notice | Ring:
    row = outbox.by_message_id(store, str(message["Message-ID"]))
    if row is not None and row.delivery.outgoing.channel is Channel.PAGE:
        person, contact = row.delivery.outgoing.recipients
        action = str(row.delivery.outgoing.payload["page"]["action"])
        return Ring(person, contact, action, text_of(message), signed=True)
    return Notice(str(message["X-Triage-Notice"] or "mail"), recipient, int(message["X-Triage-Case"] or 0), text_of(message))


def _words(record: logging.LogRecord) -> str:
    fields = getattr(record, "fields", {})
    return " ".join([record.getMessage(), *(f"{name}={value}" for name, value in fields.items() if name != "trace")])
