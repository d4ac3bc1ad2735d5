"""The status page over HTTP: what it says is read, and whatever else it does costs two seconds and no opinion."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.http_sink import HttpSink, Manner, Reply
from triage.adapters.statuspage import MAX_BODY, Fetched, StatusPage

NOW = datetime(2026, 11, 22, 10, 35, tzinfo=UTC)
BODY = (Path(__file__).parents[1] / "core/incidents/statuspage_summary.json").read_text()
GOOD = Reply(body=BODY, headers={"Content-Type": "application/json", "ETag": 'W/"one"'})


def looks(*replies: Reply, count: int = 1, budget_s: float = 2.0) -> tuple[list[Fetched], HttpSink]:
    async def look() -> tuple[list[Fetched], HttpSink]:
        async with HttpSink(replies) as sink:
            page = StatusPage(sink.url, budget_s=budget_s)
            return [await page.fetch(NOW + timedelta(minutes=index)) for index in range(count)], sink

    return asyncio.run(look())


def test_the_summary_is_asked_for_and_read() -> None:
    (fetched,), sink = looks(GOOD)
    assert fetched.snapshot is not None
    assert [one.name for one in fetched.snapshot.incidents] == ["Elevated error rate on REST API", "Delayed reports"]
    assert fetched.snapshot.checked_at == NOW
    assert (sink.requests[0].method, sink.requests[0].path) == ("GET", "/api/v2/summary.json")
    assert "cookie" not in sink.requests[0].headers
    assert "authorization" not in sink.requests[0].headers


def test_what_has_not_changed_is_not_sent_again() -> None:
    (first, second), sink = looks(GOOD, Reply(304), count=2)
    assert sink.requests[1].headers["if-none-match"] == 'W/"one"'
    assert first.snapshot is not None
    assert second.snapshot is not None
    assert second.snapshot.incidents == first.snapshot.incidents
    assert second.snapshot.checked_at == NOW + timedelta(minutes=1), "an unchanged page is fresh news"


def test_a_page_that_never_answered_cannot_be_unchanged() -> None:
    (fetched,), _ = looks(Reply(304))
    assert fetched == Fetched(None, "the status page answered 304")


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(body="<!doctype html><h1>Sorry</h1>"), "the answer is no JSON: is [statuspage] url the address of a status page?"),
        (Reply(body="{}"), "the answer is no summary of a status page"),
        (Reply(body="[" * 100_000), "the answer is no JSON: is [statuspage] url the address of a status page?"),
        (Reply(503, "down"), "the status page answered 503"),
        (Reply(404), "the status page answered 404"),
        (Reply(body=BODY, headers={"Content-Encoding": "gzip"}), "the answer is compressed, which was not asked for"),
        (Reply(body=json.dumps({"incidents": [], "x": "y" * MAX_BODY})), "the answer is larger than 2 MB"),
        (Reply(manner=Manner.ENDLESS), "the answer is larger than 2 MB"),
        (Reply(301, headers={"Location": "https://status.example.com/api/v2/summary.json"}), "redirect to another host"),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/x"}), "redirect to another host"),
        (Reply(302), "redirect to another host"),
        (Reply(302, headers={"Location": "/again"}), "more than 3 redirects"),
        (Reply(manner=Manner.RESET), "not reached"),
        (Reply(manner=Manner.CLOSE), "not reached"),
        (Reply(manner=Manner.GARBAGE), "not reached"),
    ],
)
def test_whatever_else_it_answers_is_a_problem_in_words(reply: Reply, problem: str) -> None:
    (fetched,), _ = looks(reply)
    assert fetched.snapshot is None
    assert problem in fetched.problem


@pytest.mark.parametrize("manner", [Manner.DRIP, Manner.DRIP_HEAD, Manner.HANG])
def test_a_slow_page_costs_the_budget_and_no_more(manner: Manner) -> None:
    started = time.monotonic()
    (fetched,), _ = looks(Reply(manner=manner), budget_s=0.3)
    assert fetched == Fetched(None, "no complete answer within 0.3 s")
    assert time.monotonic() - started < 10.0


def test_a_page_that_is_down_is_a_problem_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets this port, and nobody answers
        fetched = asyncio.run(StatusPage(f"http://127.0.0.1:{taken.getsockname()[1]}").fetch(NOW))
    assert fetched.snapshot is None
    assert fetched.problem.startswith("not reached")


def test_a_redirect_within_the_host_is_followed() -> None:
    (fetched,), sink = looks(Reply(301, headers={"Location": "/summary.json"}), GOOD)
    assert fetched.snapshot is not None
    assert [one.path for one in sink.requests] == ["/api/v2/summary.json", "/summary.json"]


def test_after_a_failure_the_old_mark_is_still_good() -> None:
    (_, failed, third), sink = looks(GOOD, Reply(500), Reply(304), count=3)
    assert failed.snapshot is None
    assert third.snapshot is not None
    assert "if-none-match" in sink.requests[2].headers
