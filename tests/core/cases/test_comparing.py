"""What is said to differ between the cases of a rebuilt store and those that were lost."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from triage.core.cases.case import Case, Status
from triage.core.cases.comparing import Sketch, differences, grouped, sketch

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MACHINERY = {"number", "language", "opened_at", "partner_wrote_at", "team_replied_at", "assessed", "window", "remind_at", "closed_at"}
MACHINERY |= {"closings", "closed_notice_at", "reopenings", "promises_told"}
"""What follows from the mails and from what is compared, and nobody sets."""
OTHER: dict[str, Any] = {
    "status": Status.CLOSED,
    "severity": 1,
    "partner": "beta",
    "requester": "forgotten-1@forgotten.invalid",
    "subject": "(forgotten)",
    "reply_window_ends_at": AT,
    "hold_until": AT,
    "no_auto_close": True,
    "assigned_to": "bo",
    "tags": ("payouts",),
    "follows": 7,
    "merged_into": 8,
    "agreement": "gold",
    "fields": {"partner_ticket": "A-1"},
}


def a_case(number: int = 1, members: str = "a", notes: tuple[str, ...] = (), **values: Any) -> dict[int, Sketch]:
    case = Case(number, Status.OPEN, 3, "acme", "ops@acme.example", "Transfers fail", AT)
    return {number: sketch(dataclasses.replace(case, **values), members.split(), notes)}


def test_cases_that_came_back_as_they_were_do_not_differ() -> None:
    assert differences(a_case(notes=("ana: a", "bo: b")), a_case(notes=("bo: b", "ana: a"))) == []


@pytest.mark.parametrize("name", sorted({field.name for field in dataclasses.fields(Case)} - MACHINERY))
def test_whatever_people_or_rules_gave_a_case_is_compared(name: str) -> None:
    [one] = differences(a_case(**{name: OTHER[name]}), a_case())
    assert one.lost != one.rebuilt


def test_what_differs_is_said_case_by_case() -> None:
    found = differences(a_case() | a_case(2), a_case(1, "a b", status=Status.CLOSED, severity=1) | a_case(3))
    assert [(one.number, one.what, one.lost, one.rebuilt) for one in found] == [
        (1, "status", "open", "closed"),
        (1, "severity", "3", "1"),
        (1, "messages", "none more", "b"),
        (2, "case", "there", "none"),
        (3, "case", "none", "there"),
    ]


def test_of_notes_those_that_only_one_side_has_are_said() -> None:
    [one] = differences(a_case(notes=("ana: called", "ana: called", "bo: waits")), a_case(notes=("ana: called",)))
    assert (one.what, one.lost, one.rebuilt) == ("notes", "ana: called; bo: waits", "none more")


def test_people_read_it_by_what_differs_and_missing_cases_first() -> None:
    found = differences(a_case(severity=1) | a_case(2) | a_case(3, assigned_to="bo"), a_case() | a_case(3, severity=2))
    assert [(what, [one.number for one in group]) for what, group in grouped(found)] == [
        ("case", [2]),
        ("severity", [1, 3]),
        ("assigned to", [3]),
    ]
