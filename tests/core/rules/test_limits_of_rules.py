"""How far a rule may reach: team addresses, folders nobody watches, machines that page only for one rule that says both."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.core.cases.calendars import Calendar
from triage.core.mail.message import InboundMessage
from triage.core.rules.bounds import Bounds
from triage.core.rules.evaluate import evaluate
from triage.core.rules.floors import machine_may_page
from triage.core.rules.reading import make_rule
from triage.core.rules.ruleset import make_ruleset
from triage.core.rules.situation import Situation

BOUNDS = Bounds(frozenset({"api@wise.com"}), frozenset({"wise.com"}), "team@chat.example", frozenset({"INBOX"}))


@pytest.mark.parametrize("address", ["kyc@wise.com", "KYC@WISE.COM", "team@chat.example"])
def test_copies_may_go_to_the_team(address: str) -> None:
    assert BOUNDS.refuse_forward(address) == ""


@pytest.mark.parametrize("address", ["api@wise.com", "eve@wise.com.evil.example", "eve@sub.wise.com", "other@chat.example", ""])
def test_copies_may_go_nowhere_else(address: str) -> None:
    assert BOUNDS.refuse_forward(address) != ""


@pytest.mark.parametrize(("folder", "refused"), [("inbox", True), ("Sent", True), ("sent", False), ("INBOX/Done", False)])
def test_watched_folders_are_no_targets(folder: str, refused: bool) -> None:
    assert bool(BOUNDS.refuse_folder(folder, watched=["Sent"])) is refused


@pytest.mark.parametrize(
    ("rules", "may"),
    [
        ([{"severity": 1, "page": "emergency"}], True),
        ([{"severity": 1}, {"page": "emergency"}], False),
        ([{"severity": 1, "page": "emergency"}, {"page": False}], False),
        ([{"severity": 1, "page": "emergency"}, {"severity": 2}], False),
        ([{"severity": 2}], False),
        ([], False),
    ],
)
def test_a_machine_pages_by_one_rule_that_says_both_and_is_not_overridden(rules: list[dict[str, object]], may: bool) -> None:

    made = [make_rule(f"r{number}", "", "a.toml", number, (), then, False, {}, then) for number, then in enumerate(rules)]
    ruleset = make_ruleset(made)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert machine_may_page(ruleset, evaluate(ruleset, Situation(InboundMessage("", 0), now))) is may


@pytest.mark.parametrize(
    ("zone", "at", "is_open"),
    [
        ("UTC", "2026-11-23T08:59:59", False),
        ("UTC", "2026-11-23T09:00:00", True),
        ("UTC", "2026-11-23T18:00:00", False),
        ("UTC", "2026-11-22T12:00:00", False),
        ("Europe/London", "2026-07-06T08:00:00", True),
        ("Europe/London", "2026-12-07T08:00:00", False),
        ("Asia/Tokyo", "2026-11-22T23:30:00", False),
        ("Asia/Tokyo", "2026-11-23T00:00:00", True),
    ],
)
def test_the_teams_hours_are_those_of_its_wall_clock(zone: str, at: str, is_open: bool) -> None:
    assert Calendar(zone=zone).is_open(datetime.fromisoformat(at).replace(tzinfo=UTC)) is is_open
