"""bytes -> InboundMessage: the one way in for everything a stranger sends.

Decides the order of the steps and what survives of a broken mail. Raises nothing for any bytes: what is wrong becomes a defect (a bomb
that gets past every limit ends in MemoryError or RecursionError, which the parser process turns into quarantine). Called by the parser
processes (adapters/parsing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from triage.core.mail import addresses, bodies, dates, html_text, message_ids, mime, signed_mail
from triage.core.mail.headers import CONTROL_PREFIX, declared_charset, decode_fields, normalise, read_fields, split
from triage.core.mail.message import Address, InboundMessage
from triage.core.mail.structure import Headers
from triage.core.mail.understanding import Masker, attempt, understand
from triage.core.settings import Limits

MOST_BYTES = 32 * 1024 * 1024
"""Of a mail from a file; what is fetched is bounded by `max_message` already."""
_MAX_DEFECTS = 50
_MAX_SUBJECT = 2_000
MAX_HEADER_VALUE = 4_096
MAX_HEADERS = 400
_MAX_HOPS = 20
_FREE_TEXT = frozenset({"subject", "thread-topic", "comments", "keywords"})
_DELIVERED_TO = frozenset({"delivered-to", "x-original-to", "envelope-to", "x-envelope-to"})


def parse(raw: bytes, limits: Limits | None = None) -> InboundMessage:
    """`raw` is the message as the server has it; its hash and size are of all of it, also when only a part is read."""
    limits = limits or Limits()
    defects: list[str] = []
    most = max(limits.max_message, MOST_BYTES)
    if len(raw) > most:
        defects.append(f"the mail is longer than {most} bytes and was cut")
    data = normalise(raw[:most])
    header, start, more = split(data)
    fields, faults = read_fields(header, limits)
    headers = decode_fields(fields)
    outside, wrong = mime.leaves(data, start, fields, limits)
    leaves, inside = signed_mail.opened(outside, limits)
    body = bodies.read(leaves, limits, lambda html: attempt("HTML", lambda: html_text.to_text(html), "", defects))
    defects += [*more, *faults, *wrong, *inside, *body.defects]

    envelope = _Envelope(headers, fields, defects, declared_charset(fields))
    mask = Masker()
    subject = mask(headers.first("subject")[:_MAX_SUBJECT])
    understood = understand(headers, body, subject, mask)
    from_headers = envelope.mailboxes("from")
    date, wrong_date = dates.read_date(next(iter(headers.all_raw("date")), ""))
    defects += [wrong_date] if wrong_date else []
    return InboundMessage(
        content_hash=sha256(raw).hexdigest(),
        size=len(raw),
        message_id=envelope.message_id(),
        in_reply_to=message_ids.ids(" ".join(headers.all_raw("in-reply-to"))),
        references=message_ids.ids(" ".join(headers.all_raw("references"))),
        subject=subject,
        author=envelope.author(from_headers),
        authors=from_headers,
        return_path=envelope.return_path(),
        reply_to=envelope.mailboxes("reply-to"),
        to=envelope.mailboxes("to"),
        cc=envelope.mailboxes("cc"),
        delivered_to=envelope.delivered_to(),
        date=date,
        thread_index=headers.first("thread-index")[:MAX_HEADER_VALUE],
        thread_topic=mask(headers.first("thread-topic")[:_MAX_SUBJECT]),
        language=understood.language,
        text=understood.text,
        new_text=understood.new_text,
        quoted_text=understood.quoted_text,
        attachments=body.attachments,
        automatic=understood.automatic,
        may_answer=understood.may_answer,
        delivery_report=understood.delivery_report,
        authentication_results=headers.all_raw("authentication-results")[:_MAX_HOPS],
        facts=understood.facts,
        missing=understood.missing,
        is_question=understood.is_question,
        headers=_for_rules(headers, mask),
        secrets_seen=tuple(mask.kinds),
        defects=_bounded((*defects, *understood.defects)),
    )


@dataclass(slots=True)
class _Envelope:
    """Addresses and ids of one header; what is wrong with them goes to `defects`."""

    headers: Headers
    fields: Sequence[tuple[str, bytes]]
    defects: list[str]
    declared: str

    def mailboxes(self, name: str) -> tuple[Address, ...]:
        """Of every header of that name: a second To or From is as good as the first to whoever forged it."""
        found: list[Address] = []
        values = [value for key, value in self.fields if key == name]
        if len(values) > 1:
            self.defects.append(f"{len(values)} {name.title()} headers")
        for value in values:
            more, faults = addresses.read_addresses(value, self.declared)
            found += more
            self.defects += [f"{name.title()}: {fault}" for fault in faults]
        return tuple(dict.fromkeys(found)) if name != "from" else tuple(found)

    def author(self, from_headers: tuple[Address, ...]) -> Address:
        """The first mailbox of From; without one, Sender or the return path say at least where the mail came from."""
        if from_headers:
            return from_headers[0]
        self.defects.append("no author in From")
        shown = next((addresses.first_address(value, self.declared) for key, value in self.fields if key == "from"), Address(""))
        for name in ("sender", "return-path"):
            for key, value in self.fields:
                if key == name and (found := addresses.first_address(value, self.declared)).address:
                    return Address(found.address, found.name or shown.name)
        return shown

    def message_id(self) -> str:
        values = self.headers.all_raw("message-id")
        if len(values) > 1:
            self.defects.append(f"{len(values)} Message-Id headers")
        return next((found for value in values if (found := message_ids.first_id(value))), "")

    def return_path(self) -> str | None:
        return next((addresses.return_path(value) for key, value in self.fields if key == "return-path"), None)

    def delivered_to(self) -> tuple[str, ...]:
        found = [addresses.first_address(value, self.declared).address for key, value in self.fields if key in _DELIVERED_TO][:_MAX_HOPS]
        return tuple(dict.fromkeys(address for address in found if address))


def _for_rules(headers: Headers, mask: Masker) -> tuple[tuple[str, str], ...]:
    """What rule conditions may look at: bounded, masked where people write, and without fields that steer this program."""
    return tuple(
        (name, mask(value[:_MAX_SUBJECT]) if name in _FREE_TEXT else value[:MAX_HEADER_VALUE])
        for name, value in headers.fields
        if not name.startswith(CONTROL_PREFIX)
    )[:MAX_HEADERS]


def _bounded(defects: Sequence[str]) -> tuple[str, ...]:
    """Each once; beyond the limit only how many more there were."""
    once = tuple(dict.fromkeys(defects))
    return once if len(once) <= _MAX_DEFECTS else (*once[:_MAX_DEFECTS], f"{len(once) - _MAX_DEFECTS} more defects")
