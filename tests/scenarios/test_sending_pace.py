"""Stories of a submission server that takes only so many mails: what is urgent goes, the rest waits, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, Office, open_office
from triage.demo.smtp_sink import Treatment, accept_all


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
    first = len(asked)
    assert first <= 5, "that one, and what had been handed out when its answer came"
    office.leap(seconds=61)
    assert len(asked) == first + 1, "one tries"
    office.leap(seconds=61)
    assert len(asked) == first + 1, "for two minutes now"
    office.smtp.treat = accept_all
    office.partner_writes("URGENT: payouts are down")
    assert {"page ana", "severity-1"} <= set(office.notices())
    office.wait(minutes=40)
    assert Counter(office.notices())["receipt"] <= 10
    with office.store() as store:
        states = Counter(row["state"] for row in store.connection.execute("SELECT state FROM outbox WHERE purpose = 'receipt'"))
    assert states == {"delivered": 10}
    office.outgoing()
