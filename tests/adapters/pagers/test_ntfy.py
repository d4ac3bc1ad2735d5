"""ntfy: loud while it rings, quiet afterwards, and a used-up quota is the end of this contact for the day."""

from __future__ import annotations

from tests.adapters.pagers.scene import PAGE, contact, deliver
from tests.servers.http_sink import HttpSink, Reply
from triage.adapters.pagers.ntfy import message_of
from triage.adapters.pagers.page import read_page
from triage.core.seams import SendOutcome


def test_message_is_what_ntfy_documents() -> None:
    sink = HttpSink([Reply(200, "{}")])
    deliver(sink, lambda url: contact("ntfy", base_url=url, topic="pages", token="tk_1"))
    message = sink.requests[0].json()
    assert (message["topic"], message["title"], message["priority"]) == ("pages", PAGE["summary"], 5)
    assert message["click"] == PAGE["link"]
    assert message["actions"] == [{"action": "http", "label": "Acknowledge", "url": PAGE["ack_link"], "method": "POST", "clear": True}]
    assert sink.requests[0].headers["authorization"] == "Bearer tk_1"
    assert sink.requests[0].path in {"", "/"}


def test_an_acknowledge_wakes_nobody() -> None:
    message = message_of(read_page(PAGE | {"action": "acknowledge"}))
    assert (message["priority"], "actions" in message) == (3, False)


def test_a_long_text_stays_a_message_and_does_not_become_an_attachment() -> None:
    message = message_of(read_page(PAGE | {"text": "支払い" * 5000}))["message"]
    assert isinstance(message, str)
    assert len(message.encode()) < 4096


def test_daily_quota_is_permanent_and_ordinary_throttling_is_not() -> None:
    def outcome(body: str) -> SendOutcome:
        return deliver(HttpSink([Reply(429, body)]), lambda url: contact("ntfy", base_url=url, topic="pages")).outcome

    assert outcome('{"code":42908,"http":429,"error":"limit reached: daily message quota reached"}') is SendOutcome.PERMANENT
    assert outcome('{"code":42901,"http":429,"error":"limit reached: too many requests"}') is SendOutcome.TEMPORARY
    assert outcome("[[[[") is SendOutcome.TEMPORARY
