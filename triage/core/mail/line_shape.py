"""How a line of a mail looks once what cannot be seen is taken away. Used by everything that tells new text from quoted text.

Decides nothing about meaning. Texts are compared in this form and shown as they came.
"""

from __future__ import annotations

import re

LOOK_AT = 400
"""Only so much of a line is looked at: attributions, headers and markers are shorter."""

_UNSEEN: dict[int, str | None] = {
    ord(c): None for c in "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\xad"
}
_UNSEEN |= {ord(c): " " for c in "\xa0\u2007\u202f\u3000\t"}
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def lines_of(text: str) -> list[str]:
    """Lines without their ends; bare CR, form feeds and Unicode separators break lines too."""
    return _BREAKS.sub("\n", text).split("\n")


def plain(line: str) -> str:
    """Stripped, no-break spaces as spaces, without zero-width and direction marks, cut just beyond LOOK_AT: long lines stay long."""
    line = line[: LOOK_AT + 1]
    return (line if line.isascii() else line.translate(_UNSEEN)).strip()


def tidy(lines: list[str]) -> str:
    """Joined, stripped, runs of blank lines as one blank line."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip() if line.strip() else "")
    return "\n".join(kept).strip()
