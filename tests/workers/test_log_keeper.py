"""The store's log of newest commits stays short beside readers and a busy writer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.store import service
from triage.store.checkpoint import log_size
from triage.store.database import Store, open_store
from triage.workers.log_keeper import EVERY, WORTH_IT, LogKeeper

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MEGABYTE = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, create=True) as store:
        yield store


def write(store: Store, megabytes: int) -> None:
    for number in range(megabytes):
        with store.write():
            service.put(store, f"some {number}", "x" * MEGABYTE)


def test_a_busy_writer_does_not_make_it_long(store: Store, tmp_path: Path) -> None:
    keeper, most = LogKeeper(store, tmp_path), 0
    for turn in range(5):
        write(store, 6)
        most = max(most, log_size(tmp_path))
        keeper.step(NOW + turn * EVERY)
        assert log_size(tmp_path) == 0
    assert most < 12 * MEGABYTE


def test_a_reader_is_not_disturbed_and_the_log_is_emptied_after_it(store: Store, tmp_path: Path) -> None:
    keeper = LogKeeper(store, tmp_path)
    with open_store(tmp_path, reading=True) as reader:
        reader.connection.execute("BEGIN")
        before = service.get(reader, "some 0")
        write(store, 6)
        keeper.step(NOW)
        assert log_size(tmp_path) > WORTH_IT
        assert service.get(reader, "some 0") == before == ""
        reader.connection.execute("COMMIT")
        keeper.step(NOW + EVERY)
        assert log_size(tmp_path) == 0


def test_it_looks_every_few_seconds_and_after_a_clock_that_is_set(store: Store, tmp_path: Path) -> None:
    keeper = LogKeeper(store, tmp_path)
    keeper.step(NOW)
    write(store, 6)
    keeper.step(NOW + EVERY / 2)
    assert log_size(tmp_path) > WORTH_IT
    keeper.step(NOW - timedelta(days=1))
    assert log_size(tmp_path) == 0
