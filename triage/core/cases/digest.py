"""Digest: what the team is told in the morning, as sections of plain text. Decides how it reads; what belongs in it is workers/digest.py's.

Pure. Texts of strangers are single lines without controls here, and cut to their column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from triage.core.columns import Column, lines_of

MOST_ROWS = 40
"""Of one table; the rest is a number."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `counted` is what the subject says of it ("3 cases wait for us"); empty: nothing."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    day: date
    zone: str
    sections: tuple[Section, ...]
    """Those with rows."""

    @property
    def is_quiet(self) -> bool:
        return not self.sections

    @property
    def subject(self) -> str:
        counted = [section.counted for section in self.sections if section.counted]
        return f"{self.day:%A %-d %B}: {', '.join(counted) or 'what happened over night'}"

    @property
    def text(self) -> str:
        """Ends with where to look further; of a quiet day it says that."""
        if self.is_quiet:
            return "Nothing waits for us, nothing ends today, and nothing happened over night.\n"
        blocks = [_block(section) for section in self.sections]
        return "\n\n".join((*blocks, f"Times are {self.zone}. See more with: triage case N, triage cases --due")) + "\n"


def make_digest(day: date, zone: str, sections: Sequence[Section]) -> Digest:
    return Digest(day, zone, tuple(section for section in sections if section.rows))


def one_line(text: str) -> str:
    """A stranger's words in a cell: no controls, no turned writing direction, no second line."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _block(section: Section) -> str:
    rows = [[one_line(cell) for cell in row] for row in section.rows]
    lines = lines_of(section.columns, rows[:MOST_ROWS])
    more = [f"and {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []
    return "\n".join((f"{section.title} ({len(rows)})", "", *lines, *more))
