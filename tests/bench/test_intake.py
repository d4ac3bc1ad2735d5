"""When all of a backlog's urgent mails are on a page: asked of the store, and not believed when one of them is not, or none was urgent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.intake import all_urgent_at
from bench.service import Service
from triage.store.database import open_store
from triage.store.times import to_text

T0 = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "log").touch()
    with open_store(tmp_path / "state", create=True):
        return tmp_path


def decided(home: Path, number: int, subject: str, after_s: float, *, paged_after_s: float | None = None) -> None:
    """A mail of the intake folder with a case, and if so a page, of its own."""
    at = to_text(T0 + timedelta(seconds=after_s))
    values = {"number": number, "subject": subject, "at": at}
    with open_store(home / "state") as store, store.connection as connection:
        connection.execute(
            "INSERT INTO cases (number, version, status, severity, partner, requester, subject, opened_at, updated_at, value)"
            " VALUES (:number, 1, 'open', 1, 'acme', 'ops@acme.example', :subject, :at, :at, '{}')",
            values,
        )
        connection.execute(
            "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash, subject, outcome,"
            " case_number, decided_at) VALUES ('INBOX', 1, :number, :at, :at, 1, '', :subject, 'case', :number, :at)",
            values,
        )
        if paged_after_s is not None:
            values["at"] = to_text(T0 + timedelta(seconds=paged_after_s))
            connection.execute(
                "INSERT INTO pages (id, version, case_number, generation, state, next_at, opened_at, value)"
                " VALUES (:number, 1, :number, 1, 'paging', :at, :at, '{}')",
                values,
            )
            connection.execute("INSERT INTO page_cases VALUES (:number, :number, 1, :at, 'emergency')", values)


def test_it_is_when_the_last_of_them_was_decided_and_on_a_page(home: Path) -> None:
    decided(home, 1, "URGENT: one", 1.0, paged_after_s=1.0)
    decided(home, 2, "Re: this is Critical", 3.0, paged_after_s=2.0)
    decided(home, 3, "a question", 9.0)
    at = all_urgent_at(Service(home)) + time.time() - time.perf_counter()
    assert at == pytest.approx(T0.timestamp() + 3.0, abs=0.1)


def test_one_that_is_on_no_page_is_told(home: Path) -> None:
    decided(home, 1, "URGENT: one", 1.0, paged_after_s=1.0)
    decided(home, 2, "URGENT: another one", 2.0)
    with pytest.raises(RuntimeError, match="1 urgent mails of the backlog are on no page"):
        all_urgent_at(Service(home))


def test_a_backlog_without_any_says_nothing(home: Path) -> None:
    decided(home, 1, "a question", 1.0)
    with pytest.raises(RuntimeError, match="no mail of the backlog was urgent"):
        all_urgent_at(Service(home))
