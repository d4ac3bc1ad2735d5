"""apprise: optional; says so when it is missing, and works when it is there."""

from __future__ import annotations

import sys

import pytest

from tests.adapters.pagers.scene import PAGE, contact, deliver
from tests.servers.http_sink import HttpSink, Manner, Reply
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(PermanentFailure) as failure:
        contact("apprise", urls="json://localhost")
    assert "pip install" in failure.value.hint


def test_with_the_library_a_page_goes_out() -> None:
    pytest.importorskip("apprise")
    sink = HttpSink([Reply(200)])
    result = deliver(sink, lambda url: contact("apprise", urls=[url.replace("http", "json")], timeout_s=5))
    assert result.outcome is SendOutcome.ACCEPTED
    assert sink.requests[0].json()["title"] == PAGE["summary"]


def test_no_is_temporary_and_silence_is_unknown() -> None:
    pytest.importorskip("apprise")
    assert (
        deliver(HttpSink([Reply(500)]), lambda url: contact("apprise", urls=url.replace("http", "json"))).outcome is SendOutcome.TEMPORARY
    )
    slow = HttpSink([Reply(manner=Manner.HANG)])
    assert (
        deliver(slow, lambda url: contact("apprise", urls=url.replace("http", "json") + "?rto=2", timeout_s=1)).outcome
        is SendOutcome.UNKNOWN
    )


def test_an_address_it_does_not_know_is_refused_without_repeating_it() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(PermanentFailure, match="address 2") as failure:
        contact("apprise", urls=["json://localhost", "nonsense-s3cret"])
    assert "s3cret" not in failure.value.message
