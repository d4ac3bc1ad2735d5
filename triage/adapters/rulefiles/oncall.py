"""rules/oncall.toml: people, channels, rotas, policies and budgets, read into one OnCall, or every problem at once.

Takes text, opens nothing. `kinds` says which contact kinds exist and which settings each needs and knows, `faults_of` what is wrong with a
setting's value; `now` bounds the look-ahead for gaps and DST holes. Called by whoever loads rules/ as a set and by `triage check`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from triage.adapters.rulefiles.oncall_policies import known_names, read_budgets, read_drill, read_policies, read_storms
from triage.core.oncall.checks import built_in_gaps, gap_text, hand_offs_in_dst_hole, holiday_gaps, single_point_of_failure
from triage.core.oncall.people import DOMAIN_OF_KIND, MEDIUM_OF_KIND, ContactMethod, Medium, Person, Privacy
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import FIRST_MONDAY, Away, HandOff, Hours, Layer, Override, Rota
from triage.core.oncall.values import DATE, HAND_OFF, HOURS, NAME, ZONE, local_moment
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.toml.document import TomlDocument, read_document
from triage.core.toml.tables import TableReader
from triage.core.toml.values import ADDRESS, TEXT, Kind, Refused, choice

ContactKinds = Mapping[str, tuple[Collection[str], Collection[str]]]
"""Contact kind -> (settings it needs, settings it knows besides)."""


class SettingFault(Protocol):
    """What a contact kind has to say against the value of a setting."""

    @property
    def key(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def found(self) -> str: ...

    @property
    def allowed(self) -> str: ...


FaultsOf = Callable[[str, Mapping[str, object]], Iterable[SettingFault]]


def no_faults(_kind: str, _settings: Mapping[str, object]) -> tuple[SettingFault, ...]:
    return ()


_UTC = ZoneInfo("UTC")
_NO_TIME = datetime.min.replace(tzinfo=_UTC)
_SETTING: Kind[object] = Kind("a setting of this kind of contact", lambda value: value)
_MEDIA = {medium.value: medium for medium in Medium}
_PRIVACIES = {privacy.value: privacy for privacy in Privacy}


@dataclass(frozen=True, slots=True)
class _Kinds:
    settings: ContactKinds
    faults_of: FaultsOf


@dataclass(slots=True)
class _Names:
    """Who exists so far."""

    people: dict[str, Person] = field(default_factory=dict)


def read_oncall(
    text: str, file: str, kinds: ContactKinds, now: datetime, faults_of: FaultsOf = no_faults
) -> tuple[OnCall | None, list[Problem]]:
    """The on-call set, or None when any problem is an error; warnings come with either."""
    try:
        document = read_document(file, text.encode())
    except BrokenFiles as broken:
        return None, list(broken.problems)
    problems: list[Problem] = []
    oncall = _read(document, problems, _Kinds(kinds, faults_of), now)
    unusable = any(problem.weight is Weight.ERROR for problem in problems)
    return (None if unusable else oncall), problems


def _read(document: TomlDocument, problems: list[Problem], kinds: _Kinds, now: datetime) -> OnCall:
    top = TableReader(document, problems)
    names = _Names()
    for reader in top.subs("person"):
        _read_person(reader, kinds, names, human=True)
    for reader in top.subs("channel"):
        _read_person(reader, kinds, names, human=False)
    if not any(person.human for person in names.people.values()):
        top.note(("person",), "is missing", allowed="at least one [[person]] with one [[person.contact]]")
    away = _read_away(top, names)
    rotas = _read_rotas(top, names, away, now)
    policies = read_policies(top.sub("policy"), tuple(rotas), names.people)
    budgets, storms = read_budgets(top.sub("budgets")), read_storms(top.sub("storm"))
    drill = read_drill(top.sub("drill"))
    probe = _read_probe(top.sub("probe"), kinds)
    top.finish()
    return OnCall(names.people, rotas, policies, budgets, storms, drill, probe)


# --- people ----------------------------------------------------------------------------------------------------------


def _read_person(reader: TableReader, kinds: _Kinds, names: _Names, *, human: bool) -> None:
    name = reader.need("name", NAME, "")
    zone = reader.take("zone", ZONE, _UTC)
    addresses = frozenset(reader.take_list("addresses", ADDRESS)) if human else frozenset()
    contacts: list[ContactMethod] = []
    for contact_reader in reader.subs("contact"):
        contact = _read_contact(contact_reader, kinds, contacts)
        if contact is not None:
            contacts.append(contact)
    own = {address for contact in contacts for address in _mail_addresses(contact)} if human else set()
    person = Person(name, reader.take("display", TEXT, name), tuple(contacts), zone.key, addresses | own, human)
    reader.finish()
    if name in names.people:
        reader.note(("name",), "is given twice", found=f'"{name}"', at_value=True)
    elif name:
        names.people[name] = person
    if not reader.values.get("contact"):
        table = reader.path[0]
        reader.note((), "cannot be reached", allowed=f"at least one [[{table}.contact]]")
    elif contacts and (weakness := single_point_of_failure(person)):
        hint = "two contact methods that do not fail together: a second kind, or failure_domain says that they differ"
        reader.note(("name",), f"has a single point of failure: {weakness}", hint=hint, weight=Weight.WARNING)


def _read_contact(reader: TableReader, kinds: _Kinds, before: list[ContactMethod]) -> ContactMethod | None:
    kind = reader.need("kind", choice({name: name for name in kinds.settings}), "")
    if not kind:
        return None
    required, optional = kinds.settings[kind]
    taken = {key: reader.need(key, _SETTING, None) for key in required} | {key: reader.take(key, _SETTING, None) for key in optional}
    settings = {key: value for key, value in taken.items() if value is not None}
    for fault in kinds.faults_of(kind, settings):
        if fault.key in settings:
            reader.note((fault.key,), fault.message, found=fault.found, allowed=fault.allowed, at_value=True)
    contact = ContactMethod(
        name=reader.take("name", NAME, _contact_name(kind, before)),
        kind=kind,
        settings=settings,
        medium=reader.take("medium", choice(_MEDIA), MEDIUM_OF_KIND.get(kind, Medium.PUSH)),
        privacy=reader.take("privacy", choice(_PRIVACIES), Privacy.FULL),
        failure_domain=reader.take("failure_domain", TEXT, _failure_domain(kind, settings)),
    )
    if any(other.name == contact.name for other in before):
        reader.note(("name",), "is given twice", found=f'"{contact.name}"', at_value=True)
    reader.finish()
    return contact


def _read_probe(reader: TableReader, kinds: _Kinds) -> ContactMethod | None:
    """The contact of the loop probe: one that wakes nobody every few minutes."""
    contact = _read_contact(reader, kinds, []) if reader.values else None
    if contact is not None and contact.medium in (Medium.VOICE, Medium.PROVIDER):
        found = f"{contact.kind}, which is {contact.medium.value}"
        reader.note(("kind",), "would wake people", found=found, allowed="such as webhook, email, command, ntfy", at_value=True)
    return contact


def _mail_addresses(contact: ContactMethod) -> frozenset[str]:
    """Whoever gets a page by mail may answer it from there."""
    written = contact.settings.get("to") if contact.kind == "email" else None
    addresses = written if isinstance(written, list) else [written]
    return frozenset(address.strip().lower() for address in addresses if isinstance(address, str))


def _contact_name(kind: str, before: list[ContactMethod]) -> str:
    """`email`, `email-2`, ...: stable as long as the order is."""
    count = sum(contact.kind == kind for contact in before) + 1
    return kind if count == 1 else f"{kind}-{count}"


def _failure_domain(kind: str, settings: Mapping[str, object]) -> str:
    """What fails together: a kind's service, or for addresses on the net their host."""
    if kind in DOMAIN_OF_KIND:
        return DOMAIN_OF_KIND[kind]
    hosts = (_host(str(settings[key])) for key in ("url", "base_url") if key in settings)
    return next((host for host in hosts if host), kind)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


# --- rotas -----------------------------------------------------------------------------------------------------------


def _read_away(top: TableReader, names: _Names) -> tuple[Away, ...]:
    found: list[Away] = []
    for reader in top.subs("away"):
        name = _known_person(reader, names)
        zone = ZoneInfo(names.people[name].zone) if name in names.people else _UTC
        interval = _interval(reader, zone)
        reader.finish()
        if name and interval:
            found.append(Away(name, *interval))
    return tuple(found)


def _read_rotas(top: TableReader, names: _Names, away: tuple[Away, ...], now: datetime) -> dict[str, Rota]:
    table = top.sub("rota")
    if not table.values:
        top.note(("rota",), "is missing", allowed="at least one rota", hint='[rota.primary] with people = ["..."]')
    rotas: dict[str, Rota] = {}
    for name in table.values:
        reader = table.sub(name)
        before = len(top.problems)
        _check_name(name, reader, names)
        rotas[name] = _read_rota(name, reader, names, away)
        if len(top.problems) == before:
            _check_turns(reader, rotas[name], now)
    return rotas


def _check_name(name: str, reader: TableReader, names: _Names) -> None:
    try:
        NAME.read(name)
    except Refused as refusal:
        reader.note((), refusal.message, found=f'"{name}"', hint=refusal.hint)
    if name in names.people:
        reader.note((), "has the name of a person", hint="rotas, people and channels share one set of names")


def _read_rota(name: str, reader: TableReader, names: _Names, away: tuple[Away, ...]) -> Rota:
    zone = reader.take("zone", ZONE, _UTC)
    layers: list[Layer] = []
    for layer in reader.subs("layer"):
        layers.append(_read_layer(layer, names, layer.take("hours", HOURS, None)))
        layer.finish()
    if "people" in reader or not layers:
        layers.append(_read_layer(reader, names, None))
    overrides = tuple(one for entry in reader.subs("override") if (one := _read_override(entry, zone, names)) is not None)
    reader.finish()
    rota = Rota(name, zone, tuple(layers), overrides)
    return replace(rota, away=tuple(one for one in away if one.person in rota.people))


def _read_layer(reader: TableReader, names: _Names, hours: Hours | None) -> Layer:
    people = known_names(reader, "people", _humans(names))
    if "people" not in reader or reader.values["people"] == []:
        reader.note(("people",), "is missing", allowed="the people who take turns", hint='people = ["ana", "ben"]')
    return Layer(
        people=people,
        hand_off=reader.take("hand_off", HAND_OFF, HandOff(time(9), 0)),
        start=reader.take("start", DATE, FIRST_MONDAY),
        hours=hours,
    )


def _read_override(reader: TableReader, zone: ZoneInfo, names: _Names) -> Override | None:
    person = _known_person(reader, names)
    interval = _interval(reader, zone)
    reader.finish()
    return Override(person, *interval) if person and interval else None


def _known_person(reader: TableReader, names: _Names) -> str:
    if "person" not in reader:
        reader.need("person", NAME, "")
        return ""
    return next(iter(known_names(reader, "person", _humans(names))), "")


def _humans(names: _Names) -> tuple[str, ...]:
    return tuple(person.name for person in names.people.values() if person.human)


def _interval(reader: TableReader, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """[from, until) in UTC; None when it cannot be used, which is noted."""
    kind = local_moment(zone)
    start, end = reader.need("from", kind, _NO_TIME), reader.need("until", kind, _NO_TIME)
    if _NO_TIME in (start, end):
        return None
    if end <= start:
        reader.note(("until",), "is not after from", found=str(reader.values["until"]), at_value=True)
        return None
    return start, end


def _check_turns(reader: TableReader, rota: Rota, now: datetime) -> None:
    """Gaps that nobody can explain are errors; those of a holiday season are warnings, because a restart must not fail on them."""
    for gap in built_in_gaps(rota, now)[:3]:
        reader.note((), "has a gap", found=gap_text(gap), hint="a layer without hours covers the rest; start must not lie in the future")
    if not built_in_gaps(rota, now):
        for gap in holiday_gaps(rota, now)[:3]:
            hint = "an override names who stands in"
            reader.note((), "has a gap: everybody is away", found=gap_text(gap), hint=hint, weight=Weight.WARNING)
    for wall_time in hand_offs_in_dst_hole(rota, now)[:1]:
        found = f"{wall_time:%Y-%m-%d %H:%M} does not exist in {rota.zone.key}"
        reader.note(("hand_off",), "falls into a change of the clocks", found=found, hint="hand over at an hour outside 00:00-04:00")
