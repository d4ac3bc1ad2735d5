"""Attachments by name, type and size; their content is never opened.

Decides what an attachment is called: mail-parser is given a skeleton of the mail, parts with names and without contents, and makes the
names safe (no directories, no NUL, bounded in bytes with the extension kept). What it would call randomly gets a steady name here.
Called by `bodies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message

from mailparser import MailParser

from triage.core.mail import transfer
from triage.core.mail.charsets import clean_line, decode
from triage.core.mail.left_out import told_size
from triage.core.mail.message import Attachment
from triage.core.mail.mime import Leaf

_MAX_NAME = 200
_MAX_LISTED = 200
_FAULTS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, RuntimeError)
_EXTENSIONS = {
    "application/json": ".json",
    "application/ms-tnef": ".dat",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
}
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


def describe(leaves: Sequence[Leaf]) -> tuple[list[Attachment], list[str]]:
    """One attachment for each leaf, in order; beyond `_MAX_LISTED` they are only counted."""
    listed = leaves[:_MAX_LISTED]
    names = _safe_names(listed)
    defects = [f"{len(leaves) - len(listed)} more attachments are not listed"] if len(leaves) > len(listed) else []
    found = [Attachment(names[index] or _steady_name(leaf), leaf.content_type, size_of(leaf)) for index, leaf in enumerate(listed)]
    return found, defects


def size_of(leaf: Leaf) -> int:
    """Bytes after decoding; of what was not fetched, as the server told."""
    return max(transfer.decoded_size(leaf.body, leaf.encoding), told_size(leaf.fields, leaf.encoding))


def uuencoded(files: Sequence[transfer.Uuencoded]) -> list[Attachment]:
    return [Attachment(_basename(decode(item.name)) or "file", "application/octet-stream", item.size) for item in files[:_MAX_LISTED]]


def _safe_names(leaves: Sequence[Leaf]) -> list[str]:
    """The names mail-parser would save the parts under, "" where a part has none."""
    if not any(leaf.filename for leaf in leaves):
        return [""] * len(leaves)
    try:
        found = MailParser(_skeleton(leaves)).attachments
    except _FAULTS:
        found = []
    if len(found) != len(leaves):
        return [_basename(leaf.filename) for leaf in leaves]
    return [_basename(item["safe_filename"] or "") if leaf.filename else "" for leaf, item in zip(leaves, found, strict=True)]


def _skeleton(leaves: Sequence[Leaf]) -> Message:
    """The mail without its contents. Every part says `attachment` and carries its name, so that mail-parser lists each of them in order."""
    skeleton = Message()
    skeleton["Content-Type"] = 'multipart/mixed; boundary="skeleton"'
    for leaf in leaves:
        part = Message()
        part["Content-Type"] = leaf.content_type if "/" in leaf.content_type else "application/octet-stream"
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", leaf.filename or "unnamed"))
        part.set_payload("")
        skeleton.attach(part)
    return skeleton


def _basename(name: str) -> str:
    return clean_line(name.replace("\\", "/").rpartition("/")[2])[:_MAX_NAME].strip(". ")


def _steady_name(leaf: Leaf) -> str:
    if leaf.content_type in _TNEF:
        return "winmail.dat"
    return f"part-{leaf.path or '1'}{_EXTENSIONS.get(leaf.content_type, '')}"
