"""What every contact test needs: a clock that stands still, a page, and contacts pointed at a server of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tests.servers.http_sink import HttpSink
from triage.adapters.pagers.kinds import build_contact
from triage.adapters.pagers.settings import Wiring
from triage.core.seams import Contact, SendResult

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 2, 14, tzinfo=UTC)

PAGE: dict[str, object] = {
    "action": "trigger",
    "summary": "Severity 1 #1042 Acme: URGENT payouts fail",
    "text": "Severity 1, case 1042\nPartner: Acme\nSubject: URGENT payouts fail",
    "case": 1042,
    "page": 7,
    "generation": 2,
    "severity": 1,
    "subject": "URGENT payouts fail",
    "partner": "Acme",
    "since": "2026-11-22T02:13:00+00:00",
    "link": "https://triage.example/cases/1042",
    "ack_link": "https://triage.example/ack/0123abcd",
    "details": {"endpoint": "/v1/transfers", "trace_id": "4bf92f35"},
    "instance": "wise-api",
    "person": "ana",
    "level": "1",
    "test": False,
    "quiet": False,
}


class StandingClock:
    """A clock that moves only when a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def push(self, **by: float) -> None:
        self.at += timedelta(**by)


def contact(kind: str, clock: StandingClock | None = None, **settings: object) -> Contact:
    return build_contact(kind, {name.removesuffix("_"): value for name, value in settings.items()}, Wiring(clock or StandingClock()))


def against(sink: HttpSink, scene: Callable[[str], Awaitable[T]]) -> T:
    """Run one scene against the sink; it gets the sink's address. Ten seconds at most."""

    async def play() -> T:
        async with sink:
            return await scene(sink.url)

    return asyncio.run(asyncio.wait_for(play(), 10))


def deliver(
    sink: HttpSink, make: Callable[[str], Contact], payload: dict[str, object] | None = None, key: str = "page/7/2/ana/push"
) -> SendResult:
    return against(sink, lambda url: make(url).deliver(key, PAGE if payload is None else payload))
