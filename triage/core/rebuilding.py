"""Rebuilding: what the mail of a mailbox tells about cases that are lost. Pure.

Our own notices in the Sent folder carry the number of their case and answer its mails: that gives the numbers back. What was done by hand
comes from the journal export. Called by workers/rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.mail.dates import read_date
from triage.core.mail.headers import normalise, read_fields, split
from triage.core.mail.message_ids import first_id, ids
from triage.core.mail.own_ids import read_message_id
from triage.core.settings import Limits


@dataclass(frozen=True, slots=True)
class Trace:
    """What the header of a mail in the Sent folder says, if it is one of ours. `case_number` is None for a mail about no case."""

    message_id: str
    case_number: int | None
    notice: str
    answers: tuple[str, ...]
    """Message-IDs: what it answers first, then the thread."""
    written_at: datetime | None = None
    """When it was decided on; its copy in Sent is younger."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a header says of whom and what: `answers` as in a Trace; `people` are the fields that say who wrote it and to whom."""

    answers: tuple[str, ...]
    people: str


Circle = Callable[[str], Collection[str] | None]
"""The partners among those who wrote or got a mail, by its Message-ID; None: the mailbox does not have it."""


def read_trace(header: bytes, keys: Sequence[bytes], domains: Collection[str], limits: Limits) -> Trace | None:
    """None for a mail that is not the program's own. Only for mail in the Sent folder: anybody can write these fields elsewhere."""
    first = _fields(header, limits)
    message_id = first_id(first.get("message-id", ""))
    own = read_message_id(message_id, keys, domains)
    notice = first.get("x-triage-notice", "") or (own.kind if own else "")
    if not notice and "x-triage-case" not in first:
        return None
    named = first.get("x-triage-case", "")
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 12 else own.case_number if own else 0
    return Trace(message_id, number or None, notice, _answered(first), read_date(first.get("date", ""))[0])


def read_names(header: bytes, limits: Limits) -> Names:
    """Of any mail."""
    fields = _fields(header, limits)
    return Names(_answered(fields), ", ".join(found for name in ("from", "to", "cc") if (found := fields.get(name, ""))))


def _fields(header: bytes, limits: Limits) -> dict[str, str]:
    """The first of each name counts."""
    block, _, _ = split(normalise(header[: limits.max_header]))
    fields, _ = read_fields(block, limits)
    return {name: value.decode("latin-1").strip() for name, value in reversed(fields)}


def _answered(fields: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ids(fields.get("in-reply-to", "")), *ids(fields.get("references", "")))))


def numbers_told(traces: Sequence[Trace], circle: Circle) -> dict[str, int]:
    """Message-ID to the number of its case, as our notices tell it: the earliest notice that answers a mail counts, or else the earliest
    that refers to it and goes to somebody who wrote or got it. What a stranger has referred to stands in the answer to them as well."""
    told: dict[str, int] = {}
    numbered = [one for one in traces if one.case_number is not None]
    for trace in numbered:
        for one in trace.answers[:1]:
            told.setdefault(one, trace.case_number or 0)
    for trace in numbered:
        written_to = frozenset(circle(trace.message_id) or ())
        for one in trace.answers[1:]:
            if one not in told and ((known := circle(one)) is None or not written_to.isdisjoint(known)):
                told[one] = trace.case_number or 0
    return told


def numbers_in_threads(told: Mapping[str, int], answers: Mapping[str, Sequence[str]]) -> dict[str, set[int]]:
    """Message-ID to the numbers told of its thread: of the mail itself, and of what answers it, however far down. `answers`: what each mail
    of the mailbox answers."""
    found: dict[str, set[int]] = {}
    for message_id, number in told.items():
        to_follow = [message_id]
        while to_follow:
            one = to_follow.pop()
            numbers = found.setdefault(one, set())
            if number not in numbers:
                numbers.add(number)
                to_follow += answers.get(one, ())
    return found


def next_free(last: int, first: int, reserved: Collection[int]) -> int:
    """The number of a case that no notice names: the one after the case before it, past all that notices name."""
    number = max(last + 1, first)
    while number in reserved:
        number += 1
    return number
