"""Plain text as it goes out: clean lines of at most 76 columns.

Hard-wrapped rather than format=flowed (RFC 3676): flowed text depends on trailing spaces that list software, Outlook and copy-and-paste
lose, and a page is read on whatever is at hand. Never breaks a word, so a URL or a trace id stays whole on a line of its own. Called by
`compose`.
"""

from __future__ import annotations

import re
import textwrap

COLUMNS = 76
SIGNATURE = "-- "
"""The one line whose trailing space means something (RFC 3676 §4.3)."""

_LINE_END = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LEAD = re.compile(r"(?P<quote>(?:> ?)*)(?P<indent> *)(?P<bullet>(?:[-*•]|\d{1,3}[.)]) +)?")
_MAX_LEAD = 24


def clean_lines(text: str) -> list[str]:
    """Lines without ends, controls, tabs or lone surrogates; every kind of line end counts as one."""
    text = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text)).replace("\t", "    ")
    return _UNPRINTABLE.sub("", text).split("\n")


def wrap(text: str) -> str:
    """The text with `\\n` line ends, wrapped, without trailing space, ending in exactly one line end. Wrapping twice changes nothing."""
    lines: list[str] = []
    for line in clean_lines(text):
        lines.extend([SIGNATURE] if line == SIGNATURE else _wrap_line(line.rstrip()))
    return "\n".join(lines).strip("\n") + "\n"


def _wrap_line(line: str) -> list[str]:
    if len(line) <= COLUMNS:
        return [line]
    lead = _LEAD.match(line)
    first = lead.group() if lead is not None else ""
    if lead is None or len(first) > _MAX_LEAD:
        return textwrap.wrap(line, COLUMNS, break_long_words=False, break_on_hyphens=False)
    hanging = lead["quote"] + lead["indent"] + " " * len(lead["bullet"] or "")
    return textwrap.wrap(
        line[len(first) :],
        COLUMNS,
        initial_indent=first,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
