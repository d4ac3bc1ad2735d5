"""The timekeeper: one due thing holds up no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.workers.test_page_cover import make_desk
from triage.core.cases.case import Case, Status
from triage.store import cases, folders
from triage.store.folders import Role
from triage.workers.timekeeper import A_STEP, Timekeeper

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_however_many_windows_wait_for_a_sweep_a_hold_that_is_over_ends() -> None:
    desk = make_desk()
    folders.watch(desk.store, {"INBOX": Role.INTAKE})
    waiting = [_case(number, reply_window_ends_at=NOW - 2 * HOUR) for number in range(1, A_STEP + 2)]
    held = _case(99, hold_until=NOW - HOUR)
    with desk.store.write():
        for case in (*waiting, held):
            cases.insert(desk.store, case, NOW)
    assert Timekeeper(desk).step(NOW)
    assert cases.get_existing(desk.store, 99).case.hold_until is None


def _case(number: int, *, reply_window_ends_at: datetime | None = None, hold_until: datetime | None = None) -> Case:
    opened, ends = NOW - 99 * HOUR, reply_window_ends_at or NOW + HOUR
    return Case(
        number, Status.PENDING, 3, "acme", "ops@acme.example", "x", opened, reply_window_ends_at=ends, hold_until=hold_until,
        team_replied_at=opened,
    )  # fmt: skip
