"""The policies, budgets, storm numbers and the weekly drill of rules/oncall.toml.

Called by `oncall` with the names of rotas and people that exist; every name a policy uses must be one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from triage.core.oncall.budgets import DEFAULT_WINDOWS, Budgets
from triage.core.oncall.drill_plan import LASTS, DrillPlan
from triage.core.oncall.people import Medium, Person
from triage.core.oncall.policy import BROADCAST, EVERYBODY, EscalationPolicy, Level, default_levels
from triage.core.oncall.storms import StormSettings
from triage.core.oncall.values import NAME, OFFSET, WEEKLY, WINDOW, ZONE
from triage.core.toml.document import nearest
from triage.core.toml.tables import TableReader
from triage.core.toml.values import DURATION, FLAG, TEXT, Refused, choice, whole

DEFAULT_POLICY = "emergency"
_UTC = ZoneInfo("UTC")
_SHORTEST_DRILL, _LONGEST_DRILL = timedelta(minutes=1), timedelta(hours=1)
_MEDIA = {medium.value: medium for medium in Medium}
_DURATIONS = tuple(field.name for field in fields(EscalationPolicy) if field.type == "timedelta")


def known_names(reader: TableReader, key: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names of a list that exist; every other one is noted with what was probably meant."""
    there = tuple(dict.fromkeys(known))
    found: list[str] = []
    single = not isinstance(reader.values.get(key), list)
    for index, name in enumerate(reader.take_list(key, TEXT)):
        if name in there:
            found.append(name)
            continue
        place = (key,) if single else (key, index)
        hint = nearest(name, there)
        reader.note(place, "is not known", found=f'"{name}"', allowed=", ".join(there), hint=hint, at_value=True)
    return tuple(found)


def read_policies(table: TableReader, rotas: tuple[str, ...], people: Mapping[str, Person]) -> dict[str, EscalationPolicy]:
    """Every [policy.x]; one named `emergency` with the default levels when the operator wrote none."""
    humans = tuple(person.name for person in people.values() if person.human)
    targets = (*rotas, *people, EVERYBODY)
    standard = EscalationPolicy(DEFAULT_POLICY, default_levels(rotas, humans), broadcast=(EVERYBODY, *_channels(people)))
    policies = {DEFAULT_POLICY: standard}
    for name in table.values:
        reader = table.sub(name)
        try:
            NAME.read(name)
        except Refused as refusal:
            reader.note((), refusal.message, found=f'"{name}"', hint=refusal.hint)
        policies[name] = _read_policy(reader, replace(standard, name=name), targets)
    return policies


def read_budgets(reader: TableReader) -> Budgets:
    """A medium that is not named keeps its default; an empty list takes its budget away."""
    standard = Budgets()
    windows = dict(DEFAULT_WINDOWS)
    for name, medium in _MEDIA.items():
        written = reader.take_list(name, WINDOW)
        if name in reader:
            windows[medium] = written
    budgets = Budgets(windows, reader.take("per_author", WINDOW, standard.per_author))
    reader.finish()
    return budgets


def read_storms(reader: TableReader) -> StormSettings:
    standard = StormSettings()
    steps = reader.take_list("steps", whole(1, 1_000_000))
    if list(steps) != sorted(set(steps)):
        reader.note(("steps",), "is not ascending", found=", ".join(str(step) for step in steps), at_value=True)
    settings = StormSettings(
        partners=reader.take("partners", whole(2, 1000), standard.partners),
        within=reader.take("within", DURATION, standard.within),
        steps=steps or standard.steps,
    )
    reader.finish()
    return settings


def read_drill(reader: TableReader) -> DrillPlan | None:
    """None when no drill is held by the clock."""
    weekly = reader.take("weekly", WEEKLY, None)
    zone, lasts = reader.take("zone", ZONE, _UTC), reader.take("wait", DURATION, LASTS)
    reader.finish()
    if not _SHORTEST_DRILL <= lasts <= _LONGEST_DRILL:
        reader.note(("wait",), "must be from 1m to 1h", found=str(reader.values["wait"]), at_value=True)
    return DrillPlan(*weekly, zone, lasts) if weekly is not None else None


def _channels(people: Mapping[str, Person]) -> tuple[str, ...]:
    return tuple(person.name for person in people.values() if not person.human)


def _read_policy(reader: TableReader, standard: EscalationPolicy, targets: tuple[str, ...]) -> EscalationPolicy:
    levels = tuple(_read_level(level, targets) for level in reader.subs("level"))
    broadcast = known_names(reader, "broadcast", targets) if "broadcast" in reader else standard.broadcast
    if not reader.values.get("broadcast", True):
        reader.note(("broadcast",), "must not be empty", hint=f'broadcast = ["{EVERYBODY}"]', at_value=True)
    pauses = reader.take_list("broadcast_every", DURATION)
    durations: dict[str, Any] = {key: reader.take(key, DURATION, getattr(standard, key)) for key in _DURATIONS}
    tell_partner = reader.take("tell_partner", FLAG, standard.tell_partner)
    reader.finish()
    policy = replace(
        standard,
        levels=levels or standard.levels,
        broadcast=broadcast,
        broadcast_every=pauses or standard.broadcast_every,
        tell_partner=tell_partner,
        **durations,
    )
    _check_times(reader, policy, levels)
    return policy


def _read_level(reader: TableReader, targets: tuple[str, ...]) -> Level:
    if not reader.values.get("to"):
        reader.note(("to",), "is missing", allowed="rotas, people or channels", hint='to = ["primary"]')
    level = Level(
        at=reader.need("at", OFFSET, timedelta()),
        targets=known_names(reader, "to", (*targets, BROADCAST)),
        by=frozenset(reader.take_list("by", choice(_MEDIA))),
        again=reader.take("again", FLAG, False),
    )
    reader.finish()
    return level


def _check_times(reader: TableReader, policy: EscalationPolicy, levels: tuple[Level, ...]) -> None:
    if levels and levels[0].at:
        reader.note(("level", 0, "at"), "must be 0s: somebody is paged at once", at_value=True)
    for index, (one, following) in enumerate(pairwise(levels), 1):
        if following.at <= one.at:
            reader.note(("level", index, "at"), "is not after the level before", found=str(following.at), at_value=True)
    if policy.levels and policy.broadcast_at <= policy.levels[-1].at:
        found, last = str(policy.broadcast_at), str(policy.levels[-1].at)
        reader.note(("broadcast_at",), "is not after the last level", found=found, allowed=f"later than {last}", at_value=True)
    if policy.restart_every < policy.broadcast_at:
        found = str(policy.restart_every)
        reader.note(("restart_every",), "is shorter than broadcast_at", found=found, hint="the levels start over after the broadcast")
