"""What every command prints with: a console for people, one JSON value a line for programs, sentences with a hint for errors.

What strangers wrote is only ever text here: no markup is interpreted, control characters do not reach the terminal. Colours go away by
themselves when the output is no terminal or NO_COLOR is set.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any, TextIO, cast

import click
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from triage.core.failures import TriageError
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles, Problem
from triage.core.wording.plain import plain, safe_json

NARROW = 80
"""Columns, where the output is no terminal: tables are made to be read there too."""
_SEVERITY_STYLES = {1: "bold red", 2: "yellow"}
_STATUS_STYLES = {"new": "cyan", "open": "bold", "closed": "dim"}

_TRAILING = re.compile(r" +(?=\n)")


class _Trimmed(io.TextIOBase):
    """Files and pipes get no blanks at the ends of lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class has a plain attribute
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        self._stream.write(_TRAILING.sub("", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON value a line, for programs.")


def console(*, stderr: bool = False) -> Console:
    """Made for each command, because tests and pipes swap the streams."""
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(file=stream, markup=False, emoji=False, highlight=False)
    return Console(file=cast(TextIO, _Trimmed(stream)), markup=False, emoji=False, highlight=False, width=NARROW)


def say(text: str = "") -> None:
    click.echo(text)


def print_json(value: Mapping[str, Any]) -> None:
    utf8 = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    click.echo(to_json_text(value, ascii_only=not utf8))


def to_json_text(value: Mapping[str, Any], *, indent: int | None = None, ascii_only: bool = False) -> str:
    return safe_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent, default=_to_json))


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told what is done and how much there is; the bar is drawn on a terminal only, and goes away at the end."""
    shown = console(stderr=True)
    with Progress(console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def tell_failure(failure: TriageError) -> None:
    """On standard error: the sentence and what to do about it; for broken files every problem."""
    if isinstance(failure, BrokenFiles):
        tell_problems(failure.problems)
        return
    click.echo(f"triage: {plain(failure.message)}", err=True)
    if failure.hint:
        click.echo(f"  hint: {plain(failure.hint)}", err=True)


def tell_problems(problems: Sequence[Problem]) -> None:
    if problems:
        shown = console(stderr=True)
        click.echo(format_problems(problems, colour=shown.color_system is not None and not shown.no_color), err=True)


def indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def severity_text(severity: int) -> Text:
    return Text(str(severity), style=_SEVERITY_STYLES.get(severity, ""))


def status_text(status: str) -> Text:
    return Text(status, style=_STATUS_STYLES.get(status, ""))


def table(*headings: str, stretch: str = "", wrap: Sequence[str] = (), right: Sequence[str] = ()) -> Table:
    """Plain columns. `stretch` is cut with a mark where there is no room for it, those of `wrap` go on in the next line."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    for heading in headings:
        made.add_column(
            heading,
            no_wrap=heading not in wrap,
            overflow="fold" if heading in wrap else "ellipsis",
            ratio=1 if heading == stretch else None,
            justify="right" if heading in right else "left",
        )
    made.expand = bool(stretch)
    return made


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no JSON for {type(value).__name__}")
