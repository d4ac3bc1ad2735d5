"""What is said of a known incident, to on-call and to partners, and what is kept silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.core.incidents.pages import NOW, Update, incident, page_with, read, sample
from triage.core.cases.notice_dictionary import ENGLISH
from triage.core.incidents.telling import known_line, receipt_lines


def test_the_line_for_the_page_names_state_since_and_link() -> None:
    snapshot = read(sample())
    assert known_line(page_with(snapshot.incidents[0]), NOW, snapshot.incidents[0]) == (
        "REST API partial outage, identified, since 10:12 UTC, https://stspg.io/abcd1234efgh;"
        " publicly reported: no more than the page says may be told"
    )


def test_an_incident_that_may_be_another_matter_is_told_as_that() -> None:
    assert known_line(read(sample()), NOW).startswith("perhaps another matter: REST API partial outage (+2 more), identified")


def test_nothing_known_is_nothing_said() -> None:
    assert known_line(page_with(), NOW) == ""


def test_without_affected_components_the_incident_speaks_for_itself() -> None:
    one = incident("Delayed reports", status="monitoring")
    assert known_line(page_with(one), NOW, one).startswith("Delayed reports, monitoring, since 10:35 UTC;")


def test_the_day_is_said_when_it_is_another() -> None:
    one = incident("Delayed reports", started_at=NOW - timedelta(days=2))
    assert "since Fri 20 Nov 10:35 UTC" in known_line(page_with(one), NOW, one)


def test_old_news_is_told_as_old_on_the_page() -> None:
    one = incident("Delayed reports")
    assert "status page has not answered since" not in known_line(page_with(one), NOW + timedelta(minutes=15), one)
    assert "as of 10:35 UTC, the status page has not answered since" in known_line(page_with(one), NOW + timedelta(minutes=16), one)


def test_news_of_another_day_is_not_told() -> None:
    one = incident("Delayed reports")
    assert known_line(page_with(one), NOW + timedelta(hours=7), one) == ""


def test_the_receipt_says_what_the_page_says_and_how_to_follow_it() -> None:
    snapshot = read(sample())
    assert receipt_lines(snapshot, snapshot.incidents[0], NOW, ENGLISH) == (
        'our status page reports an incident, "Elevated error rate on REST API": identified, since 10:12 UTC.',
        "Latest update: The cause has been identified. A fix is being rolled out.",
        "Follow it at https://stspg.io/abcd1234efgh",
        "To be told of every change, subscribe at https://status.example.net",
    )


def test_the_latest_update_is_cut() -> None:
    one = replace(incident("x"), latest=Update("identified", "word " * 500))
    (line,) = [line for line in receipt_lines(page_with(one), one, NOW, ENGLISH) if line.startswith("Latest update: ")]
    assert len(line.removeprefix("Latest update: ")) <= 300
    assert line.endswith("…")


def test_a_partner_is_told_nothing_old() -> None:
    one = incident("Delayed reports")
    assert receipt_lines(page_with(one), one, NOW + timedelta(minutes=16), ENGLISH) == ()


def test_a_maintenance_is_called_one() -> None:
    snapshot = read(sample())
    lines = receipt_lines(snapshot, snapshot.maintenances[0], NOW, ENGLISH)
    assert lines[0] == 'our status page reports planned maintenance, "Portal database upgrade": in progress, since 10:00 UTC.'
