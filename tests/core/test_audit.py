"""The self-audit judged from facts: what fails, what only warns, and that one bad look is no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.core.audit import (
    LEAST_FREE,
    AuditFacts,
    Check,
    Finding,
    Report,
    all_told,
    audit,
    follow_up,
    recovered,
    report_from_json,
    report_to_json,
)
from triage.core.problems import Weight

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WELL = AuditFacts(started_at=NOW - timedelta(days=1), synced_at=NOW - timedelta(seconds=30), free_bytes=10**12)
BROKEN = (Finding(Check.MAILBOX, Weight.ERROR, "gone"),)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def found(facts: AuditFacts) -> list[tuple[Check, Weight]]:
    return [(finding.check, finding.weight) for finding in audit(facts, NOW)]


def test_all_is_well() -> None:
    assert found(WELL) == []


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"synced_at": NOW - minutes(3.1)}, Check.MAILBOX),
        ({"synced_at": None}, Check.MAILBOX),
        ({"overdue": {"a page": NOW - timedelta(seconds=61)}}, Check.OVERDUE),
        ({"store_problem": "the disk is full"}, Check.STORE),
        ({"free_bytes": LEAST_FREE - 1}, Check.DISK),
        ({"nobody_now": ("emergency",)}, Check.ON_CALL),
        ({"sign_in": "invalid_grant"}, Check.SIGN_IN),
        ({"probe_within": minutes(10), "probed_at": NOW - minutes(11)}, Check.PROBE),
        ({"probe_within": minutes(10), "started_at": NOW - minutes(11)}, Check.PROBE),
    ],
)
def test_what_fails(change: dict[str, object], check: Check) -> None:
    assert found(replace(WELL, **change)) == [(check, Weight.ERROR)]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"free_bytes": LEAST_FREE * 2}, Check.DISK),
        ({"has_policies": False}, Check.ON_CALL),
        ({"uncovered": ("second",)}, Check.ON_CALL),
        ({"gaps": ("primary: nobody",)}, Check.GAP),
        ({"weak_contacts": ("ana: one contact method only",)}, Check.CONTACTS),
        ({"drill_within": timedelta(days=8)}, Check.DRILL),
        ({"probe_within": timedelta(days=400)}, Check.PROBE),
        ({"drill_within": timedelta(days=8), "last_drill_at": NOW - timedelta(days=9)}, Check.DRILL),
    ],
)
def test_what_only_warns(change: dict[str, object], check: Check) -> None:
    assert found(replace(WELL, **change)) == [(check, Weight.WARNING)]


@pytest.mark.parametrize(
    "change",
    [
        {"synced_at": NOW - minutes(3)},
        {"synced_at": NOW - minutes(30), "poll_every": minutes(10)},
        {"synced_at": NOW - timedelta(days=3), "started_at": NOW - minutes(2)},
        {"overdue": {"a page": NOW - timedelta(seconds=60)}},
        {"drill_within": timedelta(days=8), "last_drill_at": NOW - timedelta(days=7)},
        {"last_drill_at": None},
        {"free_bytes": None},
    ],
)
def test_what_is_still_well(change: dict[str, object]) -> None:
    assert found(replace(WELL, **change)) == []


def test_after_a_restart_mails_have_waited_as_long_as_nobody_looked() -> None:
    facts = replace(WELL, synced_at=NOW - timedelta(hours=2), started_at=NOW - minutes(4))
    assert found(facts) == [(Check.MAILBOX, Weight.ERROR)]
    assert facts.unsynced_for(NOW) == timedelta(hours=2)


def test_a_restart_mends_nothing_that_had_failed() -> None:
    facts = replace(WELL, synced_at=NOW - minutes(10), started_at=NOW - minutes(1))
    assert found(facts) == []
    assert found(replace(facts, mailbox_failed=True)) == [(Check.MAILBOX, Weight.ERROR)]


def test_one_failing_look_says_neither_well_nor_failed() -> None:
    report = follow_up(None, BROKEN, NOW)
    assert (report.passed, report.failed) == (False, False)


def test_the_second_failing_look_is_a_failure_since_the_first() -> None:
    report = follow_up(follow_up(None, BROKEN, NOW), BROKEN, NOW + minutes(1))
    assert (report.passed, report.failed) == (False, True)
    assert report.reasons == ("gone",)
    (standing,) = report.standings
    assert (standing.since, standing.is_news) == (NOW, True)


def test_a_look_that_passes_in_between_begins_anew() -> None:
    first = follow_up(None, BROKEN, NOW)
    third = follow_up(follow_up(first, (), NOW + minutes(1)), BROKEN, NOW + minutes(2))
    assert not third.failed
    assert third.standings[0].since == NOW + minutes(2)


def test_a_warning_never_fails_the_look() -> None:
    warning = (Finding(Check.GAP, Weight.WARNING, "nobody on Sunday"),)
    report = follow_up(follow_up(None, warning, NOW), warning, NOW + minutes(1))
    assert (report.passed, report.failed) == (True, False)
    assert report.warnings == ("nobody on Sunday",)


def test_what_was_told_is_told_once_and_its_end_once() -> None:
    second = all_told(follow_up(follow_up(None, BROKEN, NOW), BROKEN, NOW + minutes(1)))
    third = follow_up(second, BROKEN, NOW + minutes(2))
    assert [one.is_news for one in third.standings] == [False]
    fourth = follow_up(third, (), NOW + minutes(3))
    assert [one.finding.check for one in recovered(third, fourth)] == [Check.MAILBOX]
    assert recovered(fourth, follow_up(fourth, (), NOW + minutes(4))) == ()


def test_the_end_of_what_nobody_was_told_of_is_no_news() -> None:
    first = follow_up(None, BROKEN, NOW)
    assert recovered(first, follow_up(first, (), NOW + minutes(1))) == ()


def test_a_report_survives_the_store() -> None:
    report = all_told(follow_up(follow_up(None, BROKEN, NOW), BROKEN, NOW + minutes(1)))
    assert report_from_json(report_to_json(report)) == report


@pytest.mark.parametrize(
    "value", [None, 3, "x", [], {}, {"at": "x", "findings": []}, {"at": NOW.isoformat(), "findings": [{"check": "moon"}]}]
)
def test_what_nobody_has_written_is_no_report(value: object) -> None:
    assert report_from_json(value) is None


def test_an_empty_report_passes() -> None:
    assert Report(NOW).passed


@pytest.mark.parametrize(
    ("change", "alive"),
    [
        ({}, True),
        ({"sign_in": "invalid_grant"}, True),
        ({"nobody_now": ("emergency",)}, True),
        ({"free_bytes": 0}, True),
        ({"synced_at": NOW - minutes(3.1)}, False),
        ({"overdue": {"a page": NOW - timedelta(seconds=61)}}, False),
        ({"store_problem": "locked"}, False),
    ],
)
def test_only_what_a_new_start_may_mend_lets_systemd_start_it_anew(change: dict[str, object], alive: bool) -> None:
    assert follow_up(None, audit(replace(WELL, **change), NOW), NOW).is_alive is alive
