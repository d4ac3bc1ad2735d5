"""Which cases a page covers, as rows: carried over from an older store, kept by the index, changed with the page."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from triage.core.cases.case import Case, Status
from triage.core.oncall.page import Page, PageState
from triage.core.oncall.page_json import page_to_json
from triage.core.oncall.policy import EscalationPolicy, Level
from triage.store import cases, page_tokens, pages
from triage.store.database import STORE_NAME, Store, open_memory_store, open_store
from triage.store.migrations import migrations
from triage.store.page_tokens import PageLink
from triage.store.times import to_text

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POLICY = EscalationPolicy("emergency", (Level(timedelta(), ("ana",)),))


def page(number: int, case: int | None, *numbers: int, **changes: object) -> Page:
    made = Page(number, case, 1, PageState.PAGING, POLICY, NOW, NOW, cases=numbers, level_ends_at=NOW + timedelta(minutes=5))
    return replace(made, **changes)  # type: ignore[arg-type]


def resolved(one: Page) -> Page:
    return replace(one, state=PageState.RESOLVED, level_ends_at=None, resolved_at=NOW)


@pytest.fixture
def store() -> Store:
    made = open_memory_store()
    with made.write():
        for number in range(1001, 1005):
            cases.insert(made, a_case(number), NOW)
    return made


def a_case(number: int) -> Case:
    return Case(number, Status.NEW, 1, "acme", f"ops@p{number}.example", "URGENT", NOW)


def test_pages_of_an_older_store_keep_what_they_cover(tmp_path: Path) -> None:
    path = tmp_path / STORE_NAME
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Database(connection), stop_before="m0002_page_cover")
    with Store(connection) as old:
        for number in (1001, 1002):
            cases.insert(old, a_case(number), NOW)
        for one in (page(1, 1001, 1001, 1002, done=(1002,)), resolved(page(2, 1002, 1002))):
            old.connection.execute(
                "INSERT INTO pages (id, version, case_number, generation, state, next_at, opened_at, value)"
                " VALUES (?, 1, ?, 1, ?, ?, ?, ?)",
                (
                    one.id,
                    one.case_number,
                    one.state.value,
                    one.next_at and to_text(one.next_at),
                    to_text(NOW),
                    json.dumps(page_to_json(one)),
                ),
            )
    with open_store(tmp_path, create=True) as store:
        found = pages.open_of_case(store, 1001)
        assert found is not None
        assert found.page.id == 1
        assert pages.open_of_case(store, 1002) is None
        assert [stored.page.id for stored in pages.of_case(store, 1002)] == [1, 2]


def test_a_case_is_never_on_two_pages_that_want_somebody(store: Store) -> None:
    with store.write():
        pages.insert(store, page(1, 1001, 1001, 1002), NOW)
    with pytest.raises(sqlite3.IntegrityError), store.write():
        pages.insert(store, page(2, None, 1002), NOW)


def test_a_page_that_is_over_covers_nothing(store: Store) -> None:
    with store.write():
        pages.insert(store, page(1, 1001, 1001, 1002), NOW)
        pages.update(store, resolved(page(1, 1001, 1001, 1002)), 1, NOW)
        pages.insert(store, page(2, None, 1001, 1002), NOW)
    found = pages.open_of_case(store, 1001)
    assert found is not None
    assert found.page.id == 2


def test_a_case_may_get_a_page_while_its_first_one_goes_on_for_others(store: Store) -> None:
    with store.write():
        pages.insert(store, page(1, 1001, 1001, 1002), NOW)
        pages.update(store, page(1, 1001, 1001, 1002, done=(1001,)), 1, NOW)
        pages.insert(store, page(2, 1001, 1001, generation=2), NOW)
    assert {number: pages.open_of_case(store, number).page.id for number in (1001, 1002)} == {1001: 2, 1002: 1}  # type: ignore[union-attr]
    assert pages.generations(store, 1001) == 2


def test_a_page_without_a_next_instant_is_refused_by_the_database(store: Store) -> None:
    with store.write():
        pages.insert(store, page(1, 1001, 1001), NOW)
    with pytest.raises(sqlite3.IntegrityError), store.write():
        store.connection.execute("UPDATE pages SET next_at = NULL")


def test_a_token_works_until_its_time_is_over_and_is_then_forgotten(store: Store) -> None:
    link = PageLink(1, 1, 0, 0, "ana", 1)
    with store.write():
        pages.insert(store, page(1, 1001, 1001), NOW)
        page_tokens.add(store, "hash", link)
    assert page_tokens.find(store, "hash", NOW + timedelta(days=400)) == link, "for as long as the page does"
    with store.write():
        page_tokens.expire(store, 1, NOW + timedelta(days=1), NOW)
    assert page_tokens.find(store, "hash", NOW + timedelta(hours=23)) == link
    assert page_tokens.find(store, "hash", NOW + timedelta(hours=24)) is None
    with store.write():
        page_tokens.expire(store, 2, NOW, NOW + timedelta(days=2))
    assert store.connection.execute("SELECT count(*) AS n FROM page_tokens").fetchone()["n"] == 0
