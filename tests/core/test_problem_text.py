"""How a problem is told."""

from __future__ import annotations

from triage.core.problem_text import format_problems
from triage.core.problems import Problem, Weight

PROBLEM = Problem(
    "config.toml",
    "is not a known key",
    12,
    3,
    "imap.prot",
    found="993 (a number)",
    allowed="port",
    hint='did you mean "port"?',
    source="\t prot = 993",
    mark=2,
)


def test_place_line_marker_found_allowed_hint() -> None:
    assert format_problems([PROBLEM]) == (
        "config.toml:12:3: imap.prot is not a known key\n"
        "    \t prot = 993\n"
        "    \t ^\n"
        "  found: 993 (a number)\n"
        "  allowed: port\n"
        '  hint: did you mean "port"?'
    )


def test_problems_come_in_file_and_line_order() -> None:
    told = format_problems([Problem("b", "x", 1), Problem("a", "x", 9), Problem("a", "x", 2)])
    assert told == "a:2: x\n\na:9: x\n\nb:1: x"


def test_a_warning_says_so() -> None:
    assert format_problems([Problem("a", "is odd", weight=Weight.WARNING)]) == "a: warning: is odd"


def test_colour_adds_only_escape_sequences() -> None:
    coloured = format_problems([PROBLEM], colour=True)
    assert coloured != format_problems([PROBLEM])
    for code in ("\033[1m", "\033[31m", "\033[36m", "\033[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == format_problems([PROBLEM])


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    assert "\033" not in format_problems([Problem("a", "x", 1, 1, source="\033[2J", found="\033]0;x\a")])
