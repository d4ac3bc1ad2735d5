"""What strangers wrote, made fit to be shown: without control characters, also not those that turn the direction of writing."""

from __future__ import annotations

import re

_LEFT_BY_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters above ASCII's first 32, separators of lines, and what turns the direction of writing."""


def plain(text: str) -> str:
    """One line without control characters, also not those that turn the direction of writing."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def plain_lines(text: str) -> list[str]:
    """Several lines, each without control characters."""
    return ["".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line.expandtabs(4)) for line in text.splitlines()]


def safe_json(text: str) -> str:
    """JSON that says the same, without what a terminal or a reader of lines would obey: json escapes the first 32 characters only."""
    return _LEFT_BY_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def counted(number: int, noun: str) -> str:
    """`1 mail`, `2 mails`, `10,000 mails`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
