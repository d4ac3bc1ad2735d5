"""Which labels a case has, and what a person meant who changed them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from triage.core.cases.case import Case, Status
from triage.core.cases.labels import EVERY_LABEL, labels_of, severity_meant

CASE = Case(
    number=1001,
    status=Status.NEW,
    severity=3,
    partner="acme",
    requester="ops@acme.example",
    subject="x",
    opened_at=datetime(2026, 11, 23, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("status", "keyword"),
    [
        (Status.NEW, "triage-open"),
        (Status.OPEN, "triage-open"),
        (Status.PENDING, "triage-pending"),
        (Status.CLOSED, "triage-closed"),
    ],
)
@pytest.mark.parametrize("severity", [1, 2, 3])
def test_a_case_has_one_label_for_its_severity_and_one_for_who_is_waited_for(status: Status, keyword: str, severity: int) -> None:
    labels = labels_of(replace(CASE, status=status, severity=severity))
    assert labels.keywords == (f"triage-sev{severity}", keyword)
    assert labels.text == f"triage-sev{severity} {keyword}"
    assert EVERY_LABEL.issuperset(labels.keywords)


def test_no_flag_of_peoples_is_a_label() -> None:
    assert all(label.startswith("triage-") for label in EVERY_LABEL)


SET = "triage-sev3 triage-open"


@pytest.mark.parametrize(
    ("flags", "meant"),
    [
        ({"triage-sev3", "triage-open"}, None),
        ({"triage-sev3", "triage-open", "\\Seen", "$label1"}, None),
        ({"triage-sev3", "triage-sev1", "triage-open"}, 1),
        ({"triage-sev2"}, 2),
        ({"Triage-Sev2"}, 2),
        ({"triage-sev1", "triage-sev2", "triage-sev3"}, 1),
        (set(), None),
        ({"triage-open"}, None),
        ({"triage-sev4", "triage-sev", "sev1"}, None),
    ],
)
def test_of_two_severities_the_new_one_counts_and_none_means_nothing(flags: set[str], meant: int | None) -> None:
    assert severity_meant(flags, SET, 3) == meant


def test_what_carries_old_labels_says_nothing_while_new_ones_are_on_their_way() -> None:
    """The case was raised to 1 a moment ago; the message still has what we had set before."""
    assert severity_meant({"triage-sev3", "triage-open"}, SET, 1) is None
    assert severity_meant({"triage-sev3", "triage-sev2"}, SET, 1) is None


def test_a_message_that_was_never_labelled_says_nothing() -> None:
    assert severity_meant({"triage-sev1"}, "", 3) is None
