"""Makes HTML from strangers safe for the standard parser, whose cost grows with the square of unclosed comments, tags and attributes.

Afterwards every tag is closed, short and has balanced quotes, nothing hides in comments or declarations, and no character reference is
longer than Python converts. It never interprets anything; `html_text` does. Each step is linear in the input.
"""

from __future__ import annotations

import re

MAX_TAG = 4096
"""A longer tag (an inlined image) keeps only its name."""

_MAX_QUOTED = 200
_MAX_UNBALANCED = 8
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:_-]{0,40})(?=[\s/>])")
_SPECIAL = re.compile(r"[>\"']")
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,}")
_RAW_TEXT = ("script", "style", "title", "template", "textarea", "noembed", "noframes", "xmp", "iframe", "plaintext")
_OPEN_RAW = re.compile(
    r"<(script|style|title|template|textarea|noembed|noframes|xmp|iframe|plaintext)(?=[\s/>])[^>]{0,4096}>", re.IGNORECASE
)


def defuse(html: str) -> str:
    """`html` without comments, declarations, scripts and styles, with harmless tags; a `<` that starts no tag is text."""
    text = _LONG_REFERENCE.sub("\ufffd", html.replace("\0", ""))
    text = _without(text, "<!--", "-->")
    text = _without(text, "<![", "]>")
    text = _without(_without(text, "<!", ">"), "<?", ">")
    return _tags(_without_raw_text(text))


def _without(text: str, opening: str, closing: str) -> str:
    """Drop what stands between the marks; an opening without a closing is dropped alone, so that the rest stays visible."""
    if opening not in text:
        return text
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0:
        kept.append(text[at:start])
        end = text.find(closing, start + len(opening))
        if end < 0:
            kept.append(text[start + len(opening) :].replace(opening, ""))
            return "".join(kept)
        at = end + len(closing)
    kept.append(text[at:])
    return "".join(kept)


def _without_raw_text(text: str) -> str:
    """Drop elements whose content is no text to read. One that is never closed loses its tag only."""
    low = text.lower()
    if len(low) != len(text):  # a few letters change their length
        low = "".join(c.lower() if c.isascii() else c for c in text)
    kept: list[str] = []
    unclosed: set[str] = set()
    at = 0
    for found in _OPEN_RAW.finditer(low):
        name = found[1]
        if found.start() < at:
            continue
        end = -1 if name in unclosed else low.find(f"</{name}", found.end())
        kept.append(text[at : found.start()])
        at = found.end()
        if end < 0:
            unclosed.add(name)
            continue
        at = low.find(">", end) + 1 or len(text)
    kept.append(text[at:])
    return "".join(kept)


def _tags(text: str) -> str:
    kept: list[str] = []
    at = unbalanced = 0
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        first = text.find(">", start)
        if first < 0:
            kept.append(text[start:].replace("<", "&lt;"))
            return "".join(kept)
        name = _TAG_NAME.match(text, start)
        if name is None:
            kept.append("&lt;")
            at = start + 1
            continue
        end = _end(text, name.end()) if unbalanced < _MAX_UNBALANCED else -1
        if end < 0:
            unbalanced += 1
            at = first + 1
        else:
            at = end + 1
        kept.append(_safe_tag(text, start, name, end))
    kept.append(text[at:])
    return "".join(kept)


def _safe_tag(text: str, start: int, name: re.Match[str], end: int) -> str:
    if text.startswith("</", start):
        return f"</{name[1]}>"
    if end < 0 or end - start > MAX_TAG:
        return f"<{name[1]}>"
    return text[start : end + 1]


def _end(text: str, at: int) -> int:
    """The `>` that closes the tag, outside of quotes; -1 when quotes are not balanced."""
    for _ in range(_MAX_QUOTED):
        found = _SPECIAL.search(text, at)
        if found is None:
            return -1
        if found[0] == ">":
            return found.start()
        if text[found.start() - 1] not in "= \t\r\n":  # an apostrophe inside an unquoted value
            at = found.end()
            continue
        at = text.find(found[0], found.end()) + 1
        if at == 0:
            return -1
    return -1
