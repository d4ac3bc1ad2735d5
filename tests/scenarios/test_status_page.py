"""The public status page in the daemon: on the page, in the receipt, for rules, and never in anybody's way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.office import Office, open_office
from tests.servers.http_sink import HttpSink, Manner, Reply
from tests.servers.http_sink_thread import running_sink, until
from triage.core.settings import StatusPage
from triage.workers import incidents

SUMMARY = (Path(__file__).parents[1] / "core/incidents/statuspage_summary.json").read_text()
GOOD = Reply(body=SUMMARY, headers={"ETag": '"1"'})
NOTHING = Reply(body=json.dumps({"page": {"url": "https://status.example.net"}, "incidents": []}))
KNOWN_RULE = """
[[rule]]
name = "known"
when = { known_incident = { exists = true } }
then = { tags = ["known-incident"] }
"""


@contextmanager
def office_with(directory: Path, *replies: Reply, rule: str = "") -> Iterator[tuple[Office, HttpSink]]:
    with running_sink(*replies) as sink, open_office(directory) as office:
        office.config = replace(office.config, statuspage=StatusPage(sink.url))
        if rule:
            (office.config.instance.rules_dir / "20-known.toml").write_text(rule)
        office.start()
        until(lambda: sink.requests, "the first look at the status page")
        if replies[0].manner is Manner.PLAIN:
            take(office)
        yield office, sink
        office.check()


def take(office: Office) -> None:
    """The engine has taken in what the latest look has brought."""
    assert office.daemon is not None
    watch = office.daemon.incidents
    until(lambda: not watch.is_asking, "the end of a look at the status page")
    office.settle()


def page_and_notice(office: Office) -> tuple[str, str]:
    """What on-call and the partner read, without the line ends of mail."""
    mails = [(mail.notice, " ".join(mail.text.split())) for mail in office.outgoing()]
    return next(text for notice, text in mails if not notice), next(text for notice, text in mails if notice)


def look_again(office: Office, sink: HttpSink, **span: float) -> None:
    before = len(sink.requests)
    office.wait(**span)
    until(lambda: len(sink.requests) > before, "another look at the status page")
    take(office)


def test_the_page_says_what_is_known_publicly_about_the_case(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD) as (office, _):
        office.partner_writes("URGENT: REST API errors", "POST /v1/transfers fails with 500")
        page, _ = page_and_notice(office)
        assert "KNOWN: REST API partial outage (+2 more), identified, since Sun 22 Nov 10:12 UTC, https://stspg.io/abcd1234efgh" in page
        assert "no more than the page says may be told" in page


def test_the_page_shows_the_facts_of_the_mail_that_caused_it(tmp_path: Path) -> None:
    with office_with(tmp_path, NOTHING) as (office, _):
        office.partner_writes("URGENT: errors", "POST /v1/transfers fails with 500 in production")
        page, _ = page_and_notice(office)
        assert "Endpoint: POST /v1/transfers" in page
        assert "KNOWN" not in page


def test_a_case_that_seems_to_be_about_something_else_is_told_with_a_doubt(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD) as (office, _):
        office.partner_writes("URGENT: webhooks are not delivered", "since noon")
        page, _ = page_and_notice(office)
        assert "KNOWN: perhaps another matter: REST API partial outage" in page


def test_the_receipt_tells_the_partner_what_the_page_says(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD) as (office, _):
        office.partner_writes("REST API errors", "we get 500 from the REST API")
        (receipt,) = office.outgoing()
        assert 'our status page reports an incident, "Elevated error rate on REST API": identified' in " ".join(receipt.text.split())
        assert "A fix is being rolled out." in receipt.text
        assert "https://stspg.io/abcd1234efgh" in receipt.text


def test_the_receipt_of_another_matter_says_nothing_of_it(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD) as (office, _):
        office.partner_writes("webhooks fail", "webhooks are not delivered")
        (receipt,) = office.outgoing()
        assert "status page" not in receipt.text


def test_rules_can_ask_for_a_known_incident(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD, rule=KNOWN_RULE) as (office, _):
        office.partner_writes("REST API errors", "the REST API fails")
        office.partner_writes("webhooks fail", "webhooks are not delivered", sender="ops@other.example")
        office.outgoing()
        assert office.case(1001).tags == ("known-incident",)
        assert office.case(1002).tags == ()


def test_the_page_is_asked_every_five_minutes_and_every_minute_in_an_emergency(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD) as (office, sink):
        office.wait(minutes=4)
        assert len(sink.requests) == 1
        look_again(office, sink, minutes=1)
        assert len(sink.requests) == 2
        office.partner_writes("URGENT webhooks fail")
        office.outgoing()
        look_again(office, sink, minutes=1)
        assert len(sink.requests) == 3


@pytest.mark.parametrize("reply", [Reply(503), Reply(body="<!doctype html><h1>Sorry</h1>"), Reply(manner=Manner.ENDLESS)])
def test_a_page_that_does_not_answer_as_it_should_ends_no_incident(tmp_path: Path, reply: Reply) -> None:
    with office_with(tmp_path, GOOD, reply) as (office, sink):
        look_again(office, sink, minutes=5)
        office.partner_writes("URGENT: REST API errors", "the REST API fails")
        page, _ = page_and_notice(office)
        assert "KNOWN: REST API partial outage" in page


def test_news_older_than_fifteen_minutes_is_told_as_old_to_oncall_and_not_to_partners(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD, Reply(503)) as (office, _):
        office.wait(minutes=16)
        office.partner_writes("URGENT: REST API errors", "the REST API fails")
        page, notice = page_and_notice(office)
        assert "as of 09:00 UTC, the status page has not answered since" in page
        assert "What we know already" not in notice


def test_a_page_that_hangs_holds_back_nothing(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(manner=Manner.HANG)) as (office, _):
        office.partner_writes("URGENT: REST API errors", "the REST API fails")
        page, _ = page_and_notice(office)
        assert "KNOWN" not in page


def test_when_an_incident_ends_its_open_cases_are_shown_and_nothing_is_sent(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD, NOTHING) as (office, sink):
        office.partner_writes("REST API errors", "the REST API fails")
        office.outgoing()
        look_again(office, sink, minutes=5)
        assert office.outgoing() == []
        with office.store() as store:
            assert {one.name: one.cases for one in incidents.over(store)} == {
                "Elevated error rate on REST API": (1001,),
                "Delayed reports": (),
                "Portal database upgrade": (),
            }


def test_a_restart_still_knows_what_was_known(tmp_path: Path) -> None:
    with office_with(tmp_path, GOOD, Reply(503)) as (office, _):
        office.stop()
        office.start()
        office.partner_writes("URGENT: REST API errors", "the REST API fails")
        page, _ = page_and_notice(office)
        assert "KNOWN: REST API partial outage" in page
