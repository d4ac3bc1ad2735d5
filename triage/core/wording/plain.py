"""What strangers wrote, made fit to be shown: without control characters, also not those that turn the direction of writing."""

from __future__ import annotations


def plain(text: str) -> str:
    """One line without control characters, also not those that turn the direction of writing."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def plain_lines(text: str) -> list[str]:
    """Several lines, each without control characters."""
    return ["".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line.expandtabs(4)) for line in text.splitlines()]


def counted(number: int, noun: str) -> str:
    """`1 mail`, `2 mails`, `10,000 mails`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
