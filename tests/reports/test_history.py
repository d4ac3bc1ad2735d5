"""A generated history of two weeks: what the report says is what the store says by other ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.reports.history import FIRST, Bureau, Months
from triage.core.reports.period import Period
from triage.core.reports.report import Report
from triage.workers.reporting import BY_A_REPLY, has_past, report_of

DAYS = 14
PERIOD = Period(date(2026, 9, 3), date(2026, 9, 12), "Europe/London")


def silent(_done: int, _of: int) -> None:
    return None


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    made = Bureau(tmp_path_factory.mktemp("bureau"))
    Months(made).plan(FIRST, DAYS, 6)
    made.run(FIRST + timedelta(days=DAYS))
    yield made
    made.close()


@pytest.fixture(scope="module")
def report(bureau: Bureau) -> Report:
    return report_of(bureau.desk, PERIOD, bureau.at, silent)


def count(bureau: Bureau, query: str, *more: object) -> int:
    bounds = (PERIOD.start.isoformat(timespec="microseconds"), PERIOD.end.isoformat(timespec="microseconds"))
    return int(bureau.store.connection.execute(query, (*bounds, *more)).fetchone()[0])


def test_cases_and_messages_are_all_counted(bureau: Bureau, report: Report) -> None:
    assert report.volume.opened.total == count(bureau, "SELECT count(*) FROM cases WHERE opened_at >= ? AND opened_at < ?") > 20
    of_partners = "SELECT count(*) FROM ledger WHERE internaldate >= ? AND internaldate < ? AND outcome IN ('case', 'follow-up')"
    assert report.volume.partner_messages == report.volume.hours.total == count(bureau, of_partners)
    replies = "SELECT count(*) FROM ledger WHERE internaldate >= ? AND internaldate < ? AND outcome = 'team-reply'"
    assert report.volume.team_replies == count(bureau, replies)


def test_closings_and_pages_are_all_counted(bureau: Bureau, report: Report) -> None:
    closed = "SELECT count(*) FROM case_journal WHERE at >= ? AND at < ? AND json_extract(changes, '$.status') = 'closed'"
    assert report.closings.total == count(bureau, closed) > 5
    assert report.emergencies.pages == count(bureau, "SELECT count(*) FROM pages WHERE opened_at >= ? AND opened_at < ?") > 0
    calls = (
        "SELECT count(*) FROM outbox WHERE purpose = 'page trigger' AND state = 'delivered' AND created_at < ?3"
        " AND page_id IN (SELECT id FROM pages WHERE opened_at >= ?1 AND opened_at < ?2)"
    )
    assert sum(person.calls for person in report.emergencies.people) == count(bureau, calls, PERIOD.end.isoformat(timespec="microseconds"))


def test_the_numbers_add_up(report: Report) -> None:
    volume, first = report.volume, report.first_responses
    assert sum(row.cases.total for row in volume.pieces) == volume.opened.total
    assert sum(row.cases.total for row in volume.partners) + volume.others.total == volume.opened.total
    assert sum(row.ended for row in first.rows) == first.total.ended == sum(counts.total for counts in first.times)
    assert report.requests.first_mails == volume.opened.total
    assert {person.name for person in report.emergencies.people} <= {"Ana Kask", "Bo Lind", BY_A_REPLY}


def test_the_report_is_the_same_when_it_is_made_later(bureau: Bureau, report: Report) -> None:
    """More has happened by then: two further days are in the store."""
    early = report_of(bureau.desk, PERIOD, PERIOD.end, silent)
    assert (early.volume, early.closings, early.first_responses) == (report.volume, report.closings, report.first_responses)
    assert early.emergencies == report.emergencies


def test_there_is_no_period_before_the_first_case(bureau: Bureau) -> None:
    assert has_past(bureau.desk, PERIOD)
    assert not has_past(bureau.desk, Period(date(2026, 8, 1), date(2026, 8, 31)))
