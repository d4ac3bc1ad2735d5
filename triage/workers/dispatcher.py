"""Dispatcher: `claim(now)` takes what may be sent now out of the outbox, `record(delivery, result, now)` writes down what came of it.

The sending between the two is the shell's. Right before a delivery is handed out the core is asked again whether it is still wanted;
"not sent: the page has been acknowledged" is a recorded result, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from triage.adapters.logs import log_crash
from triage.core.cases.events import Event, EventKind, NoticeKind
from triage.core.cases.journal import Cause
from triage.core.cases.notices import still_wanted
from triage.core.deliveries import Channel, Delivery, DeliveryState, Lane, Outgoing, Settlement, after_attempt
from triage.core.failures import TemporaryFailure
from triage.core.incidents.raising import PURPOSE as RAISES_INCIDENT
from triage.core.oncall.guard import Wanted
from triage.core.oncall.guard import still_wanted as page_wanted
from triage.core.oncall.page_json import delivery_from_json
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import SentCopy
from triage.store import cases, folders, journal, outbox, pages
from triage.store.folders import Role
from triage.workers import casework, incident_raise, page_budgets, paging, probes, promise_warnings, rule_actions, sending_pace
from triage.workers.desk import Desk

FILE_THEIR_OWN = frozenset({"smtp.gmail.com", "smtp-relay.gmail.com", "smtp.office365.com"})
"""Submission servers that put what they send into Sent by themselves."""

FRESH = timedelta(minutes=5)
"""So old a look at the mailbox may be for a notice that rests on the partner's silence."""
LOOK_AGAIN = timedelta(seconds=30)
TRIES_BEFORE_NEXT_CONTACT = 2
"""A contact that fails so often in a row is joined by the person's next one, while it is still tried."""


class Dispatcher:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def is_due(self, now: datetime) -> bool:
        """Whether there may be something to claim: one look at an index, where most turns end."""
        due_at = outbox.next_due_at(self._desk.store)
        return due_at is not None and due_at <= now

    def claim(self, now: datetime, channels: Sequence[Channel], limit: int = 20, in_hand: Collection[int] = frozenset()) -> list[Delivery]:
        """Deliveries to be attempted now; each has a lease, after which it is handed out again, unless it is still `in_hand`."""
        return self.claim_each(now, [(channels, limit, in_hand)])

    def claim_each(self, now: datetime, wanted: Iterable[tuple[Sequence[Channel], int, Collection[int]]]) -> list[Delivery]:
        """Of several groups of channels, each with a limit and what of it is in hand; in one commit."""
        due: list[Delivery] = []
        for channels, limit, in_hand in wanted:
            due += self._due(now, channels, limit, in_hand)
        if not due:
            return []
        with self._desk.store.write():
            return [claimed for delivery in due if (claimed := self._claim_one(delivery, now)) is not None]

    def _due(self, now: datetime, channels: Sequence[Channel], limit: int, in_hand: Collection[int]) -> list[Delivery]:
        """Of mail only what the submission server takes now, the urgent before all others."""

        def some(most: int, lanes: tuple[Lane, Lane] = (Lane.PAGE, Lane.COSMETIC)) -> list[Delivery]:
            due = outbox.due(self._desk.store, channels, now, most + len(in_hand), lanes) if most > 0 else []
            return [one for one in due if one.id not in in_hand][:most]

        if list(channels) != [Channel.MAIL]:
            return some(limit)
        room = sending_pace.room_for_mail(self._desk, now, len(in_hand), limit)
        urgent = some(room.urgent, sending_pace.URGENT)
        return urgent + some(min(room.other, room.urgent - len(urgent)), sending_pace.OTHER)

    def record(self, delivery: Delivery, result: SendResult, now: datetime) -> None:
        """What came of one attempt. An answer that comes after the row was settled changes nothing."""
        self.record_all([(delivery, result)], now)

    def record_all(self, attempts: Sequence[tuple[Delivery, SendResult]], now: datetime) -> None:
        """What came of several, in one commit. One that cannot be recorded keeps no other from it: its error is raised after that."""
        failed: Exception | None = None
        with self._desk.store.write():
            for delivery, result in attempts:
                try:
                    with self._desk.store.attempt():
                        self._record_one(delivery, result, now)
                except TemporaryFailure:
                    raise
                except Exception as error:  # noqa: BLE001 (raised below)
                    failed = failed or error
        if failed is not None:
            raise failed

    def _record_one(self, delivery: Delivery, result: SendResult, now: datetime) -> None:
        if (wait_s := sending_pace.heed(self._desk, delivery, result, now)) is not None:
            result = replace(result, retry_after_s=wait_s)
        settlement = after_attempt(delivery, result, now)
        outbox.note_attempt(self._desk.store, delivery.id, result.outcome.value, result.detail, now)
        if outbox.settle(self._desk.store, delivery.id, settlement, now):
            self._follow_through(delivery, settlement, result, now)

    def _claim_one(self, delivery: Delivery, now: datetime) -> Delivery | None:
        row = outbox.get(self._desk.store, delivery.id)
        if row is None or row.next_attempt_at is None or row.next_attempt_at > now:
            return None
        if unwanted := self._guarded(delivery.outgoing, now):
            outbox.settle(self._desk.store, delivery.id, Settlement(DeliveryState.WITHDRAWN, f"not sent: {unwanted}"), now)
            try:
                with self._desk.store.attempt():
                    self._follow_withdrawal(delivery, now)
            except TemporaryFailure:
                raise
            except Exception as error:  # noqa: BLE001 (pages are claimed in the same transaction)
                log_crash(error)
            return None
        if self._rests_on_old_silence(delivery, now):
            outbox.postpone(self._desk.store, delivery.id, now + LOOK_AGAIN)
            return None
        if delivery.outgoing.channel is Channel.PAGE:
            ready = page_budgets.ready(self._desk, delivery, now)
            if ready is None:
                return None
            delivery = ready
        outbox.claim(self._desk.store, delivery.id, now)
        return Delivery(delivery.id, delivery.outgoing, delivery.attempts + 1, delivery.created_at)

    def _follow_withdrawal(self, delivery: Delivery, now: datetime) -> None:
        """Unless a later closing had a notice of its own, which they may have heard."""
        number = delivery.outgoing.case_number
        if delivery.outgoing.purpose != NoticeKind.CLOSED.value or number is None:
            return
        stored = cases.get(self._desk.store, number)
        if stored is not None and stored.case.merged_into is None and stored.case.closed_notice_at == delivery.created_at:
            event = Event(EventKind.CLOSING_UNTOLD, now, actor="triage", value=journal.closed_by(self._desk.store, number))
            casework.apply(self._desk, stored, event, now)

    def _rests_on_old_silence(self, delivery: Delivery, now: datetime) -> bool:
        """A reminder or a closing that has waited, and the mailbox has not been read since: the partner may have answered (promise 4)."""
        fresh = max(FRESH, 2 * self._desk.config.imap.poll_every)
        if delivery.outgoing.purpose not in _ON_SILENCE or now - delivery.created_at < fresh:
            return False
        read_through = folders.synced_through(self._desk.store)
        return read_through is None or read_through < now - fresh

    def _guarded(self, outgoing: Outgoing, now: datetime) -> str:
        """A row whose guard cannot be read is sent: a lost page is worse than a needless one, and it must not hold up the others."""
        try:
            return self._unwanted(outgoing, now)
        except (KeyError, TypeError, ValueError):
            return ""

    def _unwanted(self, outgoing: Outgoing, now: datetime) -> str:
        if outgoing.channel is Channel.PAGE:
            stored_page = pages.get(self._desk.store, outgoing.page_id or 0)
            if stored_page is None:
                return ""
            wanted = page_wanted(stored_page.page, delivery_from_json(outgoing.payload["planned"]), now)
            return "" if wanted is Wanted.YES else wanted.value
        if untimely := promise_warnings.unwanted(self._desk, outgoing):
            return untimely
        stored = cases.get(self._desk.store, outgoing.case_number) if outgoing.case_number else None
        if stored is None or outgoing.channel is not Channel.MAIL or outgoing.purpose not in _NOTICES:
            return ""
        return still_wanted(NoticeKind(outgoing.purpose), outgoing.generation, stored.case)

    def _follow_through(self, delivery: Delivery, settlement: Settlement, result: SendResult, now: datetime) -> None:
        outgoing = delivery.outgoing
        if outgoing.purpose == probes.PURPOSE:
            probes.settled(self._desk, outgoing, settlement, now)
        elif outgoing.channel is Channel.PAGE:
            self._follow_page(delivery, settlement, result, now)
        elif outgoing.channel is Channel.MAIL and settlement.state is DeliveryState.DELIVERED:
            self._queue_sent_copy(delivery, now)
        elif outgoing.purpose == RAISES_INCIDENT:
            incident_raise.settled(self._desk, outgoing, settlement, result.answer, now)
        elif outgoing.purpose == promise_warnings.PURPOSE:
            if settlement.state is DeliveryState.FAILED:
                promise_warnings.failed(self._desk, outgoing, settlement.detail, now)
        elif outgoing.channel in {Channel.MOVE, Channel.WEBHOOK} and settlement.state is DeliveryState.FAILED:
            rule_actions.failed(self._desk, outgoing, settlement.detail, now)
        elif outgoing.channel is Channel.MAIL and settlement.state is DeliveryState.FAILED and outgoing.case_number is not None:
            event = Event(EventKind.NOTICE_FAILED, now, actor="triage", value=f"the {outgoing.purpose} was not sent: {settlement.detail}")
            casework.apply_to(self._desk, outgoing.case_number, event, now, Cause(detail=event.value))

    def _follow_page(self, delivery: Delivery, settlement: Settlement, result: SendResult, now: datetime) -> None:
        if settlement.state is DeliveryState.FAILED:
            paging.delivery_failed(self._desk, delivery, now, permanent=result.outcome is SendOutcome.PERMANENT)
        elif settlement.state is DeliveryState.PENDING:
            if delivery.attempts == TRIES_BEFORE_NEXT_CONTACT:
                paging.delivery_failed(self._desk, delivery, now, permanent=False)
            paging.level_unreached(self._desk, delivery, settlement.next_attempt_at or now, now)

    def _queue_sent_copy(self, delivery: Delivery, now: datetime) -> None:
        """The copy comes back through the Sent folder as one of our own mails."""
        outgoing = delivery.outgoing
        folder = self._copies_folder()
        if folder is None or outgoing.purpose not in _NOTICES:
            return
        copy = Outgoing(
            key=f"copy/{outgoing.key}",
            channel=Channel.SENT_COPY,
            purpose="sent-copy",
            lane=Lane.COSMETIC,
            case_number=outgoing.case_number,
            message_id=outgoing.message_id,
            mail=outgoing.mail,
            payload={"folder": folder},
        )
        outbox.add(self._desk.store, copy, now)

    def _copies_folder(self) -> str | None:
        """Where copies are appended; None when the server files them itself, or nobody does."""
        smtp = self._desk.config.smtp
        files_itself = smtp.sent_copy is SentCopy.AUTO and smtp.server.host.lower() in FILE_THEIR_OWN
        if files_itself or smtp.sent_copy in {SentCopy.SERVER, SentCopy.NONE}:
            return None
        return next((one.name for one in folders.watched(self._desk.store) if one.role is Role.SENT), None)


_ON_SILENCE = frozenset({NoticeKind.REMINDER.value, NoticeKind.CLOSED.value})
_NOTICES = frozenset(kind.value for kind in NoticeKind)
