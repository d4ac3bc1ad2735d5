"""Nothing that is asked for every message, at every turn of the engine, or for a list that people look at, reads a table that grows with
history from end to end."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.mails import mailbox
from tests.workers.test_page_cover import make_desk
from triage.adapters.parsing import InlineParser
from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.deliveries import Channel
from triage.core.seams import FetchedMessage, SendOutcome, SendResult
from triage.core.settings import Limits
from triage.store import cases, folders, ledger, outbox, retention
from triage.store.folders import Role
from triage.store.times import to_text
from triage.workers import audit, casework, paging, storm_pages
from triage.workers.audit import Outlook
from triage.workers.dispatcher import Dispatcher
from triage.workers.duties import Duties
from triage.workers.forgetting import forget
from triage.workers.intake import Intake
from triage.workers.labelling import Labelling
from triage.workers.metrics import read_metrics
from triage.workers.promise_keeper import PromiseKeeper
from triage.workers.retention import Retention
from triage.workers.sync import Arrivals
from triage.workers.timekeeper import Timekeeper
from triage.workers.views import board
from triage.workers.weekly_drill import WeeklyDrill

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GROWS = (
    *("ledger", "raw_messages", "quarantine", "cases", "participants", "thread_ids", "thread_subjects", "case_journal"),
    *("pages", "page_cases", "page_journal", "page_tokens", "provider_events", "outbox", "attempts", "notices_sent"),
)
"""Tables with a row for every mail, case, page or notice there ever was."""
_SMALL = r"(?! USING (?:COVERING )?INDEX \w+_(?:open|undecided|quarantined|due|next|promised|failed))"
_NAMED = re.compile(rf"\b(?:{'|'.join(GROWS)}) AS (\w+)")
_IN_ORDER = {"SCAN cases USING INDEX cases_by_severity": "ORDER BY severity, updated_at LIMIT ?", "SCAN pages": "ORDER BY id DESC LIMIT ?"}
"""In the order in which they lie, by the index or the table itself: as many are read as are wanted."""


class Recording:
    """A connection that remembers every statement with the values it was first asked with."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.statements: dict[str, Any] = {}

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        self.statements.setdefault(statement, values)
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Any) -> sqlite3.Cursor:
        rows = list(rows)
        if rows:
            self.statements.setdefault(statement, rows[0])
        return self._connection.executemany(statement, rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[sqlite3.Connection, dict[str, Any]]]:
    """A working day in small: mails of every kind, notices and pages sent, clocks looked at, a restart."""
    desk = make_desk()
    connection = desk.store.connection
    recording = Recording(connection)
    desk.store.connection = recording  # type: ignore[assignment]
    folders.watch(desk.store, {"INBOX": Role.INTAKE})
    intake, dispatcher = Intake(desk, InlineParser(Limits())), Dispatcher(desk)
    outlook = Outlook(NOW, lambda: "idle", lambda: None, lambda: None)
    clocked = (Timekeeper(desk), PromiseKeeper(desk), Labelling(desk, lambda _: None), Duties(desk), WeeklyDrill(desk), Retention(desk))
    raws = [FetchedMessage("INBOX", 1, uid, at, raw) for uid, (raw, at) in enumerate(mailbox(60, NOW), 1)]
    for start in range(0, len(raws), 20):
        now = NOW + timedelta(hours=start)
        intake.receive(Arrivals("INBOX", tuple(raws[start : start + 20])), now)
        while intake.step(now):
            pass
        for each in clocked:
            each.step(now)
        audit.take_stock(desk, outlook, now)
        for channel in Channel:
            for delivery in dispatcher.claim(now, [channel]):
                dispatcher.record(delivery, SendResult(SendOutcome.ACCEPTED), now)
    assert list(read_metrics(desk, now))
    board.queue(desk, board.Wanted(), 1, now)
    board.queue(desk, board.Wanted(everything=True), 1, now)
    board.queue(desk, board.Wanted(status=Status.CLOSED, partner="acme.example"), 1, now)
    board.set_aside(desk, 1)
    assert board.open_pages(desk, now)
    board.past_pages(desk, 1, now)
    board.case_view(desk, 1001, 1, now)
    cases.find(desk.store, severity=1, only_open=True, limit=1)
    cases.find(desk.store, only_open=True)
    cases.find(desk.store)
    ledger.known_uids(desk.store, "INBOX", 1, 10)
    ledger.uids_between(desk.store, "INBOX", 1, 10, 40, 20)
    ledger.known_headers(desk.store, ["x"])
    with desk.store.write():
        outbox.release_leases(desk.store, NOW)
        folders.begin_life(desk.store)
        cases.look_at_all_promises(desk.store, NOW)
    intake.resume()
    outbox.next_due_at(desk.store)
    outbox.mails_attempted(desk.store, NOW, 30)
    retention.case_numbers(desk.store)
    cases.continuations(desk.store, 999)
    for slices in (retention.old_bytes, retention.old_mails, retention.old_loose_messages, retention.old_cases):
        slices(desk.store, NOW, 0, 100)
    with desk.store.write():
        assert retention.drop_old_case(desk.store, 999, NOW), "a number that no case has"
    yield connection, recording.statements
    desk.store.close()


def plan_of(connection: sqlite3.Connection, statement: str, values: Any) -> list[str]:
    return [str(row["detail"]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def whole_reads(connection: sqlite3.Connection, statement: str, values: Any) -> list[str]:
    """Lines of the plan that read a table which grows from end to end, under whatever name the statement gives it."""
    scan = re.compile(rf"SCAN (?:{'|'.join((*GROWS, *_NAMED.findall(statement)))})\b{_SMALL}")
    found = [line for line in plan_of(connection, statement, values) if scan.search(line)]
    return [line for line in found if not (line in _IN_ORDER and statement.endswith(_IN_ORDER[line]))]


def test_no_statement_of_the_hot_path_reads_a_whole_table(asked: tuple[sqlite3.Connection, dict[str, Any]]) -> None:
    connection, statements = asked
    faults = []
    for statement, values in statements.items():
        if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH", "INSERT"}:
            faults += [f"{line}: {statement}" for line in whole_reads(connection, statement, values)]
    assert not faults, "\n".join(faults)


def test_enough_was_asked_to_say_so(asked: tuple[sqlite3.Connection, dict[str, Any]]) -> None:
    assert len(asked[1]) > 60


class RecordingWrites(Recording):
    """Only what is done while nobody else may write."""

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        if self._connection.in_transaction:
            return super().execute(statement, values)
        return self._connection.execute(statement, values)


def test_while_a_person_is_forgotten_the_daemon_is_not_held_up_by_a_table_that_is_read_from_end_to_end() -> None:
    desk = make_desk()
    connection, address = desk.store.connection, "ops@partner3.example"
    folders.watch(desk.store, {"INBOX": Role.INTAKE})
    intake = Intake(desk, InlineParser(Limits()))
    raws = tuple(FetchedMessage("INBOX", 1, uid, at, raw) for uid, (raw, at) in enumerate(mailbox(20, NOW), 1))
    intake.receive(Arrivals("INBOX", raws), NOW)
    while intake.step(NOW):
        pass
    with desk.store.write():
        outbox.withdraw_all(desk.store, "a test", NOW)
        for case in list(cases.each(desk.store)):
            casework.apply_to(desk, case.number, Event(EventKind.CLOSED_BY_TEAM, NOW), NOW)
        outbox.withdraw_all(desk.store, "a test", NOW)
    recording = RecordingWrites(connection)
    desk.store.connection = recording  # type: ignore[assignment]
    assert forget(desk, address, (), "ana", NOW, rehearse=False).messages
    asked = {one: values for one, values in recording.statements.items() if one.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}}
    assert len(asked) > 20
    assert [one for one, values in asked.items() if whole_reads(connection, one, values)] == []


def test_an_urgent_mail_in_a_flood_of_them_asks_for_no_more_than_the_first() -> None:
    """Where its case belongs is decided by the latest askings for a page, however many there were."""
    desk = make_desk()
    case = Case(1, Status.NEW, 1, "acme", "ops@acme.example", "URGENT", NOW)
    steps, policy = [], paging.policy_named(desk.rules().oncall, "emergency")
    with desk.store.write():
        cases.insert(desk.store, case, NOW)
        paging.open_page(desk, case, "emergency", "urgent", NOW, NOW)
        for number in range(2, 3 * storm_pages.MOST_RECENT):
            cases.insert(desk.store, replace(case, number=number), NOW)
            row = (1, number, 1, to_text(NOW + timedelta(seconds=number)), "emergency")
            desk.store.connection.execute(
                "INSERT INTO page_cases (page_id, case_number, open, added_at, policy) VALUES (?, ?, ?, ?, ?)", row
            )
            if number % storm_pages.MOST_RECENT == storm_pages.MOST_RECENT - 1:
                steps.append(_instructions(desk.store.connection, lambda: storm_pages.place(desk, case, policy, NOW)))
    assert len(steps) == 3
    assert steps[2] < 1.1 * steps[0]


def _instructions(connection: sqlite3.Connection, ask: Callable[[], object]) -> int:
    """How many of SQLite's virtual machine it takes, in hundreds."""
    count = itertools.count()
    connection.set_progress_handler(lambda: next(count) < 0, 100)
    ask()
    connection.set_progress_handler(None, 0)
    return next(count)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM cases WHERE subject = 'x'",
        "SELECT count(*) FROM cases AS one WHERE one.subject = 'x'",
        "SELECT value FROM cases ORDER BY severity, updated_at",
    ],
)
def test_the_detector_sees_a_table_that_is_read_from_end_to_end(asked: tuple[sqlite3.Connection, dict[str, Any]], statement: str) -> None:
    assert whole_reads(asked[0], statement, ())
