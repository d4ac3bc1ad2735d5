"""Which messages are one and the same: by header (a folder was renumbered) and by identity (the same mail in two folders).

Same Message-ID and same content is one message; same Message-ID and different content are two (freescout 5591). Pure.
"""

from __future__ import annotations

import hashlib
import re

from triage.core.mail.message import InboundMessage

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_HASHED = 32 * 1024
_READ = 16 * 1024
"""Characters of the text that count: as many are there in every copy, also in one that was cut."""


def header_of(raw: bytes) -> bytes:
    """Everything before the first blank line."""
    found = _BLANK_LINE.search(raw)
    return raw if found is None else raw[: found.start()]


def header_hash(header: bytes) -> str:
    """The hash of a header block, with or without the blank line that ends it. Of a long one only the beginning counts, which is fetched
    however large the message is."""
    return hashlib.sha256(header[:_HASHED].replace(b"\r\n", b"\n").rstrip(b"\r\n")).hexdigest()


def identity(message: InboundMessage) -> str:
    """What two copies of one mail share, one of which may have been fetched without its attachments: who wrote it, under which id, when,
    what it says at its beginning, and what is attached by name and type. Nothing that relays put on top of the header, or encode anew.

    A mail without a Message-ID is only ever the same as its exact bytes.
    """
    if not message.message_id:
        return message.content_hash
    said = (message.message_id, message.author.address, message.subject, message.date.isoformat() if message.date else "")
    attached = sorted(f"{one.name}\0{one.content_type}" for one in message.attachments)
    digest = hashlib.sha256()
    for text in (*said, "".join(message.text[:_READ].split()), *attached):
        digest.update(text.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()
