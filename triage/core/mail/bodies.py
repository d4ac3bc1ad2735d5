"""Leaves -> parts, the text of the mail, and its attachments.

Decides which parts are what the author wrote (RFC 2046 section 5.1.4, RFC 2183) and which are attachments. Never opens an attachment,
never judges the text. Called by `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.core.mail import charsets, flowed, transfer
from triage.core.mail.attachments import describe, size_of, uuencoded
from triage.core.mail.left_out import told_size
from triage.core.mail.message import Attachment
from triage.core.mail.mime import Leaf
from triage.core.mail.structure import Part
from triage.core.settings import Limits

_TEXT_BUDGET = 4
"""All parts together may hold this many times `max_text`."""

_STUB_LENGTH = 300
_META_WITHIN = 2_048
_META_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_-]{1,40})", re.IGNORECASE)
"""HTML says its charset itself when the mail does not (HTML Living Standard, section 4.2.5.4)."""

_ENCRYPTED = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail with quotes and all, before masking."""

    text: str
    parts: tuple[Part, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]


def read(leaves: Sequence[Leaf], limits: Limits, html_to_text: Callable[[str], str]) -> Body:
    """`html_to_text` turns an HTML part into text; it is called for the parts that are needed only."""
    defects: list[str] = []
    parts: list[Part] = []
    attachments: list[Attachment] = []
    budget = _TEXT_BUDGET * limits.max_text
    for leaf in leaves:
        text, files = _text(leaf, min(limits.max_text, max(0, budget)), defects)
        budget -= len(text)
        parts.append(_part(leaf, text))
        attachments += uuencoded(files)
        if leaf.content_type in _ENCRYPTED:
            defects.append("the mail is encrypted or signed as a whole; its text cannot be read")
    if short := sum(1 for leaf in leaves if told_size(leaf.fields, "")):
        defects.append(f"the mail is large: {short} of its parts were not fetched, or only their beginning")
    body = _body_leaves(leaves)
    text = _choose([(leaf, parts[index].text) for index, leaf in enumerate(leaves) if index in body], html_to_text)
    others = [leaf for index, leaf in enumerate(leaves) if index not in body]
    described, more = describe(others)
    if len(text) > limits.max_text:
        text = text[: limits.max_text]
        defects.append(f"the text is longer than {limits.max_text} characters and was cut")
    return Body(charsets.clean_text(text), tuple(parts), (*described, *attachments), tuple(dict.fromkeys(defects + more)))


def _part(leaf: Leaf, text: str) -> Part:
    return Part(
        content_type=leaf.content_type,
        path=leaf.path or "1",
        disposition=leaf.disposition,
        filename=leaf.filename,
        size=size_of(leaf),
        text=text,
        parameters=tuple(leaf.parameters.items()),
        depth=leaf.depth,
    )


def _text(leaf: Leaf, limit: int, defects: list[str]) -> tuple[str, list[transfer.Uuencoded]]:
    """The decoded text of a text or message part, at most `limit` characters, without the uuencoded files in it."""
    if not leaf.content_type.startswith(("text/", "message/")):
        return "", []
    # Four bytes a character are enough in every charset, and base64 takes a third more.
    room = 6 * limit
    data, defect = transfer.undo(leaf.body[:room], leaf.encoding)
    if defect:
        defects.append(defect)
    files: list[transfer.Uuencoded] = []
    if leaf.content_type == "text/plain":
        data, files = transfer.strip_uuencoded(data)
    charset = leaf.parameters.get("charset", "") or _charset_in_html(leaf, data)
    if charset and not data.isascii() and not charsets.codec_of(charset):
        defects.append(f"charset {charset[:40]!r} says nothing or is wrong; the text was guessed")
    text = charsets.clean_text(charsets.decode(data, charset))
    if leaf.content_type == "text/plain" and flowed.is_flowed(leaf.parameters):
        text = flowed.unflow(text, leaf.parameters)
    if len(text) > limit or len(leaf.body) > room:
        defects.append(f"a text part is longer than {limit} characters and was cut")
    return text[:limit], files


def _charset_in_html(leaf: Leaf, data: bytes) -> str:
    match = _META_CHARSET.search(data, 0, _META_WITHIN) if leaf.content_type == "text/html" else None
    return match[1].decode("ascii") if match else ""


def _body_leaves(leaves: Sequence[Leaf]) -> set[int]:
    """Indexes of the leaves that are body text."""
    texts = [index for index, leaf in enumerate(leaves) if leaf.content_type in ("text/plain", "text/html", "text/enriched")]
    body = {index for index in texts if not leaves[index].depth or not _is_attached(leaves[index])}
    if body:
        return body
    # Some clients give the body of the mail a file name; a mail with nothing else is read by it.
    return {index for index in texts if leaves[index].disposition != "attachment"}


def _is_attached(leaf: Leaf) -> bool:
    return leaf.disposition == "attachment" or bool(leaf.filename)


def _choose(texts: list[tuple[Leaf, str]], html_to_text: Callable[[str], str]) -> str:
    """text/plain preferred within each multipart/alternative; everything outside of one is joined in order."""
    pieces: list[str] = []
    done: set[int] = set()
    for leaf, text in texts:
        if leaf.alternative:
            if leaf.alternative not in done:
                done.add(leaf.alternative)
                pieces.append(_best([pair for pair in texts if pair[0].alternative == leaf.alternative], html_to_text))
        elif leaf.content_type == "text/html":
            converted = html_to_text(text)
            if not _repeats(converted, [other for other_leaf, other in texts if other_leaf.content_type == "text/plain"]):
                pieces.append(converted)
        else:
            pieces.append(text)
    return "\n".join(piece.strip("\n") for piece in pieces if piece.strip())


def _best(texts: list[tuple[Leaf, str]], html_to_text: Callable[[str], str]) -> str:
    plain = "\n".join(text for leaf, text in texts if leaf.content_type != "text/html" and text.strip())
    html = [text for leaf, text in texts if leaf.content_type == "text/html" and text.strip()]
    if not html or (plain.strip() and not _is_stub(plain)):
        return plain
    converted = "\n".join(html_to_text(text) for text in html)
    return converted if len(converted.strip()) > len(plain.strip()) else plain


def _is_stub(plain: str) -> bool:
    """ "Your mail client does not show HTML": a text part that only says that there is none."""
    return len(plain) <= _STUB_LENGTH and "html" in plain.lower()


def _repeats(converted: str, plain: list[str]) -> bool:
    """Some programs send both forms side by side instead of as alternatives."""
    start = "".join(converted.split())[:200]
    return bool(start) and any(start in "".join(text.split()) for text in plain)
