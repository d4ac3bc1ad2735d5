"""Finding: what a check has found, and how it is told: one line, with what to do about it; or one JSON value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from rich.text import Text

from triage.cli.output import console, print_json, tell_problems
from triage.core.problems import Problem
from triage.core.wording.plain import plain

NAME_COLUMNS = 10


class Result(IntEnum):
    OK = 0
    WARNING = 1
    FAILED = 2


_STYLES = {Result.OK: "green", Result.WARNING: "yellow", Result.FAILED: "bold red"}


@dataclass(frozen=True, slots=True)
class Fix:
    """What can be mended without asking anybody: `act` may raise OSError. `done` says it, once it is done."""

    done: str
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_file`: about a file of the operator's, where FAILED means exit code 2. `problems` are its single mistakes."""

    name: str
    result: Result
    text: str
    hint: str = ""
    is_file: bool = False
    problems: tuple[Problem, ...] = ()
    fix: Fix | None = None


def tell(finding: Finding, *, as_json: bool, fixed: bool = False) -> None:
    """`fixed`: it was as the finding says, and is mended."""
    word = "fixed" if fixed else finding.result.name.lower()
    if as_json:
        problems = [{"file": p.file, "line": p.line, "key": p.key, "message": p.message} for p in finding.problems]
        print_json({"check": finding.name, "result": word, "text": finding.text, "hint": finding.hint, "problems": problems})
        return
    tell_problems(finding.problems)
    style = "green" if fixed else _STYLES[finding.result]
    label = "FAILED" if word == "failed" else word
    line = Text.assemble((f"{label:<8}", style), f"{finding.name:<{NAME_COLUMNS}}{plain(finding.text)}")
    out = console()
    out.print(line, soft_wrap=True)
    margin = " " * (8 + NAME_COLUMNS)
    if fixed and finding.fix is not None:
        out.print(Text(f"{margin}done: {plain(finding.fix.done)}", style="dim"), soft_wrap=True)
    elif finding.hint:
        out.print(Text(f"{margin}hint: {plain(finding.hint)}", style="dim"), soft_wrap=True)
