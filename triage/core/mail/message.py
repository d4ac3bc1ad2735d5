"""InboundMessage: a parsed mail, with what was understood of it.

Values only. They are made by `parse.parse`, travel between processes by pickle, and are read by follow-up matching, rules, notices and
pages. Everything that came from a stranger is already decoded, bounded and free of lone surrogates here; secrets in `text`, `new_text`,
`quoted_text` and `facts` are masked already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Origin(Enum):
    """Who or what wrote a message (RFC 3834, 3464, 8098, 5965, 2919)."""

    HUMAN = "human"
    AUTO_REPLIED = "auto-replied"
    AUTO_GENERATED = "auto-generated"
    DELIVERY_STATUS = "delivery-status"
    DISPOSITION = "disposition"
    FEEDBACK = "feedback"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: `address` is lower-cased addr-spec (empty when there is none), `name` the decoded display name."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not body text. `size` in bytes after decoding; the content is never opened."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Automatic:
    """Verdict one of three: was it machine-written, and the headers that say so (`"Auto-Submitted: auto-replied"`)."""

    is_automatic: bool = False
    origin: Origin = Origin.HUMAN
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MayAnswer:
    """Verdict two: may the program write to its author at all. A human mail through a list is human and may not be answered."""

    allowed: bool = True
    reason: str = "a person wrote it"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Verdict three: a DSN or one of the common non-DSN forms. `recipients` are the final recipients it speaks of."""

    action: str
    status: str = ""
    recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    diagnostic: str = ""


class FactKind(Enum):
    ENDPOINT = "endpoint"
    URL = "url"
    TRACE_ID = "trace_id"
    ENVIRONMENT = "environment"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    HTTP_STATUS = "http_status"
    ERROR_CODE = "error_code"
    IDENTIFIER = "identifier"
    BUSINESS_IMPACT = "business_impact"
    REQUEST_BODY = "request_body"
    RESPONSE_BODY = "response_body"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the partner said. `span` is (start, end) in the message's `new_text`; `value` is normalised and masked.

    `label` says more where a kind has sub-kinds (`user_id`, `profile_id`, `transfer_id`); `original` is the text as written.
    """

    kind: FactKind
    value: str
    span: tuple[int, int]
    label: str = ""
    original: str = ""


class Missing(Enum):
    """What a useful request names (the owner's partner documentation); the values are words that notices print."""

    ENDPOINT = "endpoint"
    BUSINESS_IMPACT = "business_impact"
    TRACE_ID = "trace_id"
    ENVIRONMENT = "environment"
    REQUEST_AND_RESPONSE = "request_and_response"
    TIMESTAMPS = "timestamps"
    IDENTIFIERS = "identifiers"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A parsed mail (terms of RFC 5322 and 5598). Message-IDs keep their angle brackets."""

    content_hash: str
    size: int
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    author: Address = field(default_factory=lambda: Address(""))
    authors: tuple[Address, ...] = ()
    """Every mailbox of every From header: more than one header, or more than one mailbox, makes the author unproven."""
    return_path: str | None = None
    """None: no Return-Path header; "": the null return path `<>`."""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    """Addresses of Delivered-To, X-Original-To, Envelope-To: where plus-addresses show up."""
    date: datetime | None = None
    """The Date header, aware, in UTC; None when there is none or it cannot be true. Clocks never use it."""
    thread_index: str = ""
    thread_topic: str = ""
    language: str = ""
    """Content-Language or what the text looks like (`"pt"`); empty when unknown."""
    text: str = ""
    new_text: str = ""
    quoted_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = field(default_factory=Automatic)
    may_answer: MayAnswer = field(default_factory=MayAnswer)
    delivery_report: DeliveryReport | None = None
    authentication_results: tuple[str, ...] = ()
    """Raw (unfolded) Authentication-Results headers, topmost first: see `authentication.prove`."""
    facts: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    is_question: bool = False
    """It plainly asks something and describes no failure: its receipt asks for nothing."""
    """Empty for a general question (no failure described)."""
    secrets_seen: tuple[str, ...] = ()
    """Kinds of secrets that were masked (`"bearer token"`), never their values."""
    headers: tuple[tuple[str, str], ...] = ()
    """Header fields (lower-case name, decoded value), bounded, for rule conditions; X-Triage-* from outside is stripped."""
    defects: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[Address, ...]:
        return self.to + self.cc
