"""The search index and the ledger say the same, whatever happens to a message; and nothing that is typed is a syntax error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.case import Case, Status
from triage.core.outcomes import Outcome
from triage.core.wording.search_words import MOST_WORDS, sought
from triage.store import cases, ledger, quarantine, search
from triage.store.database import Store, open_memory_store
from triage.store.ledger import SeenHeader

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    made = open_memory_store()
    with made.write():
        for number, partner in ((1001, "acme"), (1002, "other")):
            cases.insert(made, Case(number, Status.NEW, 3, partner, f"ops@{partner}.example", "Subject", NOW), NOW)
    return made


def message(store: Store, uid: int, subject: str, text: str, outcome: Outcome | None, case: int | None = None, at: datetime = NOW) -> int:
    """As intake does it: a row, what was understood, the outcome; in one transaction."""
    with store.write():
        cursor = store.connection.execute(
            "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash) VALUES (?, 1, ?, ?, ?, 1, ?)",
            ("INBOX", uid, at.isoformat(), at.isoformat(), f"hash {uid}"),
        )
        assert cursor.lastrowid is not None
        store.connection.execute("UPDATE ledger SET subject = ?, new_text = ? WHERE id = ?", (subject, text, cursor.lastrowid))
        if outcome is not None:
            ledger.decide(store, cursor.lastrowid, outcome, "because", case, at)
    return cursor.lastrowid


def found(store: Store, typed: str, partner: str = "", since: datetime | None = None) -> list[int]:
    check(store)
    return [hit.id for hit in search.search(store, sought(typed), partner=partner, since=since, limit=10)]


def check(store: Store) -> None:
    """FTS5's own comparison of the index with the texts; raises where they differ."""
    store.connection.execute("INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)")


def test_a_message_is_found_from_its_outcome_on(store: Store) -> None:
    message(store, 1, "Transfers", "they fail", None)
    assert found(store, "transfers") == []
    second = message(store, 2, "Transfers", "they fail", Outcome.CASE, 1001)
    assert found(store, "transfers") == [second]


@pytest.mark.parametrize("outcome", [Outcome.OWN, Outcome.DUPLICATE, Outcome.PROBE])
def test_our_own_mail_copies_and_probes_are_not_searched(store: Store, outcome: Outcome) -> None:
    message(store, 1, "Transfers", "they fail", outcome)
    assert found(store, "transfers") == []


def test_half_a_trace_id_is_enough(store: Store) -> None:
    one = message(store, 1, "Failing", "x-trace-id: 4f1b2c9d-aaaa-bbbb", Outcome.CASE, 1001)
    assert found(store, "4f1b2") == found(store, "x-trace-id 4f...") == found(store, "4f1b2c9d-aaaa") == [one]
    assert found(store, "1b2c9d") == []


def test_every_word_must_be_there_and_quoted_ones_together(store: Store) -> None:
    one = message(store, 1, "Failing", "insufficient funds on payout", Outcome.CASE, 1001)
    message(store, 2, "Failing", "funds were insufficient", Outcome.CASE, 1001)
    assert found(store, '"insufficient funds"') == [one]
    assert found(store, "payout funds") == [one]
    assert found(store, '"insufficient fund"') == []


def test_a_subject_counts_more_than_a_text(store: Store) -> None:
    message(store, 1, "Hello", "webhooks fail", Outcome.CASE, 1001)
    best = message(store, 2, "Webhooks", "they fail", Outcome.CASE, 1001)
    assert found(store, "webhooks")[0] == best


def test_partner_and_time_narrow_it(store: Store) -> None:
    old = message(store, 1, "Transfers", "", Outcome.CASE, 1001, NOW - timedelta(days=40))
    other = message(store, 2, "Transfers", "", Outcome.CASE, 1002)
    assert sorted(found(store, "transfers")) == [old, other]
    assert found(store, "transfers", partner="acme") == [old]
    assert found(store, "transfers", since=NOW - timedelta(days=30)) == [other]


def test_a_message_is_found_under_the_case_it_is_on_now(store: Store) -> None:
    one = message(store, 1, "Transfers", "", Outcome.CASE, 1001)
    with store.write():
        ledger.move_all(store, 1001, 1002)
    assert [hit.case_number for hit in search.search(store, sought("transfers"), limit=5)] == [1002]
    with store.write():
        ledger.move(store, [one], 1001)
    assert [hit.case_number for hit in search.search(store, sought("transfers"), limit=5)] == [1001]


def test_a_message_out_of_quarantine_is_found_once_it_is_judged_again(store: Store) -> None:
    one = message(store, 1, "Transfers", "", Outcome.QUARANTINED)
    with store.write():
        quarantine.release(store, one)
    assert found(store, "transfers") == []
    with store.write():
        ledger.decide(store, one, Outcome.CASE, "because", 1001, NOW)
    assert found(store, "transfers") == [one]


def test_a_row_that_is_dropped_is_not_found(store: Store) -> None:
    one = message(store, 1, "Transfers", "", Outcome.QUARANTINED)
    with store.write():
        quarantine.forget(store, one)
    assert found(store, "transfers") == []


def test_history_is_found_by_its_subject(store: Store) -> None:
    seen = SeenHeader("INBOX", 1, 9, NOW, 1, "hash", "<1@example.com>", "ops@acme.example", "Transfers")
    with store.write():
        ledger.add_settled(store, seen, Outcome.IMPORTED, "history", NOW)
    assert len(found(store, "transfers")) == 1


def test_what_was_found_is_marked(store: Store) -> None:
    message(store, 1, "Failing", f"{'before ' * 50} timeout {'after ' * 50}", Outcome.CASE, 1001)
    [hit] = search.search(store, sought("timeout"), limit=5)
    assert f"{search.FOUND}timeout{search.END}" in hit.snippet
    assert len(hit.snippet) < 300


@given(st.text(max_size=80))
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    with open_memory_store() as store:
        wanted = sought(typed)
        assert not wanted or search.search(store, wanted, limit=5) == []


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "a AND",
        "NOT b",
        "NEAR(a b, 2)",
        "subject:x",
        "^a",
        "a*",
        "(a",
        "{a b}: c",
        "a + b",
        "-a",
        '"a""b',
        "a\x00b",
        "\ud800a",
        "'; --",
    ],
)
def test_operators_are_words_like_others(store: Store, typed: str) -> None:
    wanted = sought(typed)
    assert not wanted or search.search(store, wanted, limit=5) == []


def test_a_long_paste_is_cut() -> None:
    assert len(sought("word " * 1000)) == MOST_WORDS


@pytest.mark.parametrize("typed", ["", '"" -- ...', "\ud800", "\N{BULLET}"])
def test_punctuation_alone_seeks_nothing(typed: str) -> None:
    assert sought(typed) == ()
