"""Intake: the only hub. Messages come in as items of a sweep, go to the parser, and leave with exactly one outcome each.

`receive` commits the raw bytes (crash state S2) before anything is parsed; `step` decides what the parser has finished: urgent ones first,
in turns when one sender has many, the others in the order of the server's time. What is finished at the same time is committed
together, all that one message causes at once.
One bad message never stops the next one: what it did is undone, and it goes to quarantine with its bytes and the error (promise 2). A store
that cannot be written is no fault of the message: it stays undecided, with those it was to be committed with, and is decided later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, islice, takewhile
from operator import itemgetter

from triage.core.failures import TemporaryFailure
from triage.core.mail.headers import glance
from triage.core.mail.identity import header_hash, header_of, identity
from triage.core.mail.masking import mask
from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import parse
from triage.core.outcomes import Outcome
from triage.core.seams import FetchedMessage, Parsed, Parser, UnfetchableMessage
from triage.store import counters, folders, ledger, quarantine
from triage.store.counters import Count
from triage.store.folders import Role
from triage.store.ledger import LedgerRow
from triage.workers import own_copies
from triage.workers.desk import Desk
from triage.workers.fair_queue import FairQueue
from triage.workers.judging import Judgement, judge
from triage.workers.secrets_seen import tell_of_secrets
from triage.workers.sync import Arrivals, FirstLook, Item, OwnCopies, Settled, Swept, never
from triage.workers.urgency import LOOKED_AT, Urgency, says_so, whose
from triage.workers.warning import warn_team

IN_FLIGHT = 48
"""How many messages the parser has at a time, and of urgent ones as many again; the others wait in the store."""
IN_FLIGHT_BYTES = 1024 * 1024
"""The parser gets no further message while it has so many bytes, so that memory is bounded; an urgent one while it has twice as many."""
A_STEP, A_STEP_BYTES = 20, 128 * 1024
"""So many, or about so much of them, are decided before the clock and the dispatcher get their turn: rules may look long at long texts."""
A_COMMIT = 10
"""How many are decided together: a commit costs as much as deciding one, and what is urgent waits for its end."""
TOGETHER_WITHIN = timedelta(milliseconds=100)
"""Beside a backlog a commit waits so long for so many to be parsed: one or two at a time would cost more in commits than in deciding."""


class Intake:
    def __init__(self, desk: Desk, parser: Parser, on_judged: Callable[[int, Judgement], None] | None = None) -> None:
        """`on_judged` hears of every outcome after its commit (flags on the server, `explain`, the demo's story)."""
        self._desk = desk
        self._parser = parser
        self._on_judged = on_judged
        self._is_urgent = Urgency(desk.rules, desk.config.limits)
        self._urgent = FairQueue()
        self._waiting: deque[int] = deque()
        self._in_flight: dict[int, int] = {}
        self._urgent_lines: dict[str, deque[int]] = {}
        """The urgent ones in flight, by whose they are: one that takes the parser long holds back only those of the same sender."""
        self._turns: dict[int, str] = {}
        self._order: deque[int] = deque()
        self._parsed: dict[int, Parsed] = {}
        self._committed_at = datetime.min.replace(tzinfo=UTC)

    def resume(self) -> None:
        """After a start, or after the store could not be written: everything that has no outcome yet, oldest first (crash state S2)."""
        known = self._in_flight.keys() | set(self._urgent) | set(self._waiting)
        for ledger_id in ledger.undecided(self._desk.store):
            if ledger_id not in known:
                self._accept(ledger_id, self._turn_of(ledger_id))

    def receive(self, item: Item, now: datetime) -> bool:
        """Commit one item of a sweep; True when it brought messages. Raises TemporaryFailure when the store cannot be written; then the
        sweep is void."""
        added: list[tuple[int, str | None]] = []
        own: list[tuple[int, Judgement]] = []
        with self._desk.store.write():
            match item:
                case Arrivals():
                    added = self._add(item, now)
                case Settled():
                    self._add_settled(item, now)
                case OwnCopies():
                    own = self._add_own(item, now)
                case FirstLook():
                    folders.note_history(self._desk.store, item.folder, item.end)
                case Swept():
                    if folders.move(self._desk.store, item.folder, item.after, item.position):
                        folders.swept(self._desk.store, item.folder, item.began_at)
        for ledger_id, turn in added:
            self._accept(ledger_id, turn)
        for ledger_id, judgement in own:
            self._tell(ledger_id, judgement)
        if self._urgent:
            self._feed()  # what else is to be committed is committed while it is parsed
        return bool(added) or isinstance(item, Settled | OwnCopies)

    def step(self, now: datetime, is_rung: Callable[[], bool] = never) -> bool:
        """Decide what can be decided. True when there was something. Ends early for what must not wait: urgent ones are decided and their
        pages are due, or `is_rung` says that more of them have come."""
        decided = size = 0
        ends = False
        while not ends and decided < A_STEP and size < A_STEP_BYTES and (together := self._ready(A_COMMIT, now)):
            urgent = bool(self._urgent_lines)
            size += sum(self._in_flight[ledger_id] for ledger_id in together)
            try:
                judged = self._commit(together, now, never if urgent else is_rung)
            except TemporaryFailure:
                raise  # they stay the first of their order
            except Exception:
                self._done_with(together)  # so that `resume` takes up again what has no outcome yet
                raise
            self._done_with(together[: len(judged)])
            self._committed_at = now
            for ledger_id, judgement in judged:
                self._tell(ledger_id, judgement)
            decided += len(judged)
            ends = urgent or is_rung()
        return decided > 0

    @property
    def backlog(self) -> int:
        """Messages that are in the ledger without an outcome, as far as this process knows."""
        return len(self._urgent) + len(self._waiting) + len(self._in_flight)

    @property
    def has_urgent(self) -> bool:
        """Urgent ones are waiting, or with the parser."""
        return bool(self._urgent or self._urgent_lines)

    def _add(self, item: Arrivals, now: datetime) -> list[tuple[int, str | None]]:
        """Ids of what is new, and with whom each takes turns; None of what is not urgent."""
        added: list[tuple[int, str | None]] = []
        for message in item.messages:
            if isinstance(message, UnfetchableMessage):
                if not self._counts_by_header(message):
                    self._add_unfetchable(message, now)
                    continue
                raw, at = message.header + b"\r\n\r\n", message.internaldate or now
                unread = f"the body was not read: {message.error}"
                message = FetchedMessage(message.folder, message.uidvalidity, message.uid, at, raw, cut=True, unread=unread)
            ledger_id = ledger.add(self._desk.store, message, header_hash(header_of(message.raw)), now)
            if ledger_id is not None:
                added.append((ledger_id, item.whose.get(message.uid, "") if item.urgent else None))
        return added

    def _add_unfetchable(self, message: UnfetchableMessage, now: datetime) -> None:
        author, subject = self._look_at(message.header)
        if quarantine.add_unfetchable(self._desk.store, message, author, subject, now):
            key = f"{message.folder}/{message.uidvalidity}/{message.uid}"
            self._warn_of_quarantine(key, message.error, "The server does not give it; it stays in the mailbox.", now)

    def _counts_by_header(self, message: UnfetchableMessage) -> bool:
        """An urgent mail of which the server gives the header only: that is judged, since somebody must be paged, and is all there is of it
        from now on."""
        return self._role(message.folder) is Role.INTAKE and says_so(message.header, self._desk.config.limits)

    def _add_settled(self, item: Settled, now: datetime) -> None:
        outcome = Outcome.IMPORTED if item.history else Outcome.DUPLICATE
        reason = "from before the first start" if item.history else "known from before the folder was renumbered"
        for seen in item.headers:
            ledger.add_settled(self._desk.store, seen, outcome, reason, now)

    def _add_own(self, item: OwnCopies, now: datetime) -> list[tuple[int, Judgement]]:
        recorded = (own_copies.record(self._desk, seen, now) for seen in item.headers)
        return [(one[0], Judgement(Outcome.OWN, own_copies.REASON, one[1])) for one in recorded if one is not None]

    def _accept(self, ledger_id: int, turn: str | None) -> None:
        if turn is None:
            self._waiting.append(ledger_id)
        else:
            self._urgent.put(turn, ledger_id)

    def _turn_of(self, ledger_id: int) -> str | None:
        """With whom an urgent mail takes turns; None of one that is not urgent."""
        header = header_of(ledger.raw(self._desk.store, ledger_id))[:LOOKED_AT]
        return whose(header, self._desk.config.limits) if self._is_urgent(header) else None

    def _feed(self) -> None:
        """`_in_flight` keeps the bytes of each."""
        while self._urgent.has_turn or (self._waiting and not self._urgent):
            urgent = self._urgent.has_turn
            room = 2 if urgent else 1
            if len(self._in_flight) >= IN_FLIGHT * room or sum(self._in_flight.values()) >= IN_FLIGHT_BYTES * room:
                return
            turn, ledger_id = self._urgent.take() if urgent else (None, self._waiting.popleft())
            raw = ledger.raw(self._desk.store, ledger_id)
            self._in_flight[ledger_id] = len(raw)
            if turn is None:
                self._order.append(ledger_id)
            else:
                self._line_up(turn, ledger_id)
            self._parser.submit(ledger_id, raw, urgent)

    def _line_up(self, turn: str, ledger_id: int) -> None:
        """As many of one sender as are decided at once, so that what comes now from somebody else finds room."""
        line = self._urgent_lines.setdefault(turn, deque())
        line.append(ledger_id)
        self._turns[ledger_id] = turn
        if len(line) >= A_COMMIT or sum(self._in_flight[one] for one in line) >= A_STEP_BYTES:
            self._urgent.hold(turn)

    def _ready(self, most: int, now: datetime) -> list[int]:
        """The first of the order that are parsed: a slow mail holds back later ones (threads stay in order), never an urgent one, and an
        urgent one only those of its sender.

        Urgent ones are committed by themselves: their pages do not wait for the others.
        """
        self._feed()
        for parsed in self._parser.finished():
            self._parsed[parsed.ticket] = parsed
        if self._urgent_lines:
            ready = self._urgent_ready()[:most]
        else:
            ready = list(takewhile(self._parsed.__contains__, islice(self._order, most)))
            if len(ready) < min(most, len(self._order)) and self._waits_for_more(now):
                return []
        sizes = accumulate(self._in_flight[ledger_id] for ledger_id in ready)
        return ready[: max(1, sum(1 for size in sizes if size <= A_STEP_BYTES))]

    def _urgent_ready(self) -> list[int]:
        """The first of each line, the second of each, and so on."""
        lines = (enumerate(takewhile(self._parsed.__contains__, line)) for line in self._urgent_lines.values())
        return [ledger_id for _, ledger_id in sorted((placed for line in lines for placed in line), key=itemgetter(0))]

    def _waits_for_more(self, now: datetime) -> bool:
        """What is still being parsed will wake the engine; a clock that was set makes nothing wait."""
        return bool(self._waiting) and timedelta(0) <= now - self._committed_at < TOGETHER_WITHIN

    def _done_with(self, together: list[int]) -> None:
        for ledger_id in together:
            turn = self._turns.pop(ledger_id, None)
            if turn is None:
                self._order.popleft()
            else:
                self._next_in_line(turn)
            self._in_flight.pop(ledger_id, None)
            del self._parsed[ledger_id]

    def _next_in_line(self, turn: str) -> None:
        """Whoever has more goes behind the others."""
        line = self._urgent_lines.pop(turn)
        line.popleft()
        if line:
            self._urgent_lines[turn] = line
        self._urgent.release(turn)

    def _commit(self, together: list[int], now: datetime, is_rung: Callable[[], bool]) -> list[tuple[int, Judgement]]:
        """All of them, or those that were decided when it rang."""
        judged: list[tuple[int, Judgement]] = []
        with self._desk.store.write():
            for ledger_id in together:
                judged.append((ledger_id, self._decide(self._parsed[ledger_id], now)))
                if is_rung():
                    break
        return judged

    def _decide(self, parsed: Parsed, now: datetime) -> Judgement:
        """Inside a write transaction."""
        row = ledger.row(self._desk.store, parsed.ticket)
        unread = "; ".join(row.defects)
        if parsed.message is None:
            unread, parsed = parsed.error, self._by_header(parsed)
        if parsed.message is None:
            return self._quarantine(parsed.ticket, parsed.error, now)
        try:
            with self._desk.store.attempt():
                judgement = self._judge(row, parsed.message, now)
                if unread:
                    self._warn_of_unread(row.id, judgement.case_number, unread, now)
                return judgement
        except TemporaryFailure:
            raise
        except Exception as error:  # noqa: BLE001 (the message boundary: whatever it is, the next message goes on)
            return self._quarantine(parsed.ticket, f"{type(error).__name__} while deciding: {error}", now)

    def _by_header(self, parsed: Parsed) -> Parsed:
        """A mail that cannot be read, with an urgent subject: its header is judged all the same, since somebody must be paged (point 14
        of docs/mail.md). Everything else that cannot be read is set aside."""
        raw = ledger.raw(self._desk.store, parsed.ticket)
        limits = self._desk.config.limits
        header = header_of(raw)[: limits.max_header]
        if not says_so(header, limits):
            return parsed
        try:
            message = parse(header + b"\r\n\r\n", limits)
        except Exception:  # noqa: BLE001 (the message boundary: then it is set aside like any other)
            return parsed
        defects = (*message.defects, f"the body was not read: {parsed.error}")
        return Parsed(parsed.ticket, replace(message, content_hash=sha256(raw).hexdigest(), size=len(raw), defects=defects))

    def _judge(self, row: LedgerRow, message: InboundMessage, now: datetime) -> Judgement:
        store = self._desk.store
        # The size is that of all of it, also when its attachments were not fetched.
        message = replace(message, size=row.size, defects=(*message.defects, *row.defects))
        same = identity(message)
        ledger.describe(store, row.id, self._with_warning(row.id, message, same), same)
        judgement = judge(self._desk, row, self._role(row.folder), message, same, now)
        tell_of_secrets(self._desk, row, message, judgement.outcome, judgement.case_number, now)
        ledger.decide(store, row.id, judgement.outcome, judgement.reason, judgement.case_number, now)
        for hit in judgement.verdict.hits if judgement.verdict is not None else ():
            counters.add(store, Count.RULE_HITS, hit.rule)
        return judgement

    def _with_warning(self, ledger_id: int, message: InboundMessage, same: str) -> InboundMessage:
        """Two mails under one Message-ID are two mails; the second one says so (docs/mail.md, point 5)."""
        other = ledger.other_of_same_id(self._desk.store, message.message_id, same, ledger_id)
        if other is None:
            return message
        return replace(message, defects=(*message.defects, f"another mail has the same Message-ID: message {other}"))

    def _role(self, folder: str) -> Role:
        return next((one.role for one in folders.watched(self._desk.store) if one.name == folder), Role.INTAKE)

    def _quarantine(self, ledger_id: int, error: str, now: datetime) -> Judgement:
        error = error.encode("utf-8", "backslashreplace").decode()  # it may quote the mail, and half a surrogate cannot be stored
        author, subject = self._look_at(header_of(ledger.raw(self._desk.store, ledger_id)))
        quarantine.put(self._desk.store, ledger_id, error, author, subject, now)
        self._warn_of_quarantine(str(ledger_id), error, "Its bytes are kept.", now)
        return Judgement(Outcome.QUARANTINED, error)

    def _look_at(self, header: bytes) -> tuple[str, str]:
        """Author and masked subject, as far as they can be read."""
        look = glance(header, self._desk.config.limits)
        return look.author.address, mask(look.subject).text

    def _warn_of_unread(self, ledger_id: int, case_number: int | None, error: str, now: datetime) -> None:
        warn_team(
            self._desk,
            f"unread/{ledger_id}",
            "an urgent mail could not be read beyond its header",
            f"{error}\n\nIts subject was taken at its word, and people are paged. Read it in your mail client.",
            now,
            case_number=case_number,
        )

    def _warn_of_quarantine(self, what: str, error: str, where: str, now: datetime) -> None:
        warn_team(
            self._desk,
            f"quarantine/{what}",
            "a mail could not be read and was set aside",
            f"{error}\n\n{where} See it with `triage quarantine list`, read it in your mail client, and let triage try again with"
            " `triage quarantine retry`. While it is set aside, no case of its author is closed by the clock. When you have dealt with"
            " it yourself, say so: `triage quarantine dismiss`.",
            now,
        )

    def _tell(self, ledger_id: int, judgement: Judgement) -> None:
        if self._on_judged is not None:
            self._on_judged(ledger_id, judgement)
