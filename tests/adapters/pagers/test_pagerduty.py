"""pagerduty: the events that Events API v2 documents."""

from __future__ import annotations

from tests.adapters.pagers.scene import PAGE, contact, deliver
from tests.servers.http_sink import HttpSink, Reply
from triage.adapters.pagers.page import read_page
from triage.adapters.pagers.pagerduty import event_of
from triage.core.seams import SendOutcome

KEY = "R0utingKeyR0utingKeyR0utingKey12"
YES = Reply(202, '{"status":"success","message":"Event processed"}')


def test_trigger_is_what_pagerduty_documents() -> None:
    sink = HttpSink([YES])
    deliver(sink, lambda url: contact("pagerduty", base_url=url, routing_key=KEY))
    event = sink.requests[0].json()
    assert sink.requests[0].path == "/v2/enqueue"
    assert (event["routing_key"], event["event_action"], event["dedup_key"]) == (KEY, "trigger", "triage/wise-api/7/2")
    payload = event["payload"]
    assert isinstance(payload, dict)
    assert (payload["summary"], payload["source"], payload["severity"]) == (PAGE["summary"], "wise-api", "critical")
    assert payload["timestamp"] == PAGE["since"]
    assert payload["custom_details"]["trace_id"] == "4bf92f35"
    assert [link["href"] for link in event["links"]] == [PAGE["link"], PAGE["ack_link"]]  # type: ignore[attr-defined]


def test_acknowledge_and_resolve_carry_only_the_incident() -> None:
    for action in ("acknowledge", "resolve"):
        assert event_of(read_page(PAGE | {"action": action})) == {"event_action": action, "dedup_key": "triage/wise-api/7/2"}


def test_an_update_belongs_to_the_same_incident() -> None:
    trigger, update = (event_of(read_page(PAGE | {"action": action})) for action in ("trigger", "update"))
    assert (update["event_action"], update["dedup_key"]) == ("trigger", trigger["dedup_key"])


def test_a_new_generation_is_a_new_incident_and_a_drill_never_a_real_one() -> None:
    keys = {event_of(read_page(PAGE | more))["dedup_key"] for more in ({}, {"generation": 3}, {"test": True})}
    assert len(keys) == 3


def test_severities_have_pagerduty_s_names() -> None:
    names = [event_of(read_page(PAGE | {"severity": severity}))["payload"]["severity"] for severity in (1, 2, 3, 0)]  # type: ignore[index]
    assert names == ["critical", "error", "warning", "critical"]


def test_a_summary_is_cut_to_what_fits() -> None:
    payload = event_of(read_page(PAGE | {"summary": "x" * 1500}))["payload"]
    assert len(payload["summary"]) == 1024  # type: ignore[index]


def test_ok_from_something_that_is_not_pagerduty_is_no_acceptance() -> None:
    sink = HttpSink([Reply(200, "<html>please log in to the hotel network</html>")])
    assert deliver(sink, lambda url: contact("pagerduty", base_url=url, routing_key=KEY)).outcome is SendOutcome.TEMPORARY


def test_a_refused_event_says_why() -> None:
    sink = HttpSink([Reply(400, '{"status":"invalid event","errors":["routing_key is disabled"]}')])
    result = deliver(sink, lambda url: contact("pagerduty", base_url=url, routing_key=KEY))
    assert (result.outcome, "routing_key is disabled" in result.detail) == (SendOutcome.PERMANENT, True)
