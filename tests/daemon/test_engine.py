"""In which order the engine takes what lies before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice

from tests.workers.test_intake import Slow, mails
from tests.workers.test_page_cover import make_desk
from triage.adapters.clock import SystemClock
from triage.adapters.parsing import InlineParser
from triage.core.deliveries import Channel, Delivery, DeliveryState
from triage.core.seams import Parser, Position, SendOutcome, SendResult
from triage.daemon.engine import ENOUGH, EXPRESS, INBOX, Attempted, Engine, FromSweep, Nudge, SweepEnded
from triage.store import folders, ledger, outbox
from triage.store.folders import Role
from triage.workers.desk import Desk
from triage.workers.dispatcher import Dispatcher
from triage.workers.intake import Intake
from triage.workers.judging import Judgement
from triage.workers.sync import Arrivals, Swept
from triage.workers.timekeeper import Timekeeper

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def nowhere(_delivery: Delivery) -> None:
    return None


def unheard(_answers: Sequence[Attempted]) -> None:
    return None


def make_engine(
    desk: Desk,
    heard: list[int],
    hand_out: Callable[[Delivery], None] = nowhere,
    parser: Parser | None = None,
    recorded: Callable[[Sequence[Attempted]], None] = unheard,
) -> Engine:
    def hear(ledger_id: int, _judgement: Judgement) -> None:
        heard.append(ledger.row(desk.store, ledger_id).uid)

    parts = Intake(desk, parser or InlineParser(), hear), Timekeeper(desk), Dispatcher(desk)
    return Engine(*parts, SystemClock(), hand_out, recorded, lambda: 1, lambda: 1, monotonic=lambda: 0.0)


def test_urgent_mail_overtakes_the_batches_of_a_backlog_that_wait_for_the_engine() -> None:
    heard: list[int] = []
    engine = make_engine(make_desk(), heard)
    all_mails = mails("one", "two", "three", "urgent")
    for mail in all_mails[:3]:
        engine.post(FromSweep(1, Arrivals("INBOX", (mail,))))
    engine.post(FromSweep(1, Arrivals("INBOX", all_mails[3:], urgent=True)))
    engine.turn(0.0)
    assert heard[0] == 4
    engine.turn(0.0)
    engine.turn(0.0)
    assert heard == [4, 1, 2, 3]


def test_the_position_never_moves_past_urgent_mail_that_is_not_in_the_ledger() -> None:
    desk = make_desk()
    folders.watch(desk.store, {"INBOX": Role.INTAKE})
    engine = make_engine(desk, [])
    end = Position(1, 1)
    engine.post(FromSweep(1, Arrivals("INBOX", mails("urgent"), urgent=True)))
    engine.post(FromSweep(1, Swept("INBOX", None, end, NOW)))
    desk.store.connection.execute(
        "CREATE TRIGGER in_order BEFORE UPDATE OF uid ON folders WHEN NOT EXISTS (SELECT 1 FROM ledger)"
        " BEGIN SELECT RAISE(ABORT, 'moved too early'); END"
    )
    engine.turn(0.0)
    engine.turn(0.0)
    [folder] = folders.watched(desk.store)
    assert folder.position == end


def test_answers_that_come_together_are_recorded_together_and_one_that_cannot_be_keeps_back_no_other() -> None:
    desk = make_desk()
    out: list[Delivery] = []
    engine = make_engine(desk, [], out.append)
    engine.post(FromSweep(1, Arrivals("INBOX", mails("one", "two", "three"))))
    engine.turn(0.0)
    receipts = [delivery for delivery in out if delivery.outgoing.channel is Channel.MAIL]
    assert len(receipts) == 3
    desk.store.connection.execute(
        f"CREATE TRIGGER refuses BEFORE INSERT ON attempts WHEN new.outbox_id = {receipts[1].id} BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    for receipt in receipts:
        engine.post(Attempted(receipt, SendResult(SendOutcome.ACCEPTED)))
    engine.turn(0.0)
    states = [row.state for receipt in receipts if (row := outbox.get(desk.store, receipt.id)) is not None]
    assert states == [DeliveryState.DELIVERED, DeliveryState.CLAIMED, DeliveryState.DELIVERED]


def test_who_holds_mail_back_until_an_answer_is_recorded_hears_of_one_that_cannot_be_too() -> None:
    desk = make_desk()
    out: list[Delivery] = []
    recorded: list[Attempted] = []
    engine = make_engine(desk, [], out.append, recorded=recorded.extend)
    engine.post(FromSweep(1, Arrivals("INBOX", mails("one"))))
    engine.turn(0.0)
    [receipt] = [delivery for delivery in out if delivery.outgoing.channel is Channel.MAIL]
    desk.store.connection.execute("CREATE TRIGGER refuses BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'refused'); END")
    answer = Attempted(receipt, SendResult(SendOutcome.TEMPORARY, throttled=True))
    engine.post(answer)
    engine.turn(0.0)
    row = outbox.get(desk.store, receipt.id)
    assert (row is not None and row.state, recorded) == (DeliveryState.CLAIMED, [answer])


def test_what_lies_beside_urgent_mail_that_cannot_be_stored_is_dealt_with_all_the_same() -> None:
    """The end of its sweep, for which the mailbox thread waits, and the nudge, without which there would never be another."""
    desk = make_desk()
    engine = make_engine(desk, [])
    ended = SweepEnded(1)
    for message in (FromSweep(1, Arrivals("INBOX", mails("urgent"), urgent=True)), ended):
        engine.post(message)
    desk.store.connection.execute("CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'full'); END")
    for _ in range(2):
        engine.turn(0.0)
    assert ended.seen.is_set()
    engine.nudge()
    assert isinstance(engine.inbox.get_nowait(), Nudge)


def test_answers_of_senders_do_not_wait_behind_a_backlog() -> None:
    desk = make_desk()
    out: list[Delivery] = []
    engine = make_engine(desk, [], out.append)
    engine.post(FromSweep(1, Arrivals("INBOX", mails("one"))))
    engine.turn(0.0)
    for mail in mails(*(f"question {number}" for number in range(INBOX + 1)))[1:]:
        engine.post(FromSweep(1, Arrivals("INBOX", (mail,))))
    assert not engine.has_room()
    engine.post(Attempted(out[0], SendResult(SendOutcome.ACCEPTED)))
    engine.turn(0.0)
    row = outbox.get(desk.store, out[0].id)
    assert row is not None
    assert row.state is DeliveryState.DELIVERED


def test_a_receipt_waits_until_urgent_mail_is_decided_and_its_page_does_not() -> None:
    out: list[Channel] = []
    engine = make_engine(make_desk(), [], lambda delivery: out.append(delivery.outgoing.channel))
    engine.post(FromSweep(1, Arrivals("INBOX", mails("URGENT: payouts fail"), urgent=True)))
    engine.turn(0.0)
    assert set(out) == {Channel.PAGE}
    engine.turn(0.0)
    assert set(out) == {Channel.PAGE, Channel.MAIL}


def test_urgent_mail_that_never_pauses_is_decided_while_it_comes() -> None:
    """The mailbox thread may be quicker than the engine."""
    heard: list[int] = []
    flood = iter(mails(*["URGENT"] * 100))

    class Flood(InlineParser):
        def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
            super().submit(ticket, raw, urgent)
            post_next()

    def post_next() -> None:
        for mail in islice(flood, 1):
            engine.post(FromSweep(1, Arrivals("INBOX", (mail,), urgent=True)))

    engine = make_engine(make_desk(), heard, parser=Flood())
    post_next()
    engine.turn(0.0)
    assert 0 < len(heard) <= 2 * EXPRESS


def test_what_the_engine_has_no_use_for_yet_stays_on_the_server() -> None:
    """The mailbox thread listens meanwhile: once it has read everything, only the bell tells it of urgent mail."""
    engine = make_engine(make_desk(), [], parser=Slow())
    engine.post(FromSweep(1, Arrivals("INBOX", mails(*(f"question {number}" for number in range(ENOUGH))))))
    engine.turn(0.0)
    assert engine.has_room()
    [*_, last] = mails(*(f"question {number}" for number in range(ENOUGH + 1)))
    engine.post(FromSweep(1, Arrivals("INBOX", (last,))))
    engine.turn(0.0)
    assert not engine.has_room()
