"""Problems as plain text, the same for config.toml and for rule files: place, what, the line with a marker, allowed, hint.

Called by the CLI and by whoever mails or logs broken files. Never prints: it returns the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.core.excerpt import display_width, hide_addresses
from triage.core.problems import Problem, Weight

_BOLD, _RED, _YELLOW, _CYAN, _PLAIN = "\033[1m", "\033[31m", "\033[33m", "\033[36m", "\033[0m"


def format_problems(problems: Sequence[Problem], colour: bool = False) -> str:
    """All problems in file and line order, a blank line between two, no line end after the last; empty for none."""
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
    return "\n\n".join(_one(problem, colour) for problem in ordered)


def _one(problem: Problem, colour: bool) -> str:
    def paint(text: str, code: str) -> str:
        return f"{code}{text}{_PLAIN}" if colour else text

    warning = problem.weight is Weight.WARNING
    place = ":".join([_printable(problem.file), *(str(n) for n in (problem.line, problem.column) if n)])
    what = hide_addresses(_printable(" ".join(part for part in (problem.key, problem.message) if part)))
    lines = [f"{paint(place, _BOLD)}: {paint('warning: ', _YELLOW) if warning else ''}{what}"]
    if problem.source:
        line, marker = marked_line(problem)
        lines.append(f"    {line}")
        lines.append(f"    {marker[:-1]}{paint('^', _YELLOW if warning else _RED)}")
    for label, text in (("found", hide_addresses(problem.found)), ("allowed", problem.allowed), ("hint", problem.hint)):
        if text:
            lines.append(f"  {paint(label + ':', _CYAN)} {_printable(text)}")
    return "\n".join(lines)


def marked_line(problem: Problem) -> tuple[str, str]:
    """The line of the file, and one with `^` below its mark; tabs stay tabs so that it stands where the terminal puts the character."""
    source = _printable(problem.source)
    before = source[: problem.mark]
    return source, "".join("\t" if character == "\t" else " " * display_width(character) for character in before) + "^"


def _printable(text: str) -> str:
    """No control characters from a file, or from its name, reach a terminal."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
