"""The dead-man's switch over HTTP: what it is told, and that its secret address stays secret."""

from __future__ import annotations

import asyncio

import pytest

from tests.adapters.pagers.scene import StandingClock, against
from tests.servers.http_sink import HttpSink, Manner, Reply
from triage.adapters.deadman import DeadmanSwitch
from triage.core.failures import PermanentFailure

SECRET = "/5c9a0f3e-secret-check"


def told(sink: HttpSink, *reasons: str) -> str:
    return against(sink, lambda url: DeadmanSwitch(url + SECRET, StandingClock(), timeout_s=1.0).tell(reasons))


def test_all_is_well_is_one_ping() -> None:
    sink = HttpSink()
    assert told(sink) == ""
    assert [(one.method, one.path, one.body) for one in sink.requests] == [("POST", SECRET, b"")]


def test_reasons_go_to_fail_as_the_body() -> None:
    sink = HttpSink()
    assert told(sink, "no look at the mailbox since 02:10 UTC", "the disk is full") == ""
    assert [(one.path, one.body.decode()) for one in sink.requests] == [
        (f"{SECRET}/fail", "no look at the mailbox since 02:10 UTC\nthe disk is full")
    ]


def test_a_start_is_told_as_one() -> None:
    sink = HttpSink()
    assert against(sink, lambda url: DeadmanSwitch(url + SECRET, StandingClock(), timeout_s=1.0).tell_start()) == ""
    assert [(one.method, one.path, one.body) for one in sink.requests] == [("POST", f"{SECRET}/start", b"")]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, echo=True),
        Reply(404, echo=True),
        Reply(302, headers={"Location": "/x"}),
        Reply(manner=Manner.HANG),
        Reply(manner=Manner.RESET),
    ],
)
def test_what_goes_wrong_is_told_without_the_secret(reply: Reply) -> None:
    why = told(HttpSink([reply]))
    assert why
    assert SECRET.strip("/") not in why


def test_nobody_there_is_told_without_the_secret() -> None:
    why = asyncio.run(DeadmanSwitch(f"http://127.0.0.1:1{SECRET}", StandingClock()).tell(()))
    assert "was not reached" in why
    assert SECRET.strip("/") not in why


def test_an_address_in_plain_text_to_another_machine_is_refused() -> None:
    with pytest.raises(PermanentFailure):
        DeadmanSwitch("http://ping.example.com/x", StandingClock())
