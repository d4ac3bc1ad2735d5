"""A crash at every boundary in turn (docs/crash-states.md): nothing is lost, and nothing is repeated but S5, with the same Message-ID."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, Office, open_office
from tests.scenarios.one_thread import Crashed, Fuse, OneThread
from triage.core.cases.case import Case, Status
from triage.core.cases.journal import fold
from triage.store import cases, journal, ledger, outbox, pages


class Story:
    """A partner's question, a team reply, silence, closing, an answer, and an urgent mail; the process may die once on the way."""

    def __init__(self, office: Office, fuse: Fuse) -> None:
        self._office = office
        self._fuse = fuse
        self._process: OneThread | None = None
        self.crashes = 0

    def tell(self) -> None:
        office = self._office
        self._settle()
        question = office.partner_writes("Transfers fail")
        self._settle()
        office.team_replies("Re: Transfers fail", answers=question)
        self._settle()
        for hours in (49, 24):
            office.clock.push(hours * HOUR)
            self._settle()
        office.partner_writes("Re: Transfers fail", "not yet", answers=question)
        office.partner_writes("URGENT all payouts fail", sender="ops@globex.example")
        office.arrives(office.mail("mailer@acme.example", ADDRESS, "Automatic reply", Auto_Submitted="auto-replied", answers=question))
        self._settle()
        office.clock.push(HOUR / 10)
        self._settle()
        self._end()

    def _settle(self) -> None:
        while True:
            try:
                if self._process is None:
                    self._process = OneThread(self._office, self._fuse)
                self._process.settle()
            except Crashed:
                self.crashes += 1
                self._end()
                continue
            return

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None


HOUR = timedelta(hours=1)


def run(directory: Path, fuse: Fuse) -> tuple[Story, dict[str, object], Counter[str]]:
    with open_office(directory) as office:
        story = Story(office, fuse)
        story.tell()
        mails = office.outgoing()
        repeats = Counter(mail.message_id for mail in mails)
        kinds = Counter(mail.notice or f"page {mail.to[0]}" for mail in {mail.message_id: mail for mail in mails}.values())
        return story, {"cases": final_cases(office), "mails": kinds, **promises(office)}, repeats


def final_cases(office: Office) -> list[tuple[int, Status, int, int, int]]:
    def essence(case: Case) -> tuple[int, Status, int, int, int]:
        return case.number, case.status, case.severity, case.closings, case.reopenings

    return [essence(office.case(number)) for number in office.case_numbers()]


def promises(office: Office) -> dict[str, object]:
    """What is the same for every crash: one outcome a message, a journal that folds to the case, an outbox with nothing left over."""
    with office.store() as store:
        for number in office.case_numbers():
            stored = cases.get(store, number)
            assert stored is not None
            assert fold(journal.of_case(store, number)) == stored.case
        return {
            "undecided": ledger.undecided(store),
            "outcomes": Counter(office.outcomes()),
            "sent copies": len(office.imap.messages("Sent")),
            "left over": [row.delivery.outgoing.key for row in outbox.unsettled(store)],
            "pages": [(stored.page.case_number, stored.page.state.value) for stored in pages.all_open(store)],
        }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, dict[str, object]]]:
    fuse = Fuse()
    story, world, repeats = run(tmp_path_factory.mktemp("undisturbed"), fuse)
    assert story.crashes == 0
    assert max(repeats.values()) == 1
    yield fuse.passed, world


def test_the_story_without_a_crash(undisturbed: tuple[int, dict[str, object]]) -> None:
    boundaries, world = undisturbed
    assert boundaries > 60
    assert world["mails"]["closed"] == world["mails"]["reopened"] == world["mails"]["reminder"] == 1  # type: ignore[index]
    assert (world["undecided"], world["left over"]) == ([], [])


STRIDE = 1 if os.environ.get("TRIAGE_EVERY_BOUNDARY") else 4
"""The simulation dies at boundaries of all kinds (sim/); here every fourth is enough. TRIAGE_EVERY_BOUNDARY=1 tries all, in a minute."""


@pytest.mark.timeout(900)
def test_a_crash_at_every_boundary_changes_nothing(undisturbed: tuple[int, dict[str, object]], tmp_path: Path) -> None:
    boundaries, world = undisturbed
    for at in range(1, boundaries + 1, STRIDE):
        fuse = Fuse(at)
        story, disturbed, repeats = run(tmp_path / str(at), fuse)
        where = f"boundary {at} of {boundaries}, {fuse.where}"
        assert story.crashes == 1, where
        assert disturbed == world, where
        twice = [message_id for message_id, count in repeats.items() if count > 1]
        assert len(twice) <= (1 if fuse.where == "sent, not recorded" or fuse.where == "before commit" else 0), where
