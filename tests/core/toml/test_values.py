"""What operators may write for durations, sizes and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.toml.values import ADDRESS, DURATION, MOMENT, SIZE, Refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100ms", timedelta(milliseconds=100)),
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("72h", timedelta(hours=72)),
        ("5d", timedelta(days=5)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("72H", timedelta(hours=72)),
    ],
)
def test_duration(text: str, expected: timedelta) -> None:
    assert DURATION.read(text) == expected


@pytest.mark.parametrize("value", ["", "72", "h", "-1h", "1h-", "1y", "0s", 72, True, ["1h"], "9" * 400 + "h"])
def test_no_duration(value: object) -> None:
    with pytest.raises(Refused):
        DURATION.read(value)


@pytest.mark.parametrize(("text", "expected"), [("25MB", 25 * 1024**2), ("512 kb", 512 * 1024), ("1GB", 1024**3), ("7B", 7)])
def test_size(text: str, expected: int) -> None:
    assert SIZE.read(text) == expected


@pytest.mark.parametrize("value", ["25", "0MB", "MB", "1.5MB", 25, "9" * 30 + "GB"])
def test_no_size(value: object) -> None:
    with pytest.raises(Refused):
        SIZE.read(value)


def test_an_address_comes_out_in_lower_case() -> None:
    assert ADDRESS.read("API@Wise.Example") == "api@wise.example"


@pytest.mark.parametrize(
    "value", ["api", "api@", "@wise.example", "a b@wise.example", "a@wise..example", "a@wise.example\nb", "a@-x.example"]
)
def test_no_address(value: str) -> None:
    with pytest.raises(Refused):
        ADDRESS.read(value)


@pytest.mark.parametrize(
    "value",
    ["2026-11-22T10:00:00Z", "2026-11-22T12:00:00+02:00", datetime(2026, 11, 22, 10, tzinfo=UTC)],
)
def test_a_moment_is_told_in_utc(value: object) -> None:
    assert MOMENT.read(value) == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(Refused, match="offset"):
        MOMENT.read(datetime(2026, 11, 22, 10))  # noqa: DTZ001  # the point of the test
