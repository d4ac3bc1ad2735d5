"""Stories of what is not kept: mail and cases go after their time, and no mail is ever handled twice for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, Office, open_office
from triage.core.settings import Retention
from triage.core.wording.search_words import sought
from triage.store import search

DAY = timedelta(days=1)
TABLES = ("cases", "case_journal", "participants", "thread_ids", "thread_subjects", "outbox", "notices_sent", "pages", "page_cases")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        office.config = replace(office.config, retention=Retention(raw_mail=7 * DAY, closed_cases=60 * DAY))
        office.start()
        yield office
        office.check()


def count(office: Office, what: str) -> int:
    with office.store() as store:
        return int(store.connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def closed_case(office: Office, subject: str = "Transfers fail") -> bytes:
    """Asked, answered, closed by the clock; the partner's mail."""
    raw = office.mail("ops@acme.example", ADDRESS, subject)
    question = office.arrives(raw)
    office.team_replies(f"Re: {subject}", answers=question)
    office.wait(hours=75)
    office.outgoing()
    return raw


def test_bytes_go_after_their_time_and_what_was_understood_stays(office: Office) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails")
    office.outgoing()
    office.leap(days=6)
    assert count(office, "raw_messages") == 2  # the partner's mail, and our receipt in Sent
    office.leap(days=2)
    assert count(office, "raw_messages") == 0
    assert count(office, "outbox WHERE mail IS NOT NULL") == 0
    assert count(office, "ledger WHERE new_text LIKE '%/v1/transfers%'") == 1


def test_a_closed_case_goes_with_all_its_rows_but_what_recognises_its_mail(office: Office) -> None:
    raw = closed_case(office, "URGENT: transfers fail")
    office.partner_writes("Something else", sender="ops@other.example")
    office.outgoing()
    seen = office.outcomes()
    office.leap(days=70)
    assert office.case_numbers() == [1002]
    assert [table for table in TABLES if count(office, f"{table} WHERE {'number' if table == 'cases' else 'case_number'} = 1001")] == []
    assert [table for table in ("page_journal", "page_tokens", "attempts WHERE outbox_id = 1") if count(office, table)] == []
    assert office.outcomes()[: len(seen)] == seen
    office.arrives(raw)
    assert office.outcomes()[-1] == "duplicate"
    assert office.notices() == []


def test_numbers_are_never_given_twice(office: Office) -> None:
    closed_case(office)
    office.leap(days=70)
    assert office.case_numbers() == [1001]
    office.partner_writes("Something else", sender="ops@other.example")
    office.outgoing()
    assert office.case_numbers()[-1] == 1002


def test_a_case_that_is_open_stays_whatever_its_age(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("Something else", sender="ops@other.example")
    office.outgoing()
    office.leap(days=100)
    assert office.case_numbers() == [1001, 1002]


def test_an_answer_to_a_case_that_went_opens_a_new_one(office: Office) -> None:
    closed_case(office)
    office.partner_writes("Something else", sender="ops@other.example")
    office.leap(days=70)
    office.outgoing()
    office.partner_writes("Re: Transfers fail [#1001]")
    assert office.notices() == ["receipt"]
    assert office.case_numbers() == [1002, 1003]


def test_nothing_is_dropped_while_a_page_waits(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    office.leap(days=6, hours=23)
    office.partner_writes("URGENT: everything is down", sender="ops@other.example")
    office.wait(hours=2)
    office.outgoing()
    assert count(office, "raw_messages WHERE ledger_id = 1") == 1


def test_off_is_the_default() -> None:
    assert Retention().is_off


def test_what_is_not_kept_is_not_found_and_leaves_no_word_in_the_index(office: Office) -> None:
    closed_case(office, "Zebra transfers fail")
    office.partner_writes("Something else", sender="ops@other.example")
    office.outgoing()
    with office.store() as store:
        assert {hit.case_number for hit in search.search(store, sought("zebra"), limit=5)} == {1001}
    office.leap(days=70)
    with office.store() as store:
        assert search.search(store, sought("zebra"), limit=5) == []
        assert [hit.case_number for hit in search.search(store, sought("something"), limit=5)] == [1002]
        blocks = store.connection.execute("SELECT block FROM message_search_data").fetchall()
    assert not any(b"zebra" in bytes(row["block"]) for row in blocks)
