"""What is really the case in the world: who there is, who wrote what to whom about what. The program never sees any of it.

A `Thread` is one matter of one partner. Its marker is a word that stands in every mail about it and nowhere else: where it turns up, it has
been told. `Letter` is one mail that somebody put into the world; copies of it are the same letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Kind(Enum):
    """Who wrote a letter, and whether that can be proven."""

    PARTNER = "partner"
    TEAM_REPLY = "team reply"
    TEAM_COMMENT = "team comment"
    COMMAND = "command"
    FORGED_REPLY = "forged reply"
    FORGED_COMMAND = "forged command"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    PAGE_ANSWER = "page answer"
    OLD = "old mail"
    UNREADABLE = "unreadable mail"


@dataclass(slots=True)
class Person:
    """Somebody at a partner. `responder`: a machine answers for them while they are away. `dead`: every mail to them comes back."""

    address: str
    responder: bool = False
    dead: bool = False


@dataclass(slots=True)
class Partner:
    key: str
    people: tuple[Person, ...]


@dataclass(slots=True)
class Thread:
    serial: int
    partner: Partner
    marker: str
    subject: str
    """Of its last mail with a subject of its own: answers inherit its "urgent", too."""
    author: str
    """Who has begun it."""
    circle: set[str]
    """Everybody outside who may read about it."""
    letters: list[Letter] = field(default_factory=list)
    team_busy: bool = False
    """A colleague means to answer."""

    @property
    def last(self) -> Letter:
        return self.letters[-1]


@dataclass(slots=True)
class Letter:
    """`word`: the subject newly says urgent or critical. `command`: what a command asks for."""

    serial: int
    kind: Kind
    message_id: str
    author: str
    raw: bytes
    thread: Thread | None
    word: bool = False
    about: str = ""
    """Of a bounce: the Message-ID of what comes back."""
    subject: str = ""
    command: str = ""
    answers: str = ""
    """The Message-ID of what it answers."""
    ancestors: tuple[str, ...] = ()
    """Message-IDs in its References."""
    written_at: datetime | None = None
    sent_at: datetime | None = None
    """The instant of its first delivery."""
