"""webhook: receivers can verify who sent it and drop what they have seen."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tests.adapters.pagers.scene import NOW, PAGE, StandingClock, against, contact, deliver
from tests.servers.http_sink import HttpSink, Reply
from triage.adapters.pagers.webhook import signature, webhook_id
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_signature_of_the_specification_s_own_example() -> None:
    """The test vector that the Standard Webhooks libraries share."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_receiver_can_check_it() -> None:
    sink = HttpSink([Reply(200)])
    deliver(sink, lambda url: contact("webhook", url=url, secret=SECRET), key="page/7/2/ana")
    sent = sink.requests[0]
    signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    digest = hmac.new(base64.b64decode(SECRET[6:]), signed, hashlib.sha256).digest()
    assert sent.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert sent.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert sent.headers["webhook-id"] == "page/7/2/ana"


def test_a_retry_has_the_same_id_and_body_and_a_new_time() -> None:
    sink, clock = HttpSink([Reply(503), Reply(200)]), StandingClock()

    async def twice(url: str) -> None:
        hook = contact("webhook", clock, url=url, secret=SECRET)
        await hook.deliver("k", PAGE)
        clock.push(seconds=30)
        await hook.deliver("k", PAGE)

    against(sink, twice)
    first, second = sink.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 30


def test_two_secrets_give_two_signatures_so_that_one_can_be_changed() -> None:
    sink = HttpSink([Reply(200)])
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    deliver(sink, lambda url: contact("webhook", url=url, secret=f"{SECRET} {other}"))
    assert [part[:3] for part in sink.requests[0].headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]


def test_without_a_secret_nothing_is_signed() -> None:
    sink = HttpSink([Reply(200)])
    deliver(sink, lambda url: contact("webhook", url=url))
    assert "webhook-signature" not in sink.requests[0].headers


def test_the_body_is_the_documented_event() -> None:
    sink = HttpSink([Reply(200)])
    deliver(sink, lambda url: contact("webhook", url=url))
    event = sink.requests[0].json()
    assert (event["type"], event["timestamp"]) == ("page.trigger", PAGE["since"])
    data = event["data"]
    assert isinstance(data, dict)
    assert set(data) == (set(PAGE) | {"dedup_key"})
    assert (data["case"], data["dedup_key"]) == (1042, "triage/wise-api/7/2")


def test_410_is_for_good() -> None:
    assert deliver(HttpSink([Reply(410)]), lambda url: contact("webhook", url=url)).outcome is SendOutcome.PERMANENT


@pytest.mark.parametrize("key", ["a.b", "a\r\nX-Evil: 1", "é", "", "k" * 300, "\ud800"])
def test_a_key_that_does_not_fit_into_a_header_is_hashed(key: str) -> None:
    assert webhook_id(key).startswith("key_")
    assert webhook_id(key) == webhook_id(key)


@pytest.mark.parametrize("secret", ["hunter2hunter2", "whsec_", "whsec_not base64", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_signing_secret_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(PermanentFailure) as failure:
        contact("webhook", url="https://x.example", secret=secret)
    assert "whsec_" in failure.value.hint
    assert secret not in failure.value.message
