"""The documents as a reader who types what they say: chapters, the commands in their blocks, the output shown below them.

A block is followed when it is fenced as `sh`, `cron` or `console`, or has no language and begins with `triage`. In `console` a line that
begins with `$ ` is a command and every other line is what it prints; `…` stands for anything within a line, and alone on a line for any
lines.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.style.source import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^(?P<margin> *)```(?P<language>[^\n`]*)$")
_LIKE_A_COMMAND = re.compile(r"(\$|(\S+ +){5}|sudo) *triage\b|\$ |triage (?!demo:)[a-z]+\b")
_SUDO = re.compile(r"^sudo (?:-u \S+ )?(?:[A-Z_]+=\S+ )*(?=triage )")
_INLINE = re.compile(r"(?<!`)`(triage [^`]+)`(?!`)")


@dataclass(frozen=True)
class Command:
    line: str
    number: int
    """Of its line on the page."""
    shown: tuple[str, ...] | None = None
    """What the page says that it prints; None where the page shows nothing."""

    @property
    def typed(self) -> str:
        """As whoever may do it types it: without `sudo` before `triage`, its options and variables."""
        return _SUDO.sub("", self.line)

    @property
    def words(self) -> list[str]:
        return shlex.split(self.typed, comments=True)


@dataclass
class Chapter:
    """From one `## heading` to the next: followed from its beginning, in a world of its own."""

    page: str
    heading: str
    commands: list[Command] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Lines of blocks that are not followed, and look like commands all the same."""

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def chapters() -> Iterator[Chapter]:
    for path in PAGES:
        yield from _chapters(path)


def inline_commands() -> Iterator[tuple[str, str]]:
    """`triage ...` within the text, with its page."""
    for path in PAGES:
        text = re.sub(r"^ *```.*?^ *```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        yield from ((path.name, " ".join(line.split())) for line in _INLINE.findall(text))


def _chapters(path: Path) -> Iterator[Chapter]:
    chapter = Chapter(path.name, "")
    fence: re.Match[str] | None = None
    block: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        found = _FENCE.match(line)
        if fence is None and line.startswith("## "):
            yield chapter
            chapter = Chapter(path.name, line.removeprefix("## "))
        elif fence is None and found is not None:
            fence, block = found, []
        elif fence is not None and found is not None and not found["language"]:
            commands = _commands(fence["language"], block)
            chapter.commands += commands
            chapter.unread += [line for _, line in block if _LIKE_A_COMMAND.match(line) and not commands]
            fence = None
        elif fence is not None:
            block.append((number, line.removeprefix(fence["margin"])))
    yield chapter


def _commands(language: str, block: list[tuple[int, str]]) -> list[Command]:
    if language == "console":
        return list(_with_output(block))
    if language == "cron":
        return [Command(line.split(maxsplit=5)[5].replace("\\%", "%"), number) for number, line in block if line]
    if language == "sh" or (language == "" and block and block[0][1].startswith("triage ")):
        return [Command(line, number) for number, line in _whole_lines(block) if shlex.split(line, comments=True)]
    return []


def _whole_lines(block: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines that end with a backslash go on; so does a here-document, to its last line."""
    rest = iter(block)
    for number, line in rest:
        whole = line
        while whole.endswith("\\"):
            whole = whole.removesuffix("\\") + next(rest)[1].lstrip()
        here = re.search(r"<<-?\s*['\"]?(\w+)", whole)
        while here is not None and whole.rpartition("\n")[2] != here[1]:
            whole += "\n" + next(rest)[1]
        yield number, whole


def _with_output(block: list[tuple[int, str]]) -> Iterator[Command]:
    at, command, shown = 0, "", list[str]()
    for number, line in [*block, (0, "$ ")]:
        if not line.startswith("$ ") and line != "$":
            shown.append(line)
            continue
        if command:
            yield Command(command, at, tuple(shown) if any(each.strip() for each in shown) else None)
        at, command, shown = number, line.removeprefix("$ "), []


def prints(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the output is what the page shows, but for white space at the ends of lines and what `…` stands for."""
    lines = (line.rstrip() for line in "\n".join(shown).strip("\n").splitlines())
    anything = r"(?:[^\n]*\n)*"
    pattern = "".join(anything if line.strip() == "…" else re.escape(line).replace("…", r"[^\n]*") + r"\n" for line in lines)
    said = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, said) is not None
