"""Rehearsal: the real pipeline over mails from files, on a store in memory. Nothing is sent, nothing outside is changed.

Decides when each mail arrived and which file a follow-up follows; everything else is the workers' own judgement. Memory is bounded: bytes
are dropped as soon as a mail is judged. Called by `triage explain`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from triage.adapters.parsing import ParserPool
from triage.cli.mail_files import Doubt, doubt
from triage.core.cases.follow_up import MatchedBy
from triage.core.mail.dates import read_date
from triage.core.mail.headers import Glance, glance
from triage.core.mail.identity import header_of
from triage.core.mail.message import InboundMessage
from triage.core.seams import Clock, FetchedMessage, Parsed, Parser
from triage.store import cases, folders, ledger
from triage.store.folders import Role
from triage.workers.desk import Desk
from triage.workers.intake import IN_FLIGHT, Intake
from triage.workers.judging import Judgement
from triage.workers.sync import Arrivals

BATCH = 50
_DATE = re.compile(rb"(?im)^date[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")
_HEADER_LOOKED_AT = 256 * 1024
_BY_ID = frozenset({MatchedBy.IN_REPLY_TO, MatchedBy.REFERENCES, MatchedBy.OWN_ID})


@dataclass(frozen=True, slots=True)
class Explained:
    """One judged file. `message` is None in quarantine; then `look` is all that is known. `follows` names the file it follows, or ""."""

    file: str
    judgement: Judgement
    message: InboundMessage | None
    look: Glance
    follows: str
    severity: int | None
    """Of its case afterwards; None where it is on no case."""
    doubt: Doubt | None = None
    """Why the file may be no mail at all, or more than one. It is judged all the same, as the daemon would."""


class Rehearsal:
    def __init__(self, desk: Desk, parser: Parser, clock: Clock, unreadable: Callable[[str, str], None]) -> None:
        """`unreadable` hears of files that could not be read: name and reason."""
        self._desk = desk
        self._clock = clock
        self._unreadable = unreadable
        self._parser = _Remembering(parser)
        self._intake = Intake(desk, self._parser, self._judged)
        self._files: dict[int, tuple[str, Doubt | None]] = {}
        """UID to the file and the doubt about it."""
        self._explained: list[Explained] = []
        self._file_of_id: dict[str, str] = {}
        self._last_of_case: dict[int, str] = {}
        self._uid = 0
        folders.watch(desk.store, {desk.config.imap.intake: Role.INTAKE})

    def explain(self, files: Sequence[Path]) -> Iterator[Explained]:
        """Each file once, in the order given; a few are in the parser at a time."""
        for start in range(0, len(files), BATCH):
            self._receive(files[start : start + BATCH])
            while self._intake.backlog > IN_FLIGHT:
                yield from self._step()
        while self._intake.backlog:
            yield from self._step()
        yield from self._step()

    def _receive(self, files: Sequence[Path]) -> None:
        now = self._clock.now()
        messages = []
        for file in files:
            try:
                raw = file.read_bytes()
            except OSError as error:
                self._unreadable(str(file), (error.strerror or type(error).__name__).lower())
                continue
            self._uid += 1
            self._files[self._uid] = (str(file), doubt(raw))
            messages.append(FetchedMessage(self._desk.config.imap.intake, 1, self._uid, arrived_at(raw, file, now), raw))
        self._intake.receive(Arrivals(self._desk.config.imap.intake, tuple(messages)), now)

    def _step(self) -> Iterator[Explained]:
        if not self._intake.step(self._clock.now()):
            self._parser.wait()
        explained, self._explained = self._explained, []
        yield from explained

    def _judged(self, ledger_id: int, judgement: Judgement) -> None:
        store = self._desk.store
        file, why = self._files.pop(ledger.row(store, ledger_id).uid)
        look = glance(header_of(ledger.raw(store, ledger_id)), self._desk.config.limits)
        message = self._parser.take(ledger_id)
        stored = cases.get(store, judgement.case_number) if judgement.case_number is not None else None
        follows = self._follows(judgement, message)
        self._explained.append(Explained(file, judgement, message, look, follows, stored.case.severity if stored else None, why))
        self._file_of_id.setdefault(look.message_id, file)
        if judgement.case_number is not None:
            self._last_of_case[judgement.case_number] = file
        with store.write():
            ledger.drop_raw(store, ledger_id)

    def _follows(self, judgement: Judgement, message: InboundMessage | None) -> str:
        """The file whose mail is named, else the last one on the case that is."""
        found = judgement.follow_up
        if found is None or found.by is None or message is None:
            return ""
        if found.by in _BY_ID:
            original = (message.delivery_report.original_message_id,) if message.delivery_report else ()
            for one in (*original, *message.in_reply_to, *reversed(message.references)):
                if one in self._file_of_id:
                    return self._file_of_id[one]
        number = found.case_number or next(iter(found.possibly_related), None)
        return self._last_of_case.get(number, "") if number is not None else ""


class _Remembering:
    """A parser that keeps what it said until the mail is judged: the pipeline stores less than is explained."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._messages: dict[int, InboundMessage] = {}

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        self._parser.submit(ticket, raw, urgent)

    def finished(self) -> list[Parsed]:
        done = self._parser.finished()
        self._messages.update((one.ticket, one.message) for one in done if one.message is not None)
        return done

    def close(self) -> None:
        self._parser.close()

    def take(self, ticket: int) -> InboundMessage | None:
        return self._messages.pop(ticket, None)

    def wait(self) -> None:
        if isinstance(self._parser, ParserPool):
            self._parser.wait(0.2)
        else:
            time.sleep(0.001)


def arrived_at(raw: bytes, file: Path, now: datetime) -> datetime:
    """The Date header stands in for the server's time where it can be true; else when the file was written."""
    found = _DATE.search(header_of(raw[:_HEADER_LOOKED_AT]))
    date = read_date(found[1].decode("latin-1"))[0] if found else None
    if date is not None and date <= now:
        return date
    try:
        return min(datetime.fromtimestamp(file.stat().st_mtime, UTC), now)
    except (OSError, ValueError, OverflowError):
        return now
