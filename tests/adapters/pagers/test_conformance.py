"""Every HTTP contact kind, whatever the other side does: one outcome, within the deadline, without secrets, without following anybody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from tests.adapters.pagers.scene import NOW, PAGE, against, contact, deliver
from tests.servers.http_sink import HttpSink, Manner, Reply
from tests.servers.loopback_tls import CA_FILE
from triage.adapters.pagers.kinds import KINDS
from triage.core.failures import PermanentFailure
from triage.core.seams import Contact, SendOutcome, SendResult


@dataclass(frozen=True)
class Case:
    """One kind: its settings for a server at an address, the answer that means yes, and the strings nobody may see."""

    kind: str
    settings: Callable[[str], Mapping[str, object]]
    yes: Reply
    secrets: tuple[str, ...]
    url_key: str = "base_url"

    def at(self, url: str, **more: object) -> Contact:
        return contact(self.kind, **{"timeout_s": 1, **self.settings(url), **more})

    def __str__(self) -> str:
        return self.kind


ROUTING_KEY = "R0utingKeyR0utingKeyR0utingKey12"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "t0ken+of/twilio"
TWILIO = {"account_sid": "AC" + "0" * 32, "auth_token": TOKEN, "from_": "+41440000000", "to": "+41790000000"}

CASES = [
    Case(
        "webhook",
        lambda url: {"url": f"{url}/hook-s3cret?k=q-s3cret", "secret": WHSEC},
        Reply(204),
        ("hook-s3cret", "q-s3cret", WHSEC[6:]),
        "url",
    ),
    Case("pagerduty", lambda url: {"base_url": url, "routing_key": ROUTING_KEY}, Reply(202, '{"status":"success"}'), (ROUTING_KEY,)),
    Case("slack", lambda url: {"url": f"{url}/services/T0/B0/s3cret"}, Reply(200, "ok"), ("/services/T0/B0/s3cret",), "url"),
    Case(
        "ntfy",
        lambda url: {"base_url": url, "topic": "s3cret-topic", "token": "tk_s3cret"},
        Reply(200, "{}"),
        ("s3cret-topic", "tk_s3cret"),
    ),
    Case("twilio-sms", lambda url: {"base_url": url, **TWILIO}, Reply(201, "{}"), (TOKEN, "t0ken%2Bof%2Ftwilio")),
    Case("twilio-call", lambda url: {"base_url": url, **TWILIO}, Reply(201, "{}"), (TOKEN, "t0ken%2Bof%2Ftwilio")),
]
every_kind = pytest.mark.parametrize("case", CASES, ids=str)


def timed(case: Case, sink: HttpSink) -> tuple[SendResult, float]:
    started = time.monotonic()
    result = deliver(sink, case.at)
    return result, time.monotonic() - started


def test_every_http_kind_is_in_this_suite() -> None:
    assert {case.kind for case in CASES} == set(KINDS) - {"email", "command", "apprise"}


@every_kind
def test_yes_is_accepted_after_one_post(case: Case) -> None:
    sink = HttpSink([case.yes])
    assert deliver(sink, case.at).outcome is SendOutcome.ACCEPTED
    assert [request.method for request in sink.requests] == ["POST"]


@every_kind
@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((300, 301, 302, 303, 307, 308), SendOutcome.PERMANENT),
        ((400, 401, 403, 404, 405, 410, 413, 422, 451), SendOutcome.PERMANENT),
        ((408, 425, 429), SendOutcome.TEMPORARY),
        ((500, 502, 503, 504, 599), SendOutcome.TEMPORARY),
    ],
    ids=["redirects", "refusals", "slow down", "server faults"],
)
def test_every_status_has_its_outcome(case: Case, statuses: tuple[int, ...], outcome: SendOutcome) -> None:
    sink = HttpSink([Reply(status, "no") for status in statuses])

    async def all_of_them(url: str) -> list[SendResult]:
        one = case.at(url)
        return [await one.deliver(f"key-{status}", PAGE) for status in statuses]

    results = against(sink, all_of_them)
    assert [result.outcome for result in results] == [outcome] * len(statuses)
    assert [result.detail.split(" ")[0] for result in results] == [str(status) for status in statuses]


@every_kind
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("17", 17.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("999999999999", 86400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_honoured_within_bounds(case: Case, said: str, seconds: float | None) -> None:
    assert deliver(HttpSink([Reply(503, headers={"Retry-After": said})]), case.at).retry_after_s == seconds


@every_kind
def test_redirects_are_not_followed(case: Case) -> None:
    sink = HttpSink([Reply(307, headers={"Location": "/elsewhere"}), case.yes])
    result = deliver(sink, case.at)
    assert (result.outcome, len(sink.requests)) == (SendOutcome.PERMANENT, 1)
    assert "not followed" in result.detail


@every_kind
def test_drip_fed_body_keeps_the_deadline(case: Case) -> None:
    result, seconds = timed(case, HttpSink([Reply(case.yes.status, manner=Manner.DRIP)]))
    assert seconds < 10
    assert result.outcome is (SendOutcome.TEMPORARY if case.kind == "slack" else SendOutcome.ACCEPTED)


@every_kind
@pytest.mark.parametrize("manner", [Manner.HANG, Manner.DRIP_HEAD])
def test_silence_after_the_request_is_unknown_at_the_deadline(case: Case, manner: Manner) -> None:
    result, seconds = timed(case, HttpSink([Reply(manner=manner)]))
    assert result.outcome is SendOutcome.UNKNOWN
    assert 0.9 < seconds < 10


@every_kind
def test_an_answer_without_end_is_not_read_to_its_end(case: Case) -> None:
    _, seconds = timed(case, HttpSink([Reply(503, manner=Manner.ENDLESS)]))
    assert seconds < 0.9


@every_kind
@pytest.mark.parametrize("manner", [Manner.RESET, Manner.CLOSE, Manner.GARBAGE])
def test_a_break_after_the_request_is_unknown(case: Case, manner: Manner) -> None:
    sink = HttpSink([Reply(manner=manner)])
    assert (deliver(sink, case.at).outcome, len(sink.requests)) == (SendOutcome.UNKNOWN, 1)


@every_kind
def test_nobody_listening_is_temporary(case: Case) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        result = deliver(HttpSink(), lambda _: case.at(f"http://127.0.0.1:{port}"))
    assert (result.outcome, "not reached" in result.detail) == (SendOutcome.TEMPORARY, True)


@every_kind
def test_a_name_that_does_not_exist_is_temporary(case: Case) -> None:
    result = deliver(HttpSink(), lambda _: case.at("https://no-such-host.invalid"))
    assert (result.outcome, "not reached" in result.detail) == (SendOutcome.TEMPORARY, True)


@every_kind
def test_a_certificate_that_is_not_trusted_gets_no_page(case: Case) -> None:
    sink = HttpSink([case.yes], tls=True)
    result = deliver(sink, case.at)
    assert (result.outcome, "CERTIFICATE_VERIFY_FAILED" in result.detail, sink.requests) == (SendOutcome.TEMPORARY, True, [])


@every_kind
def test_a_private_authority_can_be_named(case: Case) -> None:
    assert deliver(HttpSink([case.yes], tls=True), lambda url: case.at(url, ca_file=str(CA_FILE))).outcome is SendOutcome.ACCEPTED


@every_kind
@pytest.mark.parametrize("status", [400, 500])
def test_no_secret_in_the_record_even_when_the_server_gives_all_back(case: Case, status: int) -> None:
    result = deliver(HttpSink([Reply(status, echo=True)]), case.at)
    assert str(status) in result.detail
    assert [secret for secret in case.secrets if secret in result.detail] == []
    assert len(result.detail) <= 400


@every_kind
@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"action": "shout", "severity": "very", "case": True, "details": [1], "summary": None, "text": 5},
        {"action": ["trigger"], "summary": "\ud800\x00\u2028" * 50, "text": "x" * 700_000, "details": {"x": "y" * 700_000}},
        PAGE | {"summary": "é<&>\"'\r\n" * 100, "text": "支払い" * 20_000},
    ],
    ids=["empty", "odd types", "unprintable and huge", "markup and long"],
)
def test_a_page_with_holes_goes_out_all_the_same(case: Case, payload: dict[str, object]) -> None:
    sink = HttpSink([case.yes])
    assert deliver(sink, case.at, payload).outcome is SendOutcome.ACCEPTED
    assert len(sink.requests[0].body) < 1_000_000
    sink.requests[0].body.decode()


@every_kind
@pytest.mark.parametrize("action", ["trigger", "update", "acknowledge", "resolve"])
def test_every_action_is_accepted(case: Case, action: str) -> None:
    assert deliver(HttpSink([case.yes]), case.at, PAGE | {"action": action}).outcome is SendOutcome.ACCEPTED


@every_kind
@pytest.mark.parametrize(
    "url",
    [
        "http://pager.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "//host",
        "not a url",
        "https://",
        "https://me:pw@pager.example",
        "http://127.0.0.1.example",
    ],
)
def test_an_address_that_may_not_be_called_is_refused_and_not_repeated(case: Case, url: str) -> None:
    with pytest.raises(PermanentFailure) as failure:
        contact(case.kind, **{**case.settings(url), case.url_key: url})
    assert failure.value.hint
    assert "pw" not in failure.value.message


@every_kind
def test_plain_text_can_be_permitted(case: Case) -> None:
    assert case.at("http://pager.example", allow_plaintext=True) is not None


@every_kind
def test_headers_of_a_request_give_away_nothing_about_the_host_it_runs_on(case: Case) -> None:
    sink = HttpSink([case.yes])
    deliver(sink, case.at)
    headers = sink.requests[0].headers
    assert headers["user-agent"].startswith("triage/")
    assert headers["host"] == urlsplit(sink.url).netloc
    assert "cookie" not in headers
