"""People who can be paged and the ways to reach them.

Values only. Made by `adapters/rulefiles/oncall.py` from rules/oncall.toml; used by the chain, the payload and the pagers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

PROBE = "(probe)"
"""Stands where a delivery names its person, when it goes to the probe contact; no person can be called so."""


class Privacy(Enum):
    """How much of a case this contact may show (a watch, a phone provider, a chat room with guests)."""

    FULL = "full"
    SUBJECT = "subject"
    NUMBER = "number"


class Medium(Enum):
    """What a contact does to a person: levels choose by it, budgets count by it, texts are cut by it."""

    PUSH = "push"
    MAIL = "mail"
    TEXT = "text"
    VOICE = "voice"
    CHAT = "chat"
    PROVIDER = "provider"
    """Keeps an incident of its own that must be acknowledged and resolved (PagerDuty)."""


MEDIUM_OF_KIND: Mapping[str, Medium] = {
    "email": Medium.MAIL,
    "pagerduty": Medium.PROVIDER,
    "slack": Medium.CHAT,
    "twilio-call": Medium.VOICE,
    "twilio-sms": Medium.TEXT,
}
"""Every other kind is a PUSH unless the operator says so."""

DOMAIN_OF_KIND: Mapping[str, str] = {"email": "mail", "twilio-call": "twilio", "twilio-sms": "twilio"}
"""Kinds that fail together; every other kind is its own failure domain unless the operator says so."""


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """`name` is unique within its person. `settings` go to the contact kind as they are and may hold secrets: never printed or stored."""

    name: str
    kind: str
    settings: Mapping[str, object] = field(default_factory=dict, repr=False, hash=False)
    medium: Medium = Medium.PUSH
    privacy: Privacy = Privacy.FULL
    failure_domain: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or something (a team mailbox, a chat room: `human` is False), that pages go to. `contacts` in the order they are tried."""

    name: str
    display: str
    contacts: tuple[ContactMethod, ...]
    zone: str = "UTC"
    addresses: frozenset[str] = frozenset()
    """Lower-case addresses this person answers pages from."""
    human: bool = True

    def contact(self, name: str) -> ContactMethod | None:
        return next((contact for contact in self.contacts if contact.name == name), None)

    @property
    def failure_domains(self) -> frozenset[str]:
        return frozenset(contact.failure_domain for contact in self.contacts)


def contacts_by(person: Person, media: Iterable[Medium]) -> tuple[ContactMethod, ...]:
    """The contacts of these media; all of them when the person has none of these, because silence is worse than the wrong bell."""
    wanted = frozenset(media)
    return tuple(contact for contact in person.contacts if contact.medium in wanted) or person.contacts
