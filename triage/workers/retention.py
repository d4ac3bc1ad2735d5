"""Retention: the duty that drops what [retention] does not let stay: bytes of old mail, and cases that were closed long ago.

One small slice a turn of the engine, and none while a page waits for somebody. Every few hours it goes through the store from the
beginning; where it was is kept in memory only, since everything it does can be done again. Off unless config.toml says otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from triage.adapters.logs import LogEvent, log
from triage.core.oncall.page import PageState
from triage.store import outbox, pages, retention, search
from triage.workers.desk import Desk

EVERY = timedelta(hours=6)
MESSAGES = 100
"""Bytes of so many messages are dropped at a time."""
SPAN = 1_000
"""So many are looked at at a time."""
_WAITING = frozenset({PageState.PAGING, PageState.BROADCAST})


class Retention:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.config.retention
        self._pass: Iterator[bool] = iter(())
        self._began_at: datetime | None = None
        self._dropped = {"messages": 0, "cases": 0}

    def step(self, now: datetime) -> bool:
        """True when something was dropped."""
        if self._settings.is_off or self._a_page_waits():
            return False
        if self._began_at is None or not self._began_at <= now < self._began_at + EVERY:
            self._began_at = now
            self._dropped = {"messages": 0, "cases": 0}
            self._pass = self._slices(now)
        return next(self._pass, False)

    def _a_page_waits(self) -> bool:
        return any(stored.page.state in _WAITING for stored in pages.all_open(self._desk.store))

    def _slices(self, now: datetime) -> Iterator[bool]:
        if self._settings.raw_mail is not None:
            yield from self._old_mail(now - self._settings.raw_mail)
        if self._settings.closed_cases is not None:
            yield from self._old_cases(now - self._settings.closed_cases)
        if any(self._dropped.values()):
            log(LogEvent.NOT_KEPT, logging.INFO, messages=self._dropped["messages"], cases=self._dropped["cases"])

    def _old_mail(self, before: datetime) -> Iterator[bool]:
        store = self._desk.store
        above = 0
        while ids := retention.old_bytes(store, before, above, MESSAGES):
            with store.write():
                retention.drop_bytes(store, ids)
            self._dropped["messages"] += len(ids)
            above = ids[-1]
            yield True
        for above in range(0, outbox.highest_id(store), SPAN):
            ids = retention.old_mails(store, before, above, SPAN)
            if ids:
                with store.write():
                    retention.drop_mails(store, ids)
            yield bool(ids)

    def _old_cases(self, before: datetime) -> Iterator[bool]:
        store = self._desk.store
        any_texts = False
        low, high = retention.case_numbers(store)
        for above in range(low - 1, high, SPAN):
            numbers = retention.old_cases(store, before, above, SPAN)
            for number in numbers:
                with store.write():
                    dropped = retention.drop_old_case(store, number, before)
                self._dropped["cases"] += dropped
                yield bool(dropped)
            if not numbers:
                yield False
        for above in range(0, retention.highest_message(store), SPAN):
            ids = retention.old_loose_messages(store, before, above, SPAN)
            if ids:
                with store.write():
                    retention.drop_texts(store, ids)
                any_texts = True
            yield bool(ids)
        if any_texts or self._dropped["cases"]:
            yield from self._index()

    def _index(self) -> Iterator[bool]:
        """Words of texts that are gone leave the search index, too."""
        more = True
        while more:
            with self._desk.store.write():
                more = search.tidy(self._desk.store)
            yield more
