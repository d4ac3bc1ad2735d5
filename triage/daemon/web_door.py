"""WebDoor: what the web handlers ask, carried out. Looking opens a reading connection; changes go to the engine, the one that writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from triage.adapters.logs import LogEvent, log
from triage.adapters.pagers.pagerduty import WEBHOOK_SECRET
from triage.adapters.secrets import resolve_secret
from triage.core.failures import TriageError
from triage.core.metrics import Reading
from triage.core.oncall.answers import PageAnswer
from triage.core.rules.reload_status import ReloadStatus
from triage.core.seams import Clock
from triage.daemon.engine import Engine
from triage.store.database import open_store
from triage.web.board import board_routes
from triage.web.door import Busy
from triage.web.health import health_routes
from triage.web.links import link_routes
from triage.web.metrics import metrics_routes
from triage.web.pagerduty import pagerduty_routes
from triage.web.server import WebServer
from triage.workers.desk import Desk
from triage.workers.metrics import read_metrics, read_rules
from triage.workers.page_links import LinkPage, act_on_link, look_at_link
from triage.workers.provider_news import ProviderNews, take_news

T = TypeVar("T")
WAIT_S = 10.0


class WebDoor:
    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        clock: Clock,
        rule_status: Callable[[], ReloadStatus],
        process_readings: Callable[[], Iterable[Reading]],
    ) -> None:
        """`process_readings`: the numbers of /metrics that are in no store."""
        self.rule_status = rule_status
        self._process_readings = process_readings
        self._desk = desk
        self._engine = engine
        self._clock = clock

    def look_at_link(self, token: str) -> LinkPage | None:
        with open_store(self._desk.config.instance.state_dir) as store:
            return look_at_link(replace(self._desk, store=store), token, self._clock.now())

    def act_on_link(self, token: str, said: PageAnswer, seen: int | None) -> str | None:
        return self._change(lambda now: act_on_link(self._desk, token, said, seen, now))

    def take_news(self, news: ProviderNews) -> str:
        return self._change(lambda now: take_news(self._desk, news, now))

    def readings(self) -> Sequence[Reading]:
        of_store = self.look(lambda desk, now: tuple(read_metrics(desk, now)))
        return (*self._process_readings(), *read_rules(self.rule_status()), *of_store)

    def look(self, view: Callable[[Desk, datetime], T]) -> T:
        with open_store(self._desk.config.instance.state_dir, reading=True) as store:
            return view(replace(self._desk, store=store), self._clock.now())

    def change(self, act: Callable[[Desk, datetime], T]) -> T:
        return self._change(lambda now: act(self._desk, now))

    def webhook_secrets(self) -> Sequence[str]:
        found = []
        for person in self._desk.rules().oncall.people.values():
            for contact in person.contacts:
                written = contact.settings.get(WEBHOOK_SECRET, "")
                if contact.kind == "pagerduty" and isinstance(written, str) and written:
                    found.append(_resolved(written))
        return [secret for secret in found if secret]

    def _change(self, change: Callable[[datetime], T]) -> T:
        """Raises Busy when the engine did not get to it in time, or could not write; it then goes on by itself."""
        done: list[T] = []

        def on_engine(now: datetime) -> None:
            with self._desk.store.write():
                result = change(now)
            done.append(result)

        self._engine.call(on_engine, timeout_s=WAIT_S)
        if not done:
            raise Busy("the change could not be written down in time")
        return done[0]


def open_web(
    desk: Desk,
    engine: Engine,
    clock: Clock,
    rule_status: Callable[[], ReloadStatus],
    process_readings: Callable[[], Iterable[Reading]],
) -> WebServer | None:
    """Takes the address of [web]; None when it is off. Where links are promised (public_url) a port in use is a reason not to start
    (TriageError); otherwise mail and pages go on without it."""
    listen = desk.config.web.listen
    if listen == "off":
        return None
    door = WebDoor(desk, engine, clock, rule_status, process_readings)
    try:
        board = board_routes(door, desk.config.web, desk.keys, clock, desk.entropy) if desk.config.web.board else []
        server = WebServer(listen, [*link_routes(door), *pagerduty_routes(door), *metrics_routes(door), *health_routes(door), *board])
    except TriageError as failure:
        if desk.config.web.public_url:
            raise
        log(LogEvent.NOT_LISTENING, logging.ERROR, problem=failure.message, hint=failure.hint)
        return None
    log(LogEvent.LISTENING, port=server.port)
    return server


def _resolved(written: str) -> str:
    try:
        return resolve_secret(written)
    except TriageError:
        return ""
