"""The Date header."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.core.mail.dates import read_date

NOON = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)

SAME_INSTANT = [
    "Fri, 2 Oct 2026 14:00:00 +0200",
    "2 Oct 2026 12:00 GMT",
    "Fri, 02 Oct 26 12:00:00 UT",
    "Fri, 2 Oct 2026 07:00:00 CDT",
    "Fri,2 Oct 2026 12 : 00 : 00 -0000 (UTC)",
    "Thu, 2 Oct 2026 12:00:00 +0000",
    "Fri Oct  2 12:00:00 2026",
    "Fri, 2 Oct 2026 14:00:00 GMT+0200",
    "Fri, 2 Oct 2026 12:00:00",
    "2026-10-02T12:00:00Z",
    "2026-10-02 14:00:00 +02:00",
    "2026-10-02T14:00:00.123+0200",
    "Fri, 2 Oct 2026 12:00:00 Z",
]


@pytest.mark.parametrize("value", SAME_INSTANT)
def test_one_instant_in_many_forms(value):
    assert read_date(value) == (NOON, "")


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "Fri, 42 Oct 2026 12:00:00 +0000",
        "\ud800",
        "9" * 5_000,
        "2026-13-45T00:00:00Z",
        "(((",
        "Fri, 2 Oct 2026 12:00:00 +9999999999",
    ],
)
def test_what_cannot_be_read_is_none(value):
    assert read_date(value)[0] is None


@pytest.mark.parametrize("value", ["Thu, 1 Jan 1970 00:00:00 +0000", "Fri, 2 Oct 2999 12:00:00 +0000", "Sat, 1 Jan 1904 00:00:00 +0000"])
def test_what_cannot_be_true_is_none(value):
    assert read_date(value) == (None, "Date cannot be true")


def test_no_date_is_no_defect():
    assert read_date("") == (None, "")


def test_a_leap_second_is_read():
    assert read_date("Sat, 31 Dec 2016 23:59:60 +0000")[0] == datetime(2017, 1, 1, tzinfo=UTC)
