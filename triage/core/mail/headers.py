"""The header pass: bytes -> Headers, for any bytes, in a fraction of a millisecond.

Decides where the header ends and what each field says. Our own splitting, because the standard feed parser ends the header at the first
line it does not know (`Subject : x`, which RFC 5322 section 4.5 allows, included) and takes the rest for body. Never raises, never
judges. `glance` is the cheap look at a header block by which intake decides what to fetch first; `parse` does the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.core.mail.addresses import first_address
from triage.core.mail.encoded_words import decode_value
from triage.core.mail.message import Address
from triage.core.mail.message_ids import first_id
from triage.core.mail.structure import Headers
from triage.core.settings import Limits

LEFT_OUT = "fields left out"
"""Ends the defect of a header that was not read to its end."""
CONTROL_PREFIX = "x-triage-"
"""Header fields that steer this program: only believed in mail it wrote itself."""

_MAX_FIELDS = 2_000
_MAX_JUNK_LINES = 20
_MAX_STEPS = 400_000
_MAX_CR = 4
_FIELD = re.compile(rb"([!-9;-~]{1,128})[ \t]*:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_BLANK_LINES = re.compile(rb"[\n\0]*+")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s\";]{1,64})", re.IGNORECASE)
_KNOWN = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|message-id|received|mime-version|content-type|reply-to|return-path"
    rb"|delivered-to|x-[a-z-]{1,40}|dkim-signature|arc-seal|authentication-results)[ \t]*:"
)
_MAIL_FIELD = re.compile(rb"(?im)^(?:from|sender|to|cc|bcc|subject|date|message-id|received|return-path|delivered-to)[ \t]*:")
_IMPORTANT = frozenset(
    {"from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "reply-to", "sender", "return-path"}
    | {"auto-submitted", "precedence", "list-id", "content-type", "content-transfer-encoding", "content-disposition"}
    | {"content-language", "authentication-results", "delivered-to", "x-original-to"}
)


@dataclass(frozen=True, slots=True)
class Glance:
    """As much of a header as intake needs to decide which message comes first."""

    subject: str
    author: Address
    message_id: str


def normalise(raw: bytes) -> bytes:
    """Line ends become `\\n`: CRLF, bare CR and the CR CR LF of broken gateways alike."""
    if b"\r" not in raw:
        return raw
    for _ in range(_MAX_CR):
        if b"\r\r\n" not in raw:
            break
        raw = raw.replace(b"\r\r\n", b"\r\n")
    raw = raw.replace(b"\r\n", b"\n")
    return raw.replace(b"\r", b"\n") if b"\r" in raw else raw


def read_headers(raw: bytes, limits: Limits) -> tuple[Headers, list[str]]:
    """The header of a message (or a bare header block), and what was wrong with it. The body is not looked at."""
    # A header is never longer than this, whatever the body is; the factor leaves room for one giant field among ordinary ones.
    header, _, defects = split(normalise(raw[: 16 * limits.max_header]))
    fields, more = read_fields(header, limits)
    return decode_fields(fields), defects + more


def looks_like_mail(raw: bytes) -> bool:
    """Whether it begins with fields that mails have (RFC 5322 section 3.6). For files only: what was delivered is a mail."""
    return _MAIL_FIELD.search(split(normalise(raw))[0]) is not None


def split(data: bytes, *, of_part: bool = False) -> tuple[bytes, int, list[str]]:
    """(header, offset of the body, defects) of a message, or of a MIME part, with `\\n` line ends."""
    defects: list[str] = []
    # The header of a part may be empty (RFC 2046 section 5.1); that of a message is not, so what precedes it is junk.
    start = position = 0 if of_part else _skip_junk(data, defects)
    known = -1
    for _ in range(_MAX_STEPS):
        if position >= len(data):
            return data[start:], len(data), defects
        if data[position] == 0x0A:
            return data[start:position], position + 1, defects
        match = _FIELD.match(data, position)
        if match:
            position = match.end()
            continue
        # Not a field: a broken fold, or the body of a mail without the blank line. A known field before the next blank line decides.
        if known < position:
            known = _next_known_field(data, position)
        if known < 0:
            defects.append("no blank line between header and body")
            return data[start:position], position, defects
        if len(defects) < _MAX_JUNK_LINES:
            defects.append("a line in the header is not a header field")
        position = _next_line(data, position)
    defects.append(f"the header has more than {_MAX_STEPS} lines")
    return data[start:position], position, defects


def read_fields(header: bytes, limits: Limits) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Unfolded fields (lower-case name, raw value) of a header with `\\n` line ends, within the limits."""
    defects: list[str] = []
    if b"\0" in header:
        header = header.replace(b"\0", b"")
        defects.append("NUL bytes in the header")
    fields: list[tuple[str, bytes]] = []
    position, size, left_out = 0, 0, 0
    while position < len(header):
        match = _FIELD.match(header, position)
        if match is None:
            end = _next_line(header, position)
            if fields and fields[-1][0] == "subject" and len(fields[-1][1]) < limits.max_header_line:
                # Most often a subject that was folded without the white space; the word "urgent" may stand there.
                fields[-1] = ("subject", fields[-1][1] + b" " + header[position:end].strip())
            position = end
            continue
        position = match.end()
        name, value = match[1].decode("ascii").lower(), match[2]
        if len(value) > 2 * limits.max_header_line:
            value = _cut(name, value, 2 * limits.max_header_line)  # before unfolding: that costs more than it should on megabytes
        if b"\n" in value:
            value = b" ".join(line.strip(b" \t") for line in value.split(b"\n"))
        if len(value) > limits.max_header_line:
            value = _cut(name, value, limits.max_header_line)
            defects.append(f"header {name[:40]} is longer than {limits.max_header_line} bytes and was cut")
        over = size + len(name) + len(value) > limits.max_header or len(fields) >= _MAX_FIELDS
        # Beyond the limit a mail is still triaged by the fields that decide; one more block of that size is room for them.
        if over and (name not in _IMPORTANT or size > 2 * limits.max_header or len(fields) >= 2 * _MAX_FIELDS):
            left_out += 1
            continue
        size += len(name) + len(value)
        fields.append((name, value.strip()))
    if left_out:
        defects.append(f"header over {limits.max_header} bytes or {_MAX_FIELDS} fields: {left_out} {LEFT_OUT}")
    return fields, defects


def _cut(name: str, value: bytes, limit: int) -> bytes:
    """The start of a value; of References the start and the end, because the newest ids stand last."""
    if name != "references":
        return value[:limit]
    return value[: limit // 2].rpartition(b">")[0] + b"> <" + value[-limit // 2 :].partition(b"<")[2]


def decode_fields(fields: list[tuple[str, bytes]]) -> Headers:
    declared = declared_charset(fields)
    return Headers(
        fields=tuple((name, decode_value(value, declared)) for name, value in fields),
        raw=tuple((name, value.decode("latin-1")) for name, value in fields),
    )


def glance(header: bytes, limits: Limits) -> Glance:
    """Subject, author and Message-ID of a header block; decodes nothing else."""
    block, _, _ = split(normalise(header[: 16 * limits.max_header]))
    fields, _ = read_fields(block, limits)
    declared = declared_charset(fields)
    first: dict[str, bytes] = {}
    for name, value in fields:
        first.setdefault(name, value)
    return Glance(
        subject=decode_value(first.get("subject", b""), declared),
        author=first_address(first.get("from", b"") or first.get("sender", b""), declared),
        message_id=first_id(first.get("message-id", b"").decode("latin-1")),
    )


def declared_charset(fields: list[tuple[str, bytes]]) -> str:
    """The charset of the message itself, "" for a multipart: the second guess for raw 8-bit in the header."""
    for name, value in fields:
        if name == "content-type":
            match = _CHARSET.search(value[:1_000].decode("latin-1"))
            return match[1] if match else ""
    return ""


def _skip_junk(data: bytes, defects: list[str]) -> int:
    """Where the first field starts: behind blank lines, an mbox "From " line (RFC 4155), and a few lines of junk."""
    position, junk = 0, ""
    for _ in range(_MAX_JUNK_LINES):
        position = _BLANK_LINES.match(data, position).end()  # type: ignore[union-attr] # matches everywhere
        if data[position : position + 6].lstrip(b">").startswith(b"From "):
            junk = 'an mbox "From " line before the header'
        elif _KNOWN.match(data, position) or (not junk and _FIELD.match(data, position)):
            defects += [junk] if junk else []
            return position
        else:
            junk = junk or "junk before the header"
        position = _next_line(data, position)
    return 0


def _next_known_field(data: bytes, position: int) -> int:
    blank = data.find(b"\n\n", position)
    match = _KNOWN.search(data, position, len(data) if blank < 0 else blank)
    return match.start() if match else -1


def _next_line(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end + 1
