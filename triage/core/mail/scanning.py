"""Fast search for the places where something might begin, so that exact patterns run there and nowhere else.

RE2 finds the starts (linear, no lookaround) in a one-byte-per-character copy of the text, so its positions are character positions;
characters beyond Latin-1 are `?` there. The exact pattern then decides on the text itself. Called by the fact extractors and by masking;
it knows nothing of what they look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

MAX_STARTS = 3_000


@dataclass(frozen=True, slots=True)
class Starts:
    """A compiled start pattern (RE2's types are not exported) and its number among all of them."""

    pattern: Any
    number: int


_patterns: list[bytes] = []


def starts(pattern: str) -> Starts:
    """Compile a start pattern: case-insensitive, no lookaround. Called when a module is imported, never later."""
    _patterns.append(_latin(pattern))
    return Starts(compiled(pattern), len(_patterns) - 1)


def compiled(pattern: str) -> Any:
    return re2.compile(_latin(pattern), _options())


def any_of(patterns: list[str]) -> Any:
    """An RE2 set: `Match(text)` gives the numbers of all patterns that occur, in one pass; None when none does."""
    return _set([_latin(pattern) for pattern in patterns])


def present(flat: bytes) -> frozenset[int]:
    """The numbers of the start patterns that occur at all: most of them do not, and need not be searched for one by one."""
    return frozenset(_all_starts(len(_patterns)).Match(flat) or ())


@lru_cache(maxsize=1)
def _all_starts(count: int) -> Any:
    return _set(_patterns[:count])


def _set(patterns: list[bytes]) -> Any:
    together = re2.Set.SearchSet(_options())
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    return together


def _latin(pattern: str) -> bytes:
    return "".join(character if ord(character) < 256 else r"\?" for character in pattern).encode("latin-1")


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    options.max_mem = 64 << 20
    return options


def one_byte(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def scan(text: str, flat: bytes, where: Starts, exact: re.Pattern[str], limit: int = MAX_STARTS) -> Iterator[re.Match[str]]:
    """Matches of `exact` that begin at a start, left to right, not overlapping. After `limit` starts the rest of the text is not looked
    at."""
    end = 0
    for index, candidate in enumerate(where.pattern.finditer(flat)):
        if index >= limit:
            return
        at = candidate.start()
        found = exact.match(text, at) if at >= end else None
        if found and found.end() > at:
            end = found.end()
            yield found
