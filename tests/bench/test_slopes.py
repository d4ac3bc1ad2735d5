"""What a soak calls flat: noise is, what grows is not, however slowly, and an outlier is no growth."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from bench.slopes import Verdict, drift

LOOKS = 1200


def noisy(slope: float) -> list[float]:
    random = Random(7)
    return [100 + slope * look + random.uniform(-3, 3) for look in range(LOOKS)]


def is_flat(looks: Sequence[float], *, ceiling: float | None = None) -> bool:
    return Verdict("memory", "MB", drift(looks, warm_up=0.4), 6.0, ceiling).is_flat


def test_noise_is_flat() -> None:
    assert is_flat(noisy(0.0))


def test_a_kilobyte_too_much_for_each_mail_is_seen() -> None:
    """Ten mails a second."""
    assert not is_flat(noisy(0.01))


def test_what_grows_before_the_warm_up_is_over_does_not_count() -> None:
    assert is_flat([min(100.0, 50 + look) for look in range(LOOKS)])


def test_an_outlier_is_no_growth_but_may_be_too_much() -> None:
    looks = noisy(0.0)
    looks[-1] = 250.0
    assert is_flat(looks)
    assert not is_flat(looks, ceiling=180.0)


def test_a_line_needs_two_looks() -> None:
    with pytest.raises(ValueError, match="two looks"):
        drift([1.0])
