"""Where on the page a value stands: its line, the lines above it, the column of the table it is in. Read by the fact extractors only.

It never decides what a value means. Tables are what HTML tables become in text (`a | b`), tab-separated pastes and CSV.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from triage.core.mail.scanning import MAX_STARTS, Starts, one_byte, present, scan

_RULER = re.compile(r"[\s|+=:-]+")
_VALUE_LIKE = re.compile(r"\d{3}|[0-9a-fA-F]{8}-|https?://|[{}]")
_MAX_ROWS = 5_000


# Mail clients write spaces of many widths; each becomes one plain space, so that places in the text stay the same.
_SPACES = {ord(space): " " for space in "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"}
_WRAP_WIDTHS = (30, 80)
_SHORTEST_WRAP = 70
_OWN_LINE = re.compile(
    r"\s|[-*•–>|{}\[\]\"'<$#@+]|\d{1,2}[.)]\s|[\w-]+\s?[:=|](?:\s|$)|at \w+\.|File |curl\b|\d{4}-\d\d-\d\d"
    r"|HTTP/|\[?\d\d:\d\d:\d\d"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One body cell of a table: `header` is the text of the cell that heads its column."""

    header: str
    start: int
    end: int


class Page:
    """A text with its line starts and table cells, computed once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(_read_tables(self.text, self.line_starts))

    @cached_property
    def _cell_starts(self) -> list[int]:
        return [cell.start for cell in self.cells]

    @cached_property
    def flat(self) -> bytes:
        return one_byte(self.text)

    @cached_property
    def _present(self) -> frozenset[int]:
        return present(self.flat)

    def scan(self, where: Starts, exact: re.Pattern[str], limit: int = MAX_STARTS) -> Iterator[re.Match[str]]:
        if where.number not in self._present:
            return iter(())
        return scan(self.text, self.flat, where, exact, limit)

    def line_number(self, at: int) -> int:
        return bisect_right(self.line_starts, at) - 1

    def line(self, number: int) -> str:
        """Without its line end; empty beyond the text."""
        if not 0 <= number < len(self.line_starts):
            return ""
        end = self.line_starts[number + 1] - 1 if number + 1 < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[number] : end].rstrip("\r")

    def before(self, at: int, width: int = 80) -> str:
        """What stands left of `at` on its line, at most `width` characters."""
        return self.text[max(self.line_starts[self.line_number(at)], at - width) : at]

    def after(self, at: int, width: int = 80) -> str:
        return self.text[at : at + width].split("\n", 1)[0]

    def header(self, at: int) -> str:
        """The column header above `at`; empty when it is in no table."""
        index = bisect_right(self._cell_starts, at) - 1
        if index >= 0 and self.cells[index].start <= at < self.cells[index].end:
            return self.cells[index].header
        return ""

    def line_above(self, number: int) -> int:
        """The nearest line above that is not blank, at most two away; -1 when there is none."""
        for candidate in range(number - 1, max(number - 4, -1), -1):
            if self.line(candidate).strip(" \t>|*"):
                return candidate
        return -1


@lru_cache(maxsize=4)
def smoothed(text: str) -> str:
    """The text with plain spaces, and with a space where a mail client broke a long line of prose; every character keeps its place."""
    lines = text.translate(_SPACES).split("\n")
    pieces = [lines[0]]
    for line, following in pairwise(lines):
        pieces += (" " if _is_wrapped(line, following) else "\n", following)
    return "".join(pieces)


def _is_wrapped(line: str, following: str) -> bool:
    """The next word did not fit (RFC 5322 section 2.1.1 advises 78), and neither line is code, a list item or a header."""
    if not _WRAP_WIDTHS[0] <= len(line) <= _WRAP_WIDTHS[1] or not following or line.endswith(("\\", "{", "[", "|", ";", ":", "\r")):
        return False
    word = following.split(" ", 1)[0]
    return len(line) + 1 + len(word) > _SHORTEST_WRAP and not _OWN_LINE.match(line) and not _OWN_LINE.match(following)


def _read_tables(text: str, line_starts: list[int]) -> list[Cell]:
    cells: list[Cell] = []
    headers: list[str] = []
    separator = ""
    for row, start in enumerate(line_starts[:_MAX_ROWS]):
        end = line_starts[row + 1] - 1 if row + 1 < len(line_starts) else len(text)
        line = text[start:end]
        found = _separator(line)
        if not line.strip() or (found and _RULER.fullmatch(line)):
            continue
        spans = _split(line, start, found) if found else []
        if headers and found == separator and len(spans) == len(headers):
            cells += [Cell(header, *span) for header, span in zip(headers, spans, strict=True)]
            continue
        names = [text[a:b].strip(" *\"'`") for a, b in spans]
        is_header = len(names) > 1 and all(len(name) <= 40 and not _VALUE_LIKE.search(name) for name in names)
        headers, separator = (names, found) if is_header else ([], "")
    return cells


def _separator(line: str) -> str:
    if "|" in line:
        return "|"
    if "\t" in line.strip():
        return "\t"
    return next((mark for mark in ";," if line.count(mark) >= 2), "")


def _split(line: str, offset: int, separator: str) -> list[tuple[int, int]]:
    """Cell spans; the empty cells outside the outer bars of `| a | b |` are dropped."""
    spans = []
    at = 0
    for piece in line.split(separator):
        spans.append((offset + at, offset + at + len(piece)))
        at += len(piece) + 1
    if separator == "|":
        if len(spans) > 1 and not line.split("|", 1)[0].strip():
            spans = spans[1:]
        if len(spans) > 1 and not line.rsplit("|", 1)[1].strip():
            spans = spans[:-1]
    return spans
