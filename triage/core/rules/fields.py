"""The table of fields: everything a condition may look at. A new field is one row here (and a line in docs/rules.md).

A getter returns the field's values as a tuple: empty when there is none, several for lists; a condition holds when any value fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from triage.core.cases.calendars import WEEKDAYS
from triage.core.cases.case import Status
from triage.core.mail.message import Address, FactKind, Missing, Origin
from triage.core.rules.situation import RuleEvent, Situation

Values = tuple[object, ...]

HEADER = "header."
"""The open part of the table: `header."X-Anything"`."""


class FieldType(Enum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    SIZE = "size"
    DURATION = "duration"
    FLAG = "yes or no"


class Count(Enum):
    """How many values a field may have."""

    ONE = "always one"
    MAYBE = "one or none"
    ANY = "any number"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: FieldType
    get: Callable[[Situation], Values]
    doc: str
    options: tuple[str, ...] = ()
    in_force: bool = False
    """Earlier rules may have changed it: read again after every hit."""
    count: Count = Count.ANY
    low: int | None = None
    high: int | None = None
    """What a number lies between, both ends included; None: no end."""


def _one(value: object) -> Values:
    return () if value is None or value == "" else (value,)


def _addresses(addresses: Iterable[Address]) -> Values:
    return tuple(mailbox.address for mailbox in addresses if mailbox.address)


def _facts(kind: FactKind) -> Callable[[Situation], Values]:
    return lambda s: tuple(fact.value for fact in s.message.facts if fact.kind is kind)


def _http_statuses(s: Situation) -> Values:
    statuses = (fact.value for fact in s.message.facts if fact.kind is FactKind.HTTP_STATUS)
    return tuple(int(status) for status in statuses if status.isdecimal())


def _fact_names(s: Situation) -> Values:
    return tuple(dict.fromkeys(fact.kind.value for fact in s.message.facts))


def _header(name: str) -> Callable[[Situation], Values]:
    return lambda s: tuple(value for key, value in s.message.headers if key == name)


def _names(members: type[Enum]) -> tuple[str, ...]:
    return tuple(str(member.value) for member in members)


_TEXT, _CHOICE, _NUMBER, _FLAG = FieldType.TEXT, FieldType.CHOICE, FieldType.NUMBER, FieldType.FLAG
_ONE, _MAYBE = Count.ONE, Count.MAYBE

_ROWS = (
    Field("event", _CHOICE, lambda s: (s.event.value,), "a new thread, a follow-up, or an answer to a closed case",
          _names(RuleEvent), count=_ONE),
    Field("subject", _TEXT, lambda s: _one(s.message.subject), "the subject, decoded", count=_MAYBE),
    Field("subject.new", _TEXT, lambda s: _one(s.subject_new),
          "words of the subject that the thread did not have before; in a new thread the whole subject", count=_MAYBE),
    Field("from", _TEXT, lambda s: _one(s.message.author.address), "the author's address", count=_MAYBE),
    Field("from.name", _TEXT, lambda s: _one(s.message.author.name), "the author's display name", count=_MAYBE),
    Field("from.domain", _TEXT, lambda s: _one(s.message.author.domain), "the part of the author's address after the @", count=_MAYBE),
    Field("to", _TEXT, lambda s: _addresses(s.message.to), "addresses in To"),
    Field("cc", _TEXT, lambda s: _addresses(s.message.cc), "addresses in Cc"),
    Field("delivered_to", _TEXT, lambda s: tuple(s.message.delivered_to), "the address it was delivered to, plus-address included"),
    Field("body", _TEXT, lambda s: _one(s.message.new_text), "the new text, without quoted mail", count=_MAYBE),
    Field("body.full", _TEXT, lambda s: _one(s.message.text), "the whole text, quoted mail included", count=_MAYBE),
    Field("language", _TEXT, lambda s: _one(s.message.language), 'the language of the mail, such as "pt"', count=_MAYBE),
    Field("size", FieldType.SIZE, lambda s: (s.message.size,), "size of the mail", count=_ONE),
    Field("attachment.name", _TEXT, lambda s: tuple(a.name for a in s.message.attachments if a.name), "names of attachments"),
    Field("attachment.type", _TEXT, lambda s: tuple(a.content_type for a in s.message.attachments), 'such as "audio/wav"'),
    Field("attachment.size", FieldType.SIZE, lambda s: tuple(a.size for a in s.message.attachments), "sizes of attachments"),
    Field("attachment.count", _NUMBER, lambda s: (len(s.message.attachments),), "how many attachments", count=_ONE, low=0),
    Field("facts", _CHOICE, _fact_names, "which kinds of facts the mail names", _names(FactKind)),
    *(
        Field(f"facts.{kind.value}", _TEXT, _facts(kind), f"{kind.value.replace('_', ' ')} values found in the new text")
        for kind in FactKind
        if kind is not FactKind.HTTP_STATUS
    ),
    Field("facts.http_status", _NUMBER, _http_statuses, "HTTP statuses found in the new text", low=100, high=599),
    Field("missing", _CHOICE, lambda s: tuple(m.value for m in s.message.missing), "what the mail should name and does not",
          _names(Missing)),
    Field("automatic", _FLAG, lambda s: (s.message.automatic.is_automatic,), "a machine wrote it", count=_ONE),
    Field("origin", _CHOICE, lambda s: (s.message.automatic.origin.value,), "who or what wrote it", _names(Origin), count=_ONE),
    Field("proven", _FLAG, lambda s: (s.proven,), "the author's address is proven by a trusted Authentication-Results header", count=_ONE),
    Field("team", _FLAG, lambda s: (s.team,), "a proven member of the team wrote it to the shared mailbox only (a phone note)", count=_ONE),
    Field("partner", _TEXT, lambda s: _one(s.partner) + _one(s.partner_name), "the partner's key or name in partners.toml"),
    Field("partner.tier", _TEXT, lambda s: _one(s.partner_tier), "the partner's tier in partners.toml", count=_MAYBE),
    Field("open_cases", _NUMBER, lambda s: (s.open_cases,), "how many other open cases the partner has", count=_ONE, low=0),
    Field("severity", _NUMBER, lambda s: (s.severity,), "the severity in force: the case's, or what an earlier rule set",
          in_force=True, count=_ONE, low=1, high=3),
    Field("tags", _TEXT, lambda s: tuple(sorted(s.tags)), "the tags in force: the case's, and those of earlier rules", in_force=True),
    Field("status", _CHOICE, lambda s: (s.status,), "the case's status before this mail", _names(Status), count=_ONE),
    Field("case.age", FieldType.DURATION, lambda s: _one(s.case_age), "since the case was opened", count=_MAYBE),
    Field("response_due_in", FieldType.DURATION, lambda s: _one(s.response_due_in), "until our response is due", count=_MAYBE),
    Field("known_incident", _TEXT, lambda s: _one(s.known_incident), "the matching incident on the public status page", count=_MAYBE),
    Field("calendar.business_hours", _FLAG, lambda s: (s.business_hours,), "now is within the team's business hours", count=_ONE),
    Field("calendar.weekday", _CHOICE, lambda s: (WEEKDAYS[(s.local_time or s.now).weekday()],), "the day of the week where the team is",
          WEEKDAYS, count=_ONE),
    Field("calendar.hour", _NUMBER, lambda s: ((s.local_time or s.now).hour,), "the hour where the team is, 0 to 23",
          count=_ONE, low=0, high=23),
)  # fmt: skip

FIELDS = {row.name: row for row in _ROWS}


def find_field(name: str) -> Field | None:
    """The row of a field; header fields are made on demand. Nothing stands below them."""
    if name.startswith(HEADER) and len(name) > len(HEADER) and name.count(".") == 1:
        header = name.removeprefix(HEADER).lower()
        return Field(HEADER + header, FieldType.TEXT, _header(header), f"values of the header {header}")
    return FIELDS.get(name)
