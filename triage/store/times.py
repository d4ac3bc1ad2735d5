"""How instants are kept: fixed-width ISO 8601 in UTC, so that text order is time order and a person can read the tables."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """`2026-11-22T10:00:00.000000+00:00`. Raises ValueError for a naive datetime: which instant would it be?"""
    if at.tzinfo is None:
        raise ValueError("a naive datetime names no instant")
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")


def to_text_or_none(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def to_datetime(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_datetime_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
