"""Rebuilding: what the mail of a mailbox tells about cases that are lost. Pure.

Our own notices in the Sent folder carry the number of their case and answer its mails: that gives the numbers back. What was done by hand
comes from the journal export. Called by workers/rebuild.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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


def read_trace(header: bytes, keys: Sequence[bytes], domains: Collection[str], limits: Limits) -> Trace | None:
    """None for a mail that is not the program's own. Only for mail in the Sent folder: anybody can write these fields elsewhere."""
    block, _, _ = split(normalise(header[: limits.max_header]))
    fields, _ = read_fields(block, limits)
    first: dict[str, str] = {}
    for name, value in fields:
        first.setdefault(name, value.decode("latin-1").strip())
    message_id = first_id(first.get("message-id", ""))
    own = read_message_id(message_id, keys, domains)
    notice = first.get("x-triage-notice", "") or (own.kind if own else "")
    if not notice and "x-triage-case" not in first:
        return None
    named = first.get("x-triage-case", "")
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 12 else own.case_number if own else 0
    answers = (*ids(first.get("in-reply-to", "")), *ids(first.get("references", "")))
    return Trace(message_id, number or None, notice, tuple(dict.fromkeys(answers)), read_date(first.get("date", ""))[0])


def numbers_told(traces: Iterable[Trace]) -> dict[str, int]:
    """Message-ID to the number of its case, as our notices tell it; the earliest notice that refers to a mail counts."""
    told: dict[str, int] = {}
    for trace in traces:
        for one in trace.answers if trace.case_number is not None else ():
            told.setdefault(one, trace.case_number or 0)
    return told


def next_free(last: int, first: int, reserved: Collection[int]) -> int:
    """The number of a case that no notice names: the one after the case before it, past all that notices name."""
    number = max(last + 1, first)
    while number in reserved:
        number += 1
    return number
