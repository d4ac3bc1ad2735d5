"""Columns: a plain-text table of a fixed width, aligned also where characters are two columns wide (East Asian) or none (combining).

Decides widths and cuts what has no room; knows nothing of what the cells say. Called by the digest. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 76
"""Of the whole table: mails are wrapped there (core/mail/prose.py)."""
GAP = 2
LEAST = 8
"""What the stretched column always has."""
_CUT = "\u2026"


@dataclass(frozen=True, slots=True)
class Column:
    """`most` is how wide it may become; the one that stretches takes the room that is left."""

    heading: str
    most: int = 16
    stretches: bool = False


def lines_of(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int = WIDTH) -> list[str]:
    """The heading and the rows. Exactly one column stretches."""
    wanted = [max(width_of(cell) for cell in (column.heading, *(row[at] for row in rows))) for at, column in enumerate(columns)]
    fixed = sum(min(want, column.most) for want, column in zip(wanted, columns, strict=True) if not column.stretches)
    room = max(LEAST, width - fixed - GAP * (len(columns) - 1))
    widths = [min(want, room if column.stretches else column.most) for want, column in zip(wanted, columns, strict=True)]
    return [_line(cells, widths) for cells in ([column.heading for column in columns], *rows)]


def width_of(text: str) -> int:
    return sum(_width(character) for character in text)


def cut(text: str, width: int) -> str:
    """At most so many columns; what had no room is marked."""
    if width_of(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept += character
    return kept.rstrip() + _CUT


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [cut(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return (" " * GAP).join(cell + " " * (width - width_of(cell)) for cell, width in zip(shown, widths, strict=True)).rstrip()


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
