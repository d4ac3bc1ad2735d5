"""A message too large to fetch whole: which parts to ask for, and how to put them together again as valid MIME.

Decides that text is kept and everything else becomes an empty part of the same name and type. Pure; never asks the server. Called by
`fetching`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_PARTS = 200
MOST_DEPTH = 20

# Not text by type, but what a delivery report or a disposition says (RFC 3464, 8098, 5965); always small.
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """`path` is the IMAP part number; `wanted`: its content is fetched."""

    path: str
    wanted: bool


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


def assemble(header: bytes, tree: Leaf | Branch, mime: Mapping[str, bytes], content: Mapping[str, bytes]) -> bytes:
    """`header` and each `mime[path]` are header blocks as the server gave them; `content[path]` is a wanted leaf's body, still encoded."""
    return _block(header) + _body(tree, mime, content)


def _node(structure: Any, path: str, depth: int) -> Leaf | Branch:
    if depth > MOST_DEPTH:
        raise ValueError("too deep")
    if isinstance(structure[0], list):
        prefix = f"{path}." if path else ""
        children = tuple(_node(child, f"{prefix}{number}", depth + 1) for number, child in enumerate(structure[0], start=1))
        return Branch(path, _boundary(structure[2]), children)
    content_type = b"/".join(structure[:2]).decode("ascii", "replace").lower()
    is_text = content_type.startswith("text/") or content_type in _REPORTS
    return Leaf(path or "1", wanted=is_text and not _is_attachment(structure))


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
    parts = (delimiter + b"\r\n" + _block(mime.get(child.path, b"")) + _body(child, mime, content) + b"\r\n" for child in node.children)
    return b"".join(parts) + delimiter + b"--\r\n"


def _block(header: bytes) -> bytes:
    """Ended by exactly one empty line, whether or not the server sent it."""
    fields = header.rstrip(b"\r\n")
    return fields + b"\r\n\r\n" if fields else b"\r\n"
