"""The team's own incident: asked for once per case by a rule or a person, its address on the case and on later pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.office import TEAM, Office, open_office
from tests.scenarios.team import merge
from tests.servers.http_sink import HttpSink, Manner, Reply
from tests.servers.http_sink_thread import running_sink, until
from triage.core.deliveries import DeliveryState
from triage.core.settings import Incidents
from triage.workers import incident_raise

KEY = b"0123456789abcdef01234567"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
LINK = "https://incidents.example.com/i/42"
OPENED = Reply(201, f'{{"url": "{LINK}"}}')
HOOK = "/hooks/s3cret"
RULE = """
[[rule]]
name = "outage"
when = { to = "api@wise.example" }
then = { incident = true }
"""


@contextmanager
def office_with(directory: Path, *replies: Reply, rule: str = RULE) -> Iterator[tuple[Office, HttpSink]]:
    with running_sink(*replies) as sink, open_office(directory) as office:
        office.config = replace(office.config, incidents=Incidents(lambda: sink.url + HOOK, lambda: SECRET))
        (office.config.instance.rules_dir / "60-story.toml").write_text(rule)
        office.start()
        yield office, sink
        office.check()


def details(office: Office, number: int = 1001) -> list[str]:
    return [entry.detail for entry in office.journal(number) if "incident" in entry.detail]


def ask(office: Office, number: int = 1001) -> str:
    """As `triage case N incident` does."""
    assert office.daemon is not None
    said: list[str] = []
    desk = office.daemon.desk

    def on_the_engine(now: object) -> None:
        with desk.store.write():
            said.append(incident_raise.ask(desk, number, "three partners by now", "ana", office.clock.now()))

    office.daemon.engine.call(on_the_engine)
    office.settle()
    return said[0]


def test_a_rule_opens_it_once_and_its_address_is_kept(tmp_path: Path) -> None:
    with office_with(tmp_path, OPENED) as (office, sink):
        question = office.partner_writes("Payouts fail")
        office.partner_writes("Re: Payouts fail", answers=question)
        office.outgoing()
        assert office.case(1001).fields == {"incident": LINK}
        assert details(office) == ['an incident was asked for: the rule "outage"', f"incident opened: {LINK}"]
        (request,) = sink.requests
        event = request.json()
        assert (request.path, event["type"]) == (HOOK, "incident.raise")
        data = event["data"]
        assert isinstance(data, dict)
        assert (data["case"], data["subject"], data["partner"], data["by"]) == (1001, "Payouts fail", "acme.example", "rules")
        assert data["key"] == "triage/Wise partner support/incident/1001"
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_later_pages_show_its_address(tmp_path: Path) -> None:
    with office_with(tmp_path, OPENED) as (office, _):
        office.partner_writes("URGENT payouts fail")
        office.outgoing()
        office.wait(minutes=6)
        later = [mail for mail in office.outgoing() if mail.to == ("bo@pager.example",)]
        assert [f"Incident: {LINK}" in mail.text for mail in later] == [True]


def test_whoever_was_paged_is_told_its_address_once_and_quietly(tmp_path: Path) -> None:
    with office_with(tmp_path, OPENED) as (office, _):
        office.partner_writes("URGENT payouts fail")
        told = [mail for mail in office.outgoing() if mail.to == ("ana@pager.example",)]
        assert [mail.subject.partition(",")[0] for mail in told] == [
            "[#1001] Severity 1 case #1001",
            "[#1001] the incident of case #1001 is open",
        ]
        assert f"Incident: {LINK}" in told[1].text
        assert told[1].message["Importance"] is None
        office.wait(minutes=4)
        assert office.outgoing() == []


def test_a_case_that_takes_another_in_shows_its_incident_and_opens_no_second_one(tmp_path: Path) -> None:
    with office_with(tmp_path, OPENED, rule="") as (office, sink):
        office.partner_writes("Payouts fail")
        office.partner_writes("Payouts still fail", sender="cto@acme.example")
        office.outgoing()
        ask(office, 1002)
        merge(office, 1002, 1001)
        assert office.case(1001).fields == {"incident": LINK}
        assert ask(office, 1001) == f"its incident is {LINK}"
        assert len(sink.requests) == 1


def test_a_case_that_was_merged_while_its_request_is_under_way_opens_no_second_one(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(503), OPENED, rule="") as (office, sink):
        office.partner_writes("Payouts fail")
        office.partner_writes("Payouts still fail", sender="cto@acme.example")
        office.outgoing()
        ask(office, 1002)
        merge(office, 1002, 1001)
        assert ask(office, 1001) == "its incident has been asked for already"
        office.wait(minutes=1)
        assert office.case(1001).fields == {"incident": LINK}
        assert len({request.headers["webhook-id"] for request in sink.requests}) == 1


def test_what_was_refused_before_a_merge_may_be_asked_for_again(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(404), OPENED, rule="") as (office, _):
        office.partner_writes("Payouts fail")
        office.partner_writes("Payouts still fail", sender="cto@acme.example")
        ask(office, 1002)
        merge(office, 1002, 1001)
        office.outgoing()
        office.failures_asked_for = 1
        assert ask(office, 1001) == ""
        assert office.case(1001).fields == {"incident": LINK}


def test_a_person_may_ask_and_a_second_request_is_told_of_the_first(tmp_path: Path) -> None:
    with office_with(tmp_path, OPENED, rule="") as (office, sink):
        office.partner_writes("Payouts fail")
        office.outgoing()
        assert ask(office) == ""
        assert ask(office) == f"its incident is {LINK}"
        assert len(sink.requests) == 1


@pytest.mark.parametrize(
    "reply", [Reply(200, "ok"), Reply(200, "\x00{"), Reply(200, '{"url": "http://plain.example/"}'), Reply(manner=Manner.ENDLESS)]
)
def test_an_answer_that_is_garbage_is_a_yes_without_an_address(tmp_path: Path, reply: Reply) -> None:
    with office_with(tmp_path, reply) as (office, _):
        office.partner_writes("Payouts fail")
        office.outgoing()
        assert office.case(1001).fields == {}
        assert details(office)[-1] == "incident asked for and accepted; the answer names no https address"


def test_what_fails_for_now_is_tried_again_under_the_same_id(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(503), OPENED) as (office, sink):
        office.partner_writes("Payouts fail")
        office.outgoing()
        assert office.case(1001).fields == {}
        office.wait(minutes=1)
        assert office.case(1001).fields == {"incident": LINK}
        assert len({request.headers["webhook-id"] for request in sink.requests}) == 1


def test_a_refusal_is_told_without_the_address_and_may_be_asked_again(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(404, echo=True), OPENED) as (office, sink):
        office.partner_writes("Payouts fail")
        (told,) = [mail for mail in office.outgoing() if mail.to == (TEAM,)]
        assert told.subject == "Re: [#1001] an incident could not be opened"
        assert "s3cret" not in told.text
        assert SECRET not in told.text
        assert details(office)[-1].startswith("no incident was opened: 404 from 127.0.0.1")
        office.failures_asked_for = 1
        assert ask(office) == ""
        assert office.case(1001).fields == {"incident": LINK}
        assert len(sink.requests) == 2


def test_a_restart_before_the_answer_asks_again_under_the_same_id(tmp_path: Path) -> None:
    with office_with(tmp_path, Reply(manner=Manner.HANG), OPENED) as (office, sink):
        assert office.daemon is not None
        office.imap.deliver(office.mail("ops@acme.example", "api@wise.example", "Payouts fail"), at=office.clock.now())
        office.daemon.request_sweep()
        until(lambda: sink.requests, "the first request")
        office.stop()
        office.start()
        office.outgoing()
        assert office.case(1001).fields == {"incident": LINK}
        assert len({request.headers["webhook-id"] for request in sink.requests}) == 1


def test_a_machine_opens_none_on_a_case(tmp_path: Path) -> None:
    rule = RULE.replace('to = "api@wise.example"', "automatic = true, to = 'api@wise.example'")
    with office_with(tmp_path, OPENED, rule=rule) as (office, sink):
        question = office.partner_writes("Payouts fail")
        office.outgoing()
        office.partner_writes("Out of office", answers=question, Auto_Submitted="auto-replied")
        assert (sink.requests, details(office)) == ([], [])


def test_without_an_address_the_case_says_so(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        (office.config.instance.rules_dir / "60-story.toml").write_text(RULE)
        office.start()
        office.partner_writes("Payouts fail")
        office.outgoing()
        assert details(office) == ['no incident (rule "outage"): config.toml names no [incidents] url']
        with office.store() as store:
            states = [row["state"] for row in store.connection.execute("SELECT state FROM outbox WHERE purpose = 'incident'")]
        assert DeliveryState.PENDING.value not in states
        office.check()
