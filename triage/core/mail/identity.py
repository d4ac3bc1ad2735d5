"""Which messages are one and the same: by header (a folder was renumbered) and by identity (the same mail in two folders).

Same Message-ID and same content is one message; same Message-ID and different content are two (freescout 5591). Pure.
"""

from __future__ import annotations

import hashlib
import re

from triage.core.mail.message import InboundMessage

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def header_of(raw: bytes) -> bytes:
    """Everything before the first blank line."""
    found = _BLANK_LINE.search(raw)
    return raw if found is None else raw[: found.start()]


def header_hash(header: bytes) -> str:
    """The hash of a header block, with or without the blank line that ends it."""
    return hashlib.sha256(header.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def identity(raw: bytes, message: InboundMessage) -> str:
    """What two copies of one mail share: the author's fields and the body, not what relays put on top of the header.

    A mail without a Message-ID is only ever the same as its exact bytes.
    """
    if not message.message_id:
        return message.content_hash
    found = _BLANK_LINE.search(raw)
    body = b"" if found is None else raw[found.end() :]
    digest = hashlib.sha256()
    for text in (message.message_id, message.author.address, message.subject, message.date.isoformat() if message.date else ""):
        digest.update(text.encode("utf-8", "replace") + b"\0")
    digest.update(body.replace(b"\r\n", b"\n").strip())
    return digest.hexdigest()
