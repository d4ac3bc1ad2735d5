"""The post office does what triage relies on a provider for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from triage.demo.cast import ANA, ELSEWHERE, MALLORY, PRIYA, SHARED
from triage.demo.clock import PushedClock
from triage.demo.letters import Letter, answer, new, submit
from triage.demo.post_office import PostOffice

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice(PushedClock(NOW), idle=False) as running:
        yield running


def test_mail_lands_in_its_recipients_mailbox_at_the_time_of_the_clock(office: PostOffice) -> None:
    submit(office, PRIYA.address, new(PRIYA, "Transfers fail", "Hello"), NOW)
    [stored] = office.imap.messages(user=SHARED)
    assert stored.internaldate == NOW
    assert office.imap.messages("Sent", user=SHARED) == []


def test_a_login_of_the_authors_domain_is_stamped_as_proven(office: PostOffice) -> None:
    submit(office, ANA.address, Letter((ANA.name, ANA.address), PRIYA.address, "Re: Transfers fail", "Solved"), NOW)
    assert "dmarc=pass header.from=wise.example" in office.latest(PRIYA.address)["Authentication-Results"]


def test_a_login_of_another_domain_is_not(office: PostOffice) -> None:
    submit(office, MALLORY.address, Letter((ANA.name, ANA.address), PRIYA.address, "Re: Transfers fail", "Solved"), NOW)
    assert "dmarc=fail header.from=wise.example" in office.latest(PRIYA.address)["Authentication-Results"]


def test_what_a_person_sends_from_the_shared_mailbox_is_filed_in_sent_without_a_stamp(office: PostOffice) -> None:
    question = submit(office, PRIYA.address, new(PRIYA, "Transfers fail", "Hello"), NOW)
    submit(office, SHARED, answer((ANA.name, SHARED), question, "We look into it."), NOW)
    [copy] = office.imap.messages("Sent", user=SHARED)
    assert b"Authentication-Results" not in copy.raw
    assert office.latest(PRIYA.address)["In-Reply-To"] == question["Message-ID"]


def test_mail_to_people_outside_the_cast_is_kept_elsewhere(office: PostOffice) -> None:
    submit(office, SHARED, Letter((ANA.name, SHARED), "newcomer@somewhere.example", "Hello", "Hello"), NOW)
    assert office.latest(ELSEWHERE)["To"] == "newcomer@somewhere.example"


def test_a_subject_outside_ascii_travels_unreadable(office: PostOffice) -> None:
    submit(office, PRIYA.address, new(PRIYA, "URGENT – payouts fail", "Hello"), NOW)
    [stored] = office.imap.messages(user=SHARED)
    assert b"urgent" not in stored.raw.lower()
    assert office.latest(SHARED)["Subject"] == "URGENT – payouts fail"
