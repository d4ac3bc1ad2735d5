"""Message-IDs out of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4), as they are written in reality.

Decides what counts as one id: commas between ids, missing brackets, white space inside them, comments and garbage behind them are
tolerated. Ids keep their case and their angle brackets. Called by `parse` and `headers.glance`.
"""

from __future__ import annotations

import re

MAX_IDS = 100
_MAX_LENGTH = 998
_TOKEN = re.compile(r"<([^<>]*)(?:>|(?=<)|$)|([^\s<>,;\"()]+)")
_SPACE = re.compile(r"\s+")


def ids(value: str, limit: int = MAX_IDS) -> tuple[str, ...]:
    """Every id of a raw unfolded value, without repetition; beyond the limit the first and the newest are kept."""
    found: dict[str, None] = {}
    for bracketed, bare in _TOKEN.findall(value):
        body = _SPACE.sub("", bracketed) if bracketed else bare
        # Outside of brackets only a token with "@" is an id: the rest is prose (obsolete In-Reply-To) or garbage.
        if not body or (bare and not _looks_like_id(bare)) or len(body) > _MAX_LENGTH:
            continue
        found.setdefault(f"<{_printable(body)}>")
    every = tuple(found)
    return every if len(every) <= limit else every[:1] + every[len(every) - limit + 1 :]


def first_id(value: str) -> str:
    """The id of a Message-ID header, "" when there is none; one bare token without "@" is accepted as well."""
    found = ids(value, limit=1_000_000)
    if found:
        return found[0]
    words = value.strip().strip("<>").split()
    return f"<{_printable(words[0])}>" if len(words) == 1 and 0 < len(words[0]) <= _MAX_LENGTH else ""


def _looks_like_id(token: str) -> bool:
    return "@" in token.strip("@")


def _printable(body: str) -> str:
    return body if body.isascii() and body.isprintable() else "".join(char if " " < char <= "~" else "?" for char in body)
