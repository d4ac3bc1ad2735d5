"""A store of every released version opens, migrates, and is what the present program would have made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.released import FIXTURES
from triage.core.cases.journal import fold
from triage.store import cases, journal, ledger, pages
from triage.store.database import STORE_NAME, Store, open_memory_store, open_store


def opened(name: str, directory: Path) -> Store:
    with closing(sqlite3.connect(directory / STORE_NAME)) as connection:
        connection.executescript((FIXTURES / f"{name}.sql").read_text("utf-8"))
    return open_store(directory, create=True)


def schema(store: Store) -> set[tuple[str, str]]:
    rows = store.connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {(row["name"], " ".join(row["sql"].replace('"', "").split())) for row in rows}


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.sql")))
def test_a_store_of_this_version_becomes_one_of_today(name: str, tmp_path: Path) -> None:
    """When the schema of the next release was meant to change: python -m tests.store.released unreleased"""
    with opened(name, tmp_path) as store, open_memory_store() as fresh:
        assert schema(store) == schema(fresh)
        assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert store.connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.sql")))
def test_what_is_in_it_can_be_read(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path) as store:
        found = cases.find(store)
        assert [stored.case.number for stored in found]
        for stored in found:
            number = stored.case.number
            assert fold(journal.of_case(store, number)) == stored.case
            assert ledger.of_case(store, number)
        assert pages.latest(store, 10)
