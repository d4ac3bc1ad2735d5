"""Fast search for the places where something might begin, so that exact patterns run there and nowhere else.

RE2 finds the starts (linear, no lookaround) in a one-byte-per-character copy of the text, so its positions are character positions;
characters beyond Latin-1 are `?` there. The exact pattern then decides on the text itself. Called by the fact extractors and by masking;
it knows nothing of what they look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2

MAX_STARTS = 3_000


def starts(pattern: str) -> Any:
    """Compile a start pattern: case-insensitive, no lookaround. RE2's pattern type is not exported."""
    pattern = "".join(character if ord(character) < 256 else r"\?" for character in pattern)
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    options.max_mem = 32 << 20
    return re2.compile(pattern.encode("latin-1"), options)


def one_byte(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def scan(text: str, flat: bytes, where: Any, exact: re.Pattern[str], limit: int = MAX_STARTS) -> Iterator[re.Match[str]]:
    """Matches of `exact` that begin at a start, left to right, not overlapping. After `limit` starts the rest of the text is not looked
    at."""
    end = 0
    for index, candidate in enumerate(where.finditer(flat)):
        if index >= limit:
            return
        at = candidate.start()
        found = exact.match(text, at) if at >= end else None
        if found and found.end() > at:
            end = found.end()
            yield found
