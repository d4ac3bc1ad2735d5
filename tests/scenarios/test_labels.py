"""A server that keeps no keywords (the embedded one, as Microsoft 365): nothing is set or asked for twice, and nothing else suffers;
messages go into folders where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.office import Office, open_office
from triage.core.settings import Filing, Labels
from triage.store import labels


def test_without_keywords_on_the_server_labels_cost_one_try_and_change_nothing(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    assert office.notices() == ["receipt", "reminder", "closed"]
    assert all(not any(flag.startswith("triage") for flag in message.flags) for message in office.imap.messages())
    with office.store() as store:
        assert labels.due(store, 10) == []


@pytest.fixture
def filing_office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        office.config = replace(office.config, labels=Labels(folders=Filing.STATUS))
        office.start()
        yield office


def count(office: Office, folder: str) -> int:
    return len(office.imap.messages(folder))


def test_messages_follow_the_status_of_their_case_from_folder_to_folder(filing_office: Office) -> None:
    office = filing_office
    question = office.partner_writes("Transfers fail")
    office.wait(minutes=2)
    assert (count(office, "INBOX"), count(office, "triage/open")) == (0, 1)
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(minutes=2)
    assert (count(office, "triage/open"), count(office, "triage/pending")) == (0, 1)
    office.partner_writes("Re: Transfers fail", answers=question)
    office.wait(minutes=2)
    assert (count(office, "INBOX"), count(office, "triage/pending"), count(office, "triage/open")) == (0, 0, 2)
    assert office.notices() == ["receipt"]


def test_what_a_person_has_moved_elsewhere_stays_there(filing_office: Office) -> None:
    office = filing_office
    question = office.partner_writes("Transfers fail")
    office.wait(minutes=2)
    [message] = office.imap.messages("triage/open")
    office.imap.remove([message.uid], "triage/open")  # a person has taken it away
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(minutes=2)
    assert count(office, "triage/pending") == 0
    with office.store() as store:
        assert labels.due(store, 10) == []
    assert office.notices() == ["receipt"]
