"""twilio: one text or call per delivery, even when an attempt ends without an answer."""

from __future__ import annotations

import base64
import json
from email.utils import format_datetime
from xml.etree import ElementTree

import pytest

from tests.adapters.pagers.scene import NOW, PAGE, StandingClock, against, contact, deliver
from tests.servers.http_sink import HttpSink, Manner, Reply
from triage.adapters.pagers.page import read_page
from triage.adapters.pagers.twilio import call_form
from triage.core.failures import PermanentFailure
from triage.core.seams import Contact, SendOutcome

ACCOUNT = "AC" + "0" * 32
SETTINGS: dict[str, object] = {"account_sid": ACCOUNT, "auth_token": "token", "from_": "+41440000000", "to": "+41790000000", "timeout_s": 1}
YES = Reply(201, '{"sid":"SM1"}')


def sms(url: str, clock: StandingClock | None = None, **more: object) -> Contact:
    return contact("twilio-sms", clock, base_url=url, **(SETTINGS | more))


def call(url: str, clock: StandingClock | None = None, **more: object) -> Contact:
    return contact("twilio-call", clock, base_url=url, **(SETTINGS | more))


def test_text_is_what_twilio_documents() -> None:
    sink = HttpSink([YES])
    assert deliver(sink, sms).outcome is SendOutcome.ACCEPTED
    request = sink.requests[0]
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
    form = request.form()
    assert (form["To"], form["From"], form["ValidityPeriod"]) == ("+41790000000", "+41440000000", "120")
    assert form["Body"].startswith("Severity 1, case 1042")
    assert str(PAGE["ack_link"]) in form["Body"]


def test_a_messaging_service_and_an_api_key_may_stand_in() -> None:
    sink = HttpSink([YES])
    deliver(sink, lambda url: sms(url, from_="MG" + "a" * 32, api_key="SK1"))
    assert sink.requests[0].form()["MessagingServiceSid"] == "MG" + "a" * 32
    assert base64.b64decode(sink.requests[0].headers["authorization"][6:]) == b"SK1:token"


def test_call_says_it_twice_and_only_a_key_acknowledges() -> None:
    twiml = call_form(read_page(PAGE | {"summary": "A & <B>", "ack_link": 'https://x.example/a?b="1"&c=2'}), "")["Twiml"]
    gather = ElementTree.fromstring(twiml).find("Gather")
    assert gather is not None
    assert (gather.get("action"), gather.get("numDigits"), gather.get("method")) == ('https://x.example/a?b="1"&c=2', "1", "POST")
    assert [say.text for say in gather.findall("Say")].count("A & <B>") == 2


def test_call_without_a_link_still_says_it_twice() -> None:
    assert call_form(read_page(PAGE | {"ack_link": ""}), "")["Twiml"].count(f"<Say>{PAGE['summary']}</Say>") == 2


def test_nobody_is_called_about_the_end_of_a_page() -> None:
    sink = HttpSink([YES])
    assert deliver(sink, call, PAGE | {"action": "resolve"}).outcome is SendOutcome.ACCEPTED
    assert sink.requests == []


def listing(items: str, **item: object) -> Reply:
    return Reply(200, json.dumps({items: [item]}))


def after_silence(make: object, found: Reply, key: str = "k") -> tuple[SendOutcome, SendOutcome, list[str]]:
    """A first attempt without an answer, then a second one; the outcomes and the methods that Twilio saw."""
    sink = HttpSink([Reply(manner=Manner.CLOSE), found, YES])
    clock = StandingClock()

    async def twice(url: str) -> tuple[SendOutcome, SendOutcome]:
        one = make(url, clock)  # type: ignore[operator]  # sms or call
        first = await one.deliver(key, PAGE)
        clock.push(seconds=10)
        return first.outcome, (await one.deliver(key, PAGE)).outcome

    first, second = against(sink, twice)
    return first, second, [request.method for request in sink.requests]


def reference_of(key: str) -> str:
    sink = HttpSink([YES])
    deliver(sink, sms, key=key)
    return sink.requests[0].form()["Body"].rpartition("ref ")[2]


def test_a_text_that_had_arrived_is_found_and_not_sent_again() -> None:
    found = listing("messages", body=f"... ref {reference_of('k')}", status="delivered")
    assert after_silence(sms, found) == (SendOutcome.UNKNOWN, SendOutcome.ACCEPTED, ["POST", "GET"])


@pytest.mark.parametrize(
    "found",
    [
        listing("messages", body="another text", status="delivered"),
        listing("messages", body="ref of a failed one", status="failed"),
        Reply(500),
        Reply(200, "garbage"),
        Reply(200, '{"messages": {"no": "list"}}'),
    ],
    ids=["another", "failed", "error", "garbage", "odd"],
)
def test_a_text_that_is_not_found_is_sent_again(found: Reply) -> None:
    assert after_silence(sms, found) == (SendOutcome.UNKNOWN, SendOutcome.ACCEPTED, ["POST", "GET", "POST"])


def test_a_call_since_the_first_attempt_is_that_call_and_an_older_one_is_not() -> None:
    recent, old = (format_datetime(NOW.replace(minute=minute)) for minute in (14, 3))
    assert after_silence(call, listing("calls", date_created=recent, status="completed"))[2] == ["POST", "GET"]
    assert after_silence(call, listing("calls", date_created=old, status="completed"))[2] == ["POST", "GET", "POST"]
    assert after_silence(call, listing("calls", date_created="yesterday", status="completed"))[2] == ["POST", "GET", "POST"]


def test_after_a_restart_a_second_attempt_looks_first() -> None:
    sink = HttpSink([listing("messages", body=f"ref {reference_of('k')}", status="sent")])
    assert deliver(sink, sms, PAGE | {"attempt": 2}, key="k").outcome is SendOutcome.ACCEPTED
    assert [request.method for request in sink.requests] == ["GET"]


@pytest.mark.parametrize("change", [{"to": "0790000000"}, {"from_": "Wise"}, {"account_sid": "AC1"}, {"to": "+41 79 000 00 00"}])
def test_numbers_and_ids_are_checked(change: dict[str, object]) -> None:
    with pytest.raises(PermanentFailure) as failure:
        sms("https://x.example", **change)
    assert failure.value.hint
