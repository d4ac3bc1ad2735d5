"""When somebody's case was paged: only a call of a page that it is on counts, and only from when it is on it. And what is late."""

from __future__ import annotations

import pytest

from floods.reckoning import Reckoning, called_at


def call(at: float, page: int) -> tuple[float, bytes]:
    return at, b"Subject: a page\r\nX-Triage-Page: %d\r\n\r\n" % page


def test_the_first_call_of_its_page_counts() -> None:
    assert called_at([call(1.0, 1), call(3.0, 2), call(9.0, 2)], {2: 2.0}) == 3.0


def test_a_call_of_another_page_is_none() -> None:
    assert called_at([call(1.0, 1)], {2: 0.5}) is None


def test_a_page_that_had_called_before_counts_from_when_the_case_is_on_it() -> None:
    assert called_at([call(1.0, 1)], {1: 4.0}) == 4.0


def test_of_several_pages_the_first_that_had_called_counts() -> None:
    assert called_at([call(1.0, 1), call(6.0, 2)], {2: 3.0, 1: 5.0}) == 5.0


@pytest.mark.parametrize(("paged_s", "faults", "late"), [(5.0, 0, False), (5.1, 0, True), (None, 1, False)])
def test_a_late_page_is_told_apart_from_one_that_never_came(paged_s: float | None, faults: int, late: bool) -> None:
    found = Reckoning("some", 3, 0, 3, 0, paged_s, 1, 100, (100,), 1.0, told=0, written=1, alive=True)
    assert (len(found.faults()), bool(found.late())) == (faults, late)
