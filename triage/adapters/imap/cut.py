"""A message too large to fetch whole: which parts to ask for, and how to put them together again as valid MIME.

Decides that the beginning of each text is kept and everything else becomes an empty part of the same name and type, with its size in a
field of ours. Pure; never asks the server. Called by `fetching`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from triage.core.mail.left_out import SIZE_FIELD

MOST_PARTS = 200
MOST_DEPTH = 20
TEXT_BYTES = 256 * 1024
MESSAGE_BYTES = 32 * 1024
"""Of a mail inside the mail: its header says which mail of ours comes back."""
ALL_BYTES = 1024 * 1024
"""Of all parts together."""
HEADER_BYTES = 64 * 1024
GLANCE_BYTES = 16 * 1024
"""Of a header by which is only decided what is fetched first."""
FIELD_BYTES = 16 * 1024
MIME_BYTES = 4 * 1024
DECISIVE = (
    *("FROM", "SENDER", "REPLY-TO", "RETURN-PATH", "TO", "CC", "DELIVERED-TO", "SUBJECT", "DATE", "MESSAGE-ID", "IN-REPLY-TO"),
    *("REFERENCES", "AUTO-SUBMITTED", "PRECEDENCE", "LIST-ID", "AUTHENTICATION-RESULTS", "CONTENT-TYPE", "CONTENT-TRANSFER-ENCODING"),
)
"""What is asked for by name when a header is longer than HEADER_BYTES: a stranger may have put anything on top of it."""
GLANCED_AT = ("FROM", "SENDER", "SUBJECT", "CONTENT-TYPE")
"""The same of one that is longer than GLANCE_BYTES."""

# Not text by type, but what a delivery report or a disposition says (RFC 3464, 8098, 5965); always small.
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})
# The text of a mail that was signed as a whole lies inside (core/mail/signed_mail.py).
_SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_FIELD = re.compile(rb"^([!-9;-~]{1,64})[ \t]*:", re.MULTILINE)
_FEW = 1024


@dataclass(frozen=True, slots=True)
class Leaf:
    """`path` is the IMAP part number; `size` its octets as sent; `wanted`: so many of them are fetched."""

    path: str
    size: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Branch:
    """A multipart; `path` is empty for the message itself."""

    path: str
    boundary: bytes
    children: tuple[Leaf | Branch, ...]


def plan(structure: Any) -> Leaf | Branch:
    """From imapclient's BODYSTRUCTURE. Raises ValueError when it cannot be followed: then the caller takes another way."""
    try:
        tree = _node(structure, "", 0)
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError("an odd BODYSTRUCTURE") from error
    if sum(1 for _ in nodes(tree)) > MOST_PARTS:
        raise ValueError("too many parts")
    return tree


def nodes(tree: Leaf | Branch) -> Iterator[Leaf | Branch]:
    yield tree
    if isinstance(tree, Branch):
        for child in tree.children:
            yield from nodes(child)


def wanted(tree: Leaf | Branch) -> dict[str, int]:
    """Part number -> how many bytes of it to ask for; the first parts first, up to ALL_BYTES."""
    left = ALL_BYTES
    asked: dict[str, int] = {}
    for node in nodes(tree):
        if isinstance(node, Leaf) and (most := min(node.wanted, left)):
            asked[node.path] = most
            left -= min(most, node.size)
    return asked


def assemble(header: bytes, tree: Leaf | Branch, mime: Mapping[str, bytes], content: Mapping[str, bytes]) -> bytes:
    """`header` and each `mime[path]` are header blocks as the server gave them; `content[path]` is a wanted leaf's body, still encoded."""
    if isinstance(tree, Leaf) and not tree.wanted:
        return _leaf(header, tree, b"")
    return _block(header) + _body(tree, mime, content)


def _node(structure: Any, path: str, depth: int) -> Leaf | Branch:
    if depth > MOST_DEPTH:
        raise ValueError("too deep")
    if isinstance(structure[0], list):
        prefix = f"{path}." if path else ""
        children = tuple(_node(child, f"{prefix}{number}", depth + 1) for number, child in enumerate(structure[0], start=1))
        return Branch(path, _boundary(structure[2]), children)
    content_type = b"/".join(structure[:2]).decode("ascii", "replace").lower()
    return Leaf(path or "1", _octets(structure[6]), _wanted(content_type, attached=_is_attachment(structure)))


def _wanted(content_type: str, *, attached: bool) -> int:
    if content_type in _MESSAGES:
        return MESSAGE_BYTES
    is_text = content_type.startswith("text/") or content_type in _REPORTS
    return TEXT_BYTES if content_type in _SIGNED or (is_text and not attached) else 0


def _octets(told: object) -> int:
    return told if isinstance(told, int) and told >= 0 else 0


def _boundary(parameters: Any) -> bytes:
    for name, value in zip(parameters[::2], parameters[1::2], strict=False):
        if name.lower() == b"boundary":
            return value if isinstance(value, bytes) else str(value).encode("ascii")
    raise ValueError("a multipart without boundary")


def _is_attachment(structure: Any) -> bool:
    """By the disposition among a leaf's extension data (RFC 3501 section 7.4.2); some servers send it as one string."""
    extensions = (item[0] if isinstance(item, tuple) and item else item for item in structure[7:])
    return any(isinstance(item, bytes) and item.lower().startswith(b"attachment") for item in extensions)


def _body(node: Leaf | Branch, mime: Mapping[str, bytes], content: Mapping[str, bytes]) -> bytes:
    if isinstance(node, Leaf):
        return content.get(node.path, b"")
    delimiter = b"--" + node.boundary
    return b"".join(delimiter + b"\r\n" + _part(child, mime, content) + b"\r\n" for child in node.children) + delimiter + b"--\r\n"


def _part(node: Leaf | Branch, mime: Mapping[str, bytes], content: Mapping[str, bytes]) -> bytes:
    header = mime.get(node.path, b"")
    if isinstance(node, Leaf):
        return _leaf(header, node, content.get(node.path, b""))
    return _block(header) + _body(node, mime, content)


def _leaf(header: bytes, leaf: Leaf, content: bytes) -> bytes:
    """With the size that it had, when not all of it is here."""
    fields = header.rstrip(b"\r\n")
    if leaf.size > len(content):
        fields += (b"\r\n" if fields else b"") + b"%s: %d" % (SIZE_FIELD.encode(), leaf.size)
    return _block(fields) + content


def _block(header: bytes) -> bytes:
    """Ended by exactly one empty line, whether or not the server sent it."""
    fields = header.rstrip(b"\r\n")
    return fields + b"\r\n\r\n" if fields else b"\r\n"


# --- a header that is too long ---------------------------------------------------------------------------------------


def without_torn_field(start: bytes) -> tuple[bytes, frozenset[str]]:
    """The beginning of a header that goes on, without a field that was torn off as soon as it began; and the fields it has (upper case)."""
    found = list(_FIELD.finditer(start))
    if found and len(start) - found[-1].end() < _FEW:
        start = start[: found.pop().start()]
    return start, frozenset(match[1].decode("ascii").upper() for match in found)


def lengthened(start: bytes, fields: Mapping[str, bytes]) -> bytes:
    """`start` as `without_torn_field` left it, with the decisive fields that stand further down, each as far as it was fetched."""
    more = (value.strip(b"\r\n") for value in fields.values())
    return b"\r\n".join((start.rstrip(b"\r\n"), *(value for value in more if value), b""))
