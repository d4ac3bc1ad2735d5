"""Settings of a contact as an operator wrote them, checked against what its kind knows.

Decides whether keys and types are right and says everything that is wrong at once; what a value means is the kind's own business. Called by
`kinds` and by whoever loads rules/oncall.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from triage.core.failures import PermanentFailure
from triage.core.seams import Clock, Submission


class SettingType(Enum):
    """The values are what error messages call them."""

    TEXT = "a text"
    TEXTS = "a text or a list of texts"
    FLAG = "true or false"
    SECONDS = "a number of seconds, 1 to 120"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a contact. A `secret` may be a reference that `Wiring.resolve` turns into the value; it is never printed."""

    name: str
    about: str
    type: SettingType = SettingType.TEXT
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in the settings of one contact; the loader adds file and line. `found` is empty for secrets."""

    key: str
    message: str
    found: str = ""
    allowed: str = ""


def same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Wiring:
    """What contacts need from the rest of the program. `submission` is for page mails: give it a connection of its own, so that a page
    never waits behind a receipt. `resolve` turns a secret as written into the secret."""

    clock: Clock
    submission: Submission | None = None
    from_address: str = ""
    from_name: str = ""
    resolve: Callable[[str], str] = field(default=same, repr=False)


class Values:
    """Settings that passed `faults`, with types."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._settings = settings

    def text(self, name: str, default: str = "") -> str:
        return str(self._settings.get(name, default))

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._settings.get(name, ())
        return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)

    def flag(self, name: str) -> bool:
        return self._settings.get(name) is True

    def seconds(self, name: str, default: float) -> float:
        value = self._settings.get(name, default)
        return float(value) if isinstance(value, int | float) else default


def setting_faults(required: tuple[Setting, ...], optional: tuple[Setting, ...], settings: Mapping[str, object]) -> tuple[Fault, ...]:
    """Every key that is missing, unknown or of the wrong type."""
    return tuple(_faults({s.name: s for s in (*required, *optional)}, {s.name for s in required}, settings))


def _faults(known: Mapping[str, Setting], required: set[str], settings: Mapping[str, object]) -> Iterator[Fault]:
    for name in sorted(required - set(settings)):
        yield Fault(name, f"{name} is missing: {known[name].about}", allowed=known[name].type.value)
    for name, value in settings.items():
        setting = known.get(name)
        if setting is None:
            yield Fault(name, f"{name} is not a setting of this kind", found=name, allowed=", ".join(sorted(known)))
        elif not _fits(setting.type, value):
            found = "" if setting.secret else repr(value)[:80]
            yield Fault(name, f"{name} has the wrong form: {setting.about}", found=found, allowed=setting.type.value)


def _fits(kind: SettingType, value: object) -> bool:
    match kind:
        case SettingType.TEXT:
            return isinstance(value, str) and bool(value.strip())
        case SettingType.TEXTS:
            items = value if isinstance(value, list | tuple) else [value]
            return bool(items) and all(isinstance(item, str) and item.strip() for item in items)
        case SettingType.FLAG:
            return isinstance(value, bool)
        case SettingType.SECONDS:
            return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 120


def resolved(known: tuple[Setting, ...], settings: Mapping[str, object], wiring: Wiring) -> Values:
    """The settings with secrets in place of references. Raises PermanentFailure for a secret that turns out empty."""
    values = dict(settings)
    for setting in known:
        if setting.secret and setting.name in values:
            given = values[setting.name]
            items = [wiring.resolve(str(item)).strip() for item in (given if isinstance(given, list | tuple) else [given])]
            if not all(items):
                raise PermanentFailure(f"{setting.name} is empty", hint=setting.about)
            values[setting.name] = items if isinstance(given, list | tuple) else items[0]
    return Values(values)
