"""A daemon with nothing to do writes nothing, minute after minute, and a restart counts nothing anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.workers.test_page_cover import make_desk
from triage.core.cases.case import Case, Status
from triage.store import cases
from triage.workers.desk import Desk
from triage.workers.duties import Duties
from triage.workers.promise_keeper import PromiseKeeper
from triage.workers.weekly_drill import WeeklyDrill

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_duties_of_the_clock_write_nothing_in_a_minute_in_which_nothing_is_due() -> None:
    desk = make_desk()
    steps = (PromiseKeeper(desk).step, Duties(desk).step, WeeklyDrill(desk).step)
    for step in steps:
        step(NOW)
    written = desk.store.connection.total_changes
    for minute in range(1, 9):
        for step in steps:
            step(NOW + timedelta(minutes=minute))
    assert desk.store.connection.total_changes == written


def test_a_restart_looks_at_no_promise_anew_unless_the_rules_have_changed() -> None:
    desk = make_desk()
    with desk.store.write():
        number = cases.next_number(desk.store, 1001)
        cases.insert(desk.store, Case(number, Status.OPEN, 3, "partner.example", "ops@partner.example", "Hello", NOW), NOW)
    begun(desk)
    assert not PromiseKeeper(desk).step(NOW), "the same rules, and it was looked at"
    rules = replace(desk.rules(), hash="another set")
    changed = replace(desk, rules=lambda: rules)
    assert PromiseKeeper(changed).step(NOW), "other rules may promise other times"


def begun(desk: Desk) -> None:
    first = PromiseKeeper(desk)
    assert first.step(NOW)
    assert not first.step(NOW)
