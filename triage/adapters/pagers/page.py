"""Page: what a payload says, read once and tolerantly, for every contact kind.

A payload is a plain dict that was written into the outbox, perhaps by an older version; a missing or odd value becomes an empty one: a
page with a hole in it is better than none. Decides nothing about who is paged. Called by the contact kinds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from triage.core.mail.compose import clean_value
from triage.core.mail.prose import clean_lines

MAX_TEXT = 20_000
MAX_LINE = 2_000
MAX_DETAILS = 20_000
"""Characters: far more than anybody reads at night, and together within every provider's limit for a whole request."""


class Action(Enum):
    """What a delivery asks the other side to do. UPDATE says more about a page that is out already."""

    TRIGGER = "trigger"
    UPDATE = "update"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"

    @property
    def rings(self) -> bool:
        return self in {Action.TRIGGER, Action.UPDATE}


@dataclass(frozen=True, slots=True)
class Page:
    """`summary` is one line; `text` the whole page; `since` ISO 8601; links may be empty. The last block is for the `email` kind."""

    action: Action
    summary: str
    text: str
    page: int = 0
    generation: int = 1
    severity: int = 1
    case: int | None = None
    subject: str = ""
    partner: str = ""
    since: str = ""
    link: str = ""
    ack_link: str = ""
    instance: str = ""
    person: str = ""
    level: str = ""
    test: bool = False
    quiet: bool = False
    dedup_key: str = ""
    attempt: int = 1
    details: Mapping[str, object] = field(default_factory=dict)

    to: tuple[str, ...] = ()
    mail_subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    date: str = ""

    @property
    def is_loud(self) -> bool:
        """Whether it may wake somebody up."""
        return self.action.rings and not self.quiet

    @property
    def title(self) -> str:
        """The summary, marked when it is a drill."""
        return f"TEST: {self.summary}" if self.test and "TEST" not in self.summary else self.summary

    @property
    def incident_key(self) -> str:
        """Stable over retries, restarts and upgrades; a drill never touches a real incident."""
        space = "triage-test" if self.test else "triage"
        return self.dedup_key or f"{space}/{self.instance}/{self.page}/{self.generation}"

    @property
    def full_text(self) -> str:
        """The text, marked when it is a drill, with the links that it does not show itself."""
        return self.text_within(MAX_TEXT)

    def text_within(self, limit: int) -> str:
        """The same, with the text cut to `limit` characters; links are never cut."""
        text = self.text or self.summary
        text = cut(f"TEST: {text}" if self.test and "TEST" not in text else text, limit)
        missing = [f"{name}: {link}" for name, link in (("Acknowledge", self.ack_link), ("Case", self.link)) if link and link not in text]
        return "\n".join([text, *missing])

    def as_json(self) -> dict[str, object]:
        """The documented form (docs: contact kinds) that webhooks and commands get."""
        return {
            "action": self.action.value,
            "ack_link": self.ack_link,
            "case": self.case,
            "dedup_key": self.incident_key,
            "details": dict(self.details),
            "generation": self.generation,
            "instance": self.instance,
            "level": self.level,
            "link": self.link,
            "page": self.page,
            "partner": self.partner,
            "person": self.person,
            "quiet": self.quiet,
            "severity": self.severity,
            "since": self.since,
            "subject": self.subject,
            "summary": self.title,
            "test": self.test,
            "text": self.full_text,
        }


def read_page(payload: Mapping[str, object]) -> Page:
    """Never raises. An action nobody knows counts as a trigger: a lost page is worse than a false one."""
    subject = _line(payload.get("subject"))
    severity = _number(payload.get("severity"), 1)
    case = payload.get("case")
    return Page(
        action=next((action for action in Action if action.value == payload.get("action")), Action.TRIGGER),
        summary=_line(payload.get("summary")) or f"Severity {severity}: {subject or 'no subject'}",
        text=cut(_text(payload.get("text")), MAX_TEXT),
        page=_number(payload.get("page"), 0),
        generation=_number(payload.get("generation"), 1),
        severity=severity,
        case=case if isinstance(case, int) and not isinstance(case, bool) else None,
        subject=subject,
        partner=_line(payload.get("partner")),
        since=_line(payload.get("since")),
        link=_line(payload.get("link")),
        ack_link=_line(payload.get("ack_link")),
        instance=_line(payload.get("instance")),
        person=_line(payload.get("person")),
        level=_line(payload.get("level")),
        test=payload.get("test") is True,
        quiet=payload.get("quiet") is True,
        dedup_key=_line(payload.get("dedup_key")),
        attempt=_number(payload.get("attempt"), 1),
        details=_details(payload.get("details")),
        to=_texts(payload.get("to")),
        mail_subject=_line(payload.get("mail_subject")),
        message_id=_line(payload.get("message_id")),
        in_reply_to=_line(payload.get("in_reply_to")),
        references=_texts(payload.get("references")),
        reply_to=_line(payload.get("reply_to")),
        date=_line(payload.get("date")),
    )


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def cut_bytes(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, never half a character."""
    if len(text.encode()) <= limit:
        return text
    return text.encode()[: limit - 3].decode("utf-8", "ignore").rstrip() + "…"


def _text(value: object) -> str:
    """Without controls and lone surrogates, which JSON would carry and receivers refuse."""
    return "" if value is None else "\n".join(clean_lines(str(value)[: MAX_TEXT + 1]))


def _line(value: object) -> str:
    return "" if value is None else clean_value(str(value)[:MAX_LINE])


def _details(value: object) -> Mapping[str, object]:
    """Nothing, when there is too much of it: the page matters more."""
    written = (
        json.dumps(value, ensure_ascii=False, skipkeys=True, default=str).encode("utf-8", "replace")
        if isinstance(value, Mapping)
        else b"{}"
    )
    details = json.loads(written) if len(written) <= MAX_DETAILS else {}
    return details if isinstance(details, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(map(_line, value)) if isinstance(value, list | tuple) else ()


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
