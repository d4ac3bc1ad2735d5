"""Stories of a submission server that takes only so many mails: what is urgent goes, the rest waits, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, Office, open_office
from tests.servers.waiting import comes_true
from triage.demo.smtp_sink import Treatment, accept_all
from triage.store import outbox


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Office]:
    """An office whose server takes six mails a minute."""
    with open_office(tmp_path) as office:
        office.config = replace(office.config, smtp=replace(office.config.smtp, per_minute=6))
        office.start()
        yield office
        office.check()


def many_write(office: Office, count: int) -> None:
    for number in range(count):
        office.imap.deliver(office.mail(f"ops@p{number}.example", ADDRESS, f"Question {number}"), "INBOX", office.clock.now())
    office.settle()


def test_receipts_wait_for_their_minute_and_all_go_out(slow: Office) -> None:
    many_write(slow, 10)
    went = [len(slow.notices())]
    for _ in range(4):
        slow.leap(seconds=61)
        went.append(len(slow.notices()))
    assert went == [4, 4, 2, 0, 0]


def test_an_urgent_mail_behind_a_queue_of_receipts_is_paged_and_told_at_once(slow: Office) -> None:
    many_write(slow, 10)
    slow.notices()
    slow.partner_writes("URGENT: payouts are down")
    assert sorted(slow.notices()) == ["page ana", "severity-1"]
    slow.leap(seconds=61)
    slow.leap(seconds=61)
    assert Counter(slow.notices()) == {"receipt": 6}


def test_an_urgent_notice_goes_out_while_a_server_takes_its_time_with_as_many_receipts_as_may_be_on_their_way(office: Office) -> None:
    assert office.daemon is not None
    office.smtp.treat = lambda recipient: Treatment.STALL if recipient.startswith("ops@p") else Treatment.ACCEPT
    for number in range(20):
        office.imap.deliver(office.mail(f"ops@p{number}.example", ADDRESS, f"Question {number}"), "INBOX", office.clock.now())
    office.daemon.request_sweep()
    assert comes_true(lambda: in_state(office, "claimed") == 16, 5.0, 0.02)
    office.imap.deliver(office.mail(PARTNER, ADDRESS, "URGENT: payouts are down"), "INBOX", office.clock.now())
    office.daemon.request_sweep()
    office.smtp.wait_for(2)
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    office.smtp.answer_now()
    office.settle()
    assert Counter(office.notices()) == {"receipt": 20}


def in_state(office: Office, state: str) -> int:
    with office.store() as store:
        return sum(row.state.value == state for row in outbox.unsettled(store))


def test_a_restart_does_not_forget_what_has_gone_out(slow: Office) -> None:
    many_write(slow, 6)
    assert len(slow.notices()) == 4
    slow.stop()
    slow.start()
    assert slow.notices() == []
    slow.leap(seconds=61)
    assert len(slow.notices()) == 2


def test_a_server_that_asks_to_slow_down_is_not_hammered(office: Office) -> None:
    asked: list[str] = []

    def treat(recipient: str) -> Treatment:
        asked.append(recipient)
        return Treatment.SLOW_DOWN

    office.smtp.treat = treat
    many_write(office, 10)
    assert len(asked) == 1, "nor is what had been handed out when its answer came"
    office.leap(seconds=61)
    assert len(asked) == 2, "one tries"
    office.leap(seconds=61)
    assert len(asked) == 2, "for two minutes now"
    office.smtp.treat = accept_all
    office.partner_writes("URGENT: payouts are down")
    assert {"page ana", "severity-1"} <= set(office.notices())
    office.wait(minutes=40)
    assert Counter(office.notices())["receipt"] <= 10
    with office.store() as store:
        states = Counter(row["state"] for row in store.connection.execute("SELECT state FROM outbox WHERE purpose = 'receipt'"))
    assert states == {"delivered": 10}
    office.outgoing()
