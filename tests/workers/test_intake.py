"""Intake where the parser misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.workers.test_page_cover import make_desk
from triage.core.seams import FetchedMessage, Parsed
from triage.store import ledger
from triage.workers.intake import Intake
from triage.workers.sync import Arrivals

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Refusing:
    """A parser that can make nothing of any mail, and quotes it."""

    def __init__(self) -> None:
        self._asked: list[int] = []

    def submit(self, ticket: int, raw: bytes) -> None:
        self._asked.append(ticket)

    def finished(self) -> list[Parsed]:
        done = [Parsed(ticket, None, "cannot read '\udca0'") for ticket in self._asked]
        self._asked.clear()
        return done

    def close(self) -> None:
        pass


def test_an_error_that_quotes_half_a_surrogate_is_still_a_quarantine() -> None:
    desk = make_desk()
    intake = Intake(desk, Refusing())
    intake.receive(Arrivals("INBOX", (FetchedMessage("INBOX", 1, 1, NOW, b"From: a@b.example\r\n\r\n"),)), NOW)
    intake.step(NOW)
    [one] = ledger.quarantined(desk.store)
    assert one.error == "cannot read '\\udca0'"
    assert intake.backlog == 0
