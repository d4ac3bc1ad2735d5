"""EscalationPolicy: whom a page goes to, level by level, and when; OnCall: the whole of rules/oncall.toml as one value.

Decides who the members of a level are at an instant. Never plans a delivery: that is `chain`. A page keeps a copy of its policy from
the moment it opens; the people behind the names are looked up when a level is entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.core.oncall.budgets import Budgets
from triage.core.oncall.drill_plan import DrillPlan
from triage.core.oncall.people import PROBE, ContactMethod, Medium, Person
from triage.core.oncall.rota import Rota, on_call
from triage.core.oncall.storms import StormSettings

EVERYBODY = "everybody"
BROADCAST = "broadcast"
RESERVED_NAMES = (EVERYBODY, BROADCAST)

QUIET_MEDIA = frozenset(Medium) - {Medium.VOICE}


@dataclass(frozen=True, slots=True)
class Level:
    """`at` counts from the page's opening. `again` pages people of earlier levels once more, by other media."""

    at: timedelta
    targets: tuple[str, ...]
    """Names of rotas and people, or `everybody`, or `broadcast`."""
    by: frozenset[Medium] = frozenset()
    """Empty: all contacts."""
    again: bool = False


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Levels ascending by `at`; after the last one, at `broadcast_at`, everybody on the broadcast list, again and again."""

    name: str
    levels: tuple[Level, ...]
    broadcast: tuple[str, ...] = (EVERYBODY,)
    broadcast_at: timedelta = timedelta(minutes=20)
    broadcast_every: tuple[timedelta, ...] = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=60))
    """From one broadcast to the next; the last one repeats."""
    restart_every: timedelta = timedelta(minutes=30)
    ack_ttl: timedelta = timedelta(minutes=30)
    """How long an acknowledge lasts without a sign of work, when the person gave no time."""
    ack_longest: timedelta = timedelta(hours=12)
    ack_grace: timedelta = timedelta(minutes=5)
    """From the reminder about a spent acknowledge to its end."""
    nudge_grace: timedelta = timedelta(minutes=10)
    """From the word about a case that joined after the acknowledge to the acknowledge's end, if nobody looks at it."""
    work_ttl: timedelta = timedelta(hours=12)
    """How long a sign of work counts."""
    repage_until_age: timedelta = timedelta(hours=12)
    """An older page is not taken away from its person any more; it is broadcast as a reminder instead."""
    late_after: timedelta = timedelta(minutes=30)
    """Overdue by this much (the program was down): on-call and broadcast together."""
    shortest_late_level: timedelta = timedelta(minutes=1)
    unreached_after: timedelta = timedelta(seconds=60)
    """A level on which nothing has been accepted for so long is over, however long it was to last."""
    tell_partner: bool = True
    """After the first acknowledge the requester hears that an engineer has the case (notice `taken`)."""

    def end_of(self, level: int) -> timedelta:
        """When the level's time is over, counted from the start of the cycle."""
        return self.levels[level + 1].at if level + 1 < len(self.levels) else self.broadcast_at

    def broadcast_pause(self, count: int) -> timedelta:
        """The time after the count-th broadcast (from 1)."""
        return self.broadcast_every[min(count, len(self.broadcast_every)) - 1]


@dataclass(frozen=True, slots=True)
class OnCall:
    """People, rotas and policies by name, as of the last good load of rules/oncall.toml."""

    people: Mapping[str, Person]
    rotas: Mapping[str, Rota]
    policies: Mapping[str, EscalationPolicy]
    budgets: Budgets = field(default_factory=Budgets)
    storms: StormSettings = field(default_factory=StormSettings)
    drill: DrillPlan | None = None
    probe: ContactMethod | None = None
    """Where the loop probe goes; nobody is ever paged by it."""

    def contact(self, person: str, name: str) -> ContactMethod | None:
        """What a delivery is addressed to, if it still exists."""
        if person == PROBE:
            return self.probe if self.probe is not None and self.probe.name == name else None
        found = self.people.get(person)
        return found.contact(name) if found is not None else None

    def on_call(self, rota: str, at: datetime) -> Person | None:
        found = self.rotas.get(rota)
        name = on_call(found, at) if found is not None else None
        return self.people.get(name) if name is not None else None

    def members(self, targets: Sequence[str], broadcast: Sequence[str], at: datetime) -> tuple[Person, ...]:
        """The people behind the names now, once each, in order. A name that a reload took away stands for nobody."""
        found: dict[str, Person] = {}
        for target in targets:
            for person in self._behind(target, broadcast, at):
                found.setdefault(person.name, person)
        return tuple(found.values())

    def broadcast_members(self, policy: EscalationPolicy, at: datetime) -> tuple[Person, ...]:
        """The policy's list; everybody there is when a reload has taken away the whole of it."""
        return self.members(policy.broadcast, (), at) or tuple(self.people.values())

    def _behind(self, target: str, broadcast: Sequence[str], at: datetime) -> tuple[Person, ...]:
        if target == EVERYBODY:
            return tuple(person for person in self.people.values() if person.human)
        if target == BROADCAST:
            return self.members([name for name in broadcast if name != BROADCAST], (), at)
        person = self.on_call(target, at) if target in self.rotas else self.people.get(target)
        return (person,) if person is not None else ()


def default_levels(rotas: Sequence[str], people: Sequence[str]) -> tuple[Level, ...]:
    """The levels when the operator wrote none: the first rota, the same person again by call, then three fallbacks out of the other
    rotas and, for what they leave free, everybody else in three groups. Whoever was paged already is passed over at once."""
    first = tuple(rotas[:1])
    fallbacks: list[tuple[str, ...]] = [(rota,) for rota in rotas[1:4]]
    free = 3 - len(fallbacks)
    fallbacks += [group for index in range(free) if (group := tuple(people[index::free]))]
    ats = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
    return (
        Level(timedelta(), first, frozenset({Medium.PUSH, Medium.MAIL, Medium.CHAT, Medium.PROVIDER})),
        Level(timedelta(minutes=2), first, frozenset({Medium.VOICE, Medium.TEXT}), again=True),
        *(Level(at, targets) for at, targets in zip(ats, fallbacks, strict=False)),
    )
