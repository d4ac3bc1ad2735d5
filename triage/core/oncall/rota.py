"""Rota: who is on call at an instant. Decides by wall-clock hand-offs in an IANA zone; exactly one person, or nobody (a gap).

Every boundary is an instant and every interval is half-open, so a hand-off belongs to the new person and no DST change can make a
gap or an overlap: a wall time that occurs twice means the first one, one that does not occur means the instant it would have been.
Never reads the clock. Called by `policy`, by the checks of rules/oncall.toml and by `triage oncall`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
FIRST_MONDAY = date(2024, 1, 1)
"""The start of a rota that names none: any Monday will do."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Every day, or every week on `weekday` (Monday is 0), at a wall-clock time in the rota's zone."""

    at: time
    weekday: int | None = None

    @property
    def days(self) -> int:
        return 1 if self.weekday is None else 7

    def first_day(self, start: date) -> date:
        """The hand-off day on or before `start`: the turn that holds the start date belongs to the first person."""
        return start if self.weekday is None else start - timedelta(days=(start.weekday() - self.weekday) % 7)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of every day by the wall clock; over midnight when `end` is not after `start`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Layer:
    """People taking turns; for the whole day, or only within `hours` (a day and a night layer)."""

    people: tuple[str, ...]
    hand_off: HandOff
    start: date = FIRST_MONDAY
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """This person instead of whoever it would be. Aware UTC, half-open."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """A holiday: the next one in turn stands in. Aware UTC, half-open."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """The first layer that covers an instant and has somebody present decides; the last override written wins over all layers."""

    name: str
    zone: ZoneInfo
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    away: tuple[Away, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who can come up, once each."""
        named = [person for layer in self.layers for person in layer.people] + [override.person for override in self.overrides]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Shift:
    """One person without interruption; `person` is None in a gap."""

    start: datetime
    end: datetime
    person: str | None


def on_call(rota: Rota, at: datetime) -> str | None:
    """The name of the one person on call at this instant; None in a gap."""
    for override in reversed(rota.overrides):
        if override.start <= at < override.end:
            return override.person
    for layer in rota.layers:
        person = _on_layer(layer, rota, at)
        if person is not None:
            return person
    return None


def shifts(rota: Rota, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """The interval as shifts without holes; neighbours with the same person are one shift."""
    found: list[Shift] = []
    points = [start, *sorted({at for at in _boundaries(rota, start, end) if start < at < end}), end]
    for begins, ends in pairwise(points):
        person = on_call(rota, begins)
        if found and found[-1].person == person:
            found[-1] = Shift(found[-1].start, ends, person)
        else:
            found.append(Shift(begins, ends, person))
    return tuple(found)


def gaps(rota: Rota, start: datetime, end: datetime) -> tuple[Shift, ...]:
    return tuple(shift for shift in shifts(rota, start, end) if shift.person is None)


def next_hand_off(rota: Rota, after: datetime, until: datetime) -> datetime | None:
    """The first instant in (after, until) at which somebody else takes over."""
    found = shifts(rota, after, until)
    return found[0].end if len(found) > 1 else None


def missing_hand_offs(rota: Rota, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Hand-offs, as local wall times, that fall into a DST hole: the clock never shows them."""
    wall_times: set[datetime] = set()
    for layer in rota.layers:
        for day in _days(layer.hand_off, layer.hand_off.first_day(layer.start), rota.zone, start, end):
            wall_times.add(datetime.combine(day, layer.hand_off.at))
        if layer.hours is not None:
            for day in _every_day(rota.zone, start, end):
                wall_times |= {datetime.combine(day, layer.hours.start), datetime.combine(day, layer.hours.end)}
    return tuple(sorted(wall for wall in wall_times if not _exists(wall, rota.zone)))


def _on_layer(layer: Layer, rota: Rota, at: datetime) -> str | None:
    if not layer.people or not _covers(layer, rota.zone, at):
        return None
    turn = _turn(layer, rota.zone, at)
    if turn < 0:
        return None
    for stand_in in range(len(layer.people)):
        person = layer.people[(turn + stand_in) % len(layer.people)]
        if not any(away.person == person and away.start <= at < away.end for away in rota.away):
            return person
    return None


def _turn(layer: Layer, zone: ZoneInfo, at: datetime) -> int:
    """Which turn since the start this instant lies in; negative before the first. The estimate by date is never too early."""
    first, days = layer.hand_off.first_day(layer.start), layer.hand_off.days

    def begins(turn: int) -> datetime:
        return _instant(first + timedelta(days=turn * days), layer.hand_off.at, zone)

    turn = (at.astimezone(zone).date() - first).days // days
    while begins(turn) > at:
        turn -= 1
    return turn


def _covers(layer: Layer, zone: ZoneInfo, at: datetime) -> bool:
    if layer.hours is None:
        return True
    today = at.astimezone(zone).date()
    over_midnight = _DAY if layer.hours.end <= layer.hours.start else timedelta()
    return any(
        _instant(day, layer.hours.start, zone) <= at < _instant(day + over_midnight, layer.hours.end, zone)
        for day in (today - _DAY, today, today + _DAY)
    )


def _boundaries(rota: Rota, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant at which the answer may change."""
    for layer in rota.layers:
        for day in _days(layer.hand_off, layer.hand_off.first_day(layer.start), rota.zone, start, end):
            yield _instant(day, layer.hand_off.at, rota.zone)
        if layer.hours is not None:
            for day in _every_day(rota.zone, start, end):
                yield _instant(day, layer.hours.start, rota.zone)
                yield _instant(day, layer.hours.end, rota.zone)
    for override in rota.overrides:
        yield from (override.start, override.end)
    for away in rota.away:
        yield from (away.start, away.end)


def _every_day(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[date]:
    day, last = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date() + _DAY
    while day <= last:
        yield day
        day += _DAY


def _days(hand_off: HandOff, first: date, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[date]:
    """The days with a hand-off, from the first one of the rota on."""
    for day in _every_day(zone, start, end):
        if day >= first and (day - first).days % hand_off.days == 0:
            yield day


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
