"""Telling: one line per happening, with the clock in front, for a terminal of 80 columns or for a pipe.

Decides how it looks: colours on a terminal, plain text in a pipe or with NO_COLOR, ASCII where there is nothing else. What strangers
wrote is printed as text, never as markup or control characters. Called by `story`, `stage`, `ending` and `staying`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from triage.core.cases.events import EventKind
from triage.core.oncall.page import Action
from triage.core.outcomes import Outcome
from triage.demo.cast import Person
from triage.demo.news import Arrival, Change, Happening, Notice, Ring, Trouble
from triage.demo.wording import arrival_words, change_words, consequence, name_of, notice_words, ring_words, when

PAUSE_S = 0.04
"""Between lines, and only on a terminal: enough to see the clock run."""
WIDEST, NARROWEST = 96, 50
_CLOCK, _WHO = 11, 10
_ASCII = str.maketrans({"“": '"', "”": '"', "→": ">", "│": "|", "–": "-", "…": ".", "’": "'"})


class Teller:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = not console.is_terminal or console.no_color or "NO_COLOR" in os.environ
        self._width = max(NARROWEST, min(console.width, WIDEST))
        self._unicode = console.encoding.lower().startswith("utf")
        self._told_at = ""
        self._shown_pages: set[str] = set()

    # --- the demo's own words ------------------------------------------------------------------------------------------

    def title(self, text: str) -> None:
        self.say(text, "bold")
        self.say()

    def say(self, text: str = "", style: str = "") -> None:
        for line in self._wrapped(text, self._width):
            self._print((line, style))

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Two columns: a name or a command, and what it is."""
        left = max(len(name) for name, _ in rows) + 2
        for name, meaning in rows:
            for index, line in enumerate(self._wrapped(meaning, self._width - left - 2)):
                self._print((f"  {name if index == 0 else '':<{left}}", "bold"), (line, ""))

    def table(self, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, wraps: str) -> None:
        """`wraps` names the column that gives way when there is no room."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="" if self._plain else "bold")
        for heading in headings:
            table.add_column(heading, no_wrap=heading != wraps)
        for row in rows:
            table.add_row(*(Text(self._printable(cell)) for cell in row))
        self._console.print(table, width=self._width)

    def deviation(self, text: str) -> None:
        self.say()
        self.say(f"THIS IS NOT WHAT MUST HAPPEN: {text}", "bold red")
        self.say("The demo stops here. Please report it, with the lines above.")

    # --- the story -----------------------------------------------------------------------------------------------------

    def happened(self, at: datetime, happenings: Sequence[Happening]) -> None:
        rings: dict[tuple[str, str], list[Ring]] = {}
        for happening in happenings:
            match happening:
                case Arrival():
                    self._arrival(at, happening)
                case Change():
                    self._change(at, happening)
                case Notice():
                    self._notice(at, happening)
                case Ring():
                    rings.setdefault((happening.person, happening.action), []).append(happening)
                case Trouble():
                    self._line(at, "trouble", happening.text, "red")
        for together in rings.values():
            self._rings(at, together)

    def command(self, at: datetime, person: Person, command: str) -> None:
        """What somebody of the cast types."""
        self._line(at, person.first_name, f"$ {command}", "green")

    def _arrival(self, at: datetime, arrival: Arrival) -> None:
        row = arrival.row
        who, words = arrival_words(arrival)
        self._line(at, who, words, "green" if row.outcome is Outcome.TEAM_REPLY else "cyan")
        if row.outcome is Outcome.CASE and "=?" in arrival.raw_subject:
            self._aside(f"(as it travels: {arrival.raw_subject[:32]}…)")
        if row.case_number is None:
            self._line(at, "triage", f"{row.outcome.value if row.outcome else 'undecided'}: {row.reason}", "yellow")

    def _change(self, at: datetime, change: Change) -> None:
        is_page = change.entry.event == EventKind.PAGE_CHANGED.value
        self._line(at, f"#{change.entry.case_number}", change_words(change), "magenta" if is_page else "yellow")
        if follows := consequence(change):
            self._aside(follows)

    def _notice(self, at: datetime, notice: Notice) -> None:
        words, shown = notice_words(notice.kind, notice.text)
        self._line(at, f"→ {name_of(notice.to)}", words, "blue")
        self._excerpt(shown)

    def _rings(self, at: datetime, rings: list[Ring]) -> None:
        """A page is shown whole the first time, and by its first line when the next person gets it."""
        words, lines = ring_words(rings)
        text = "\n".join(lines)
        is_new = rings[0].action == Action.TRIGGER.value and text not in self._shown_pages
        self._line(at, f"→ {name_of(rings[0].person)}", words if is_new else f"{words} {lines[0]}", "red")
        if is_new:
            self._excerpt(lines, "bold")
            self._shown_pages.add(text)

    def _line(self, at: datetime, who: str, text: str, style: str) -> None:
        """The clock when it has moved, who, what."""
        clock = when(at)
        shown, self._told_at = ("" if clock == self._told_at else clock), clock
        if shown:
            self._print()
        for index, part in enumerate(self._wrapped(text, self._width - _CLOCK - _WHO)):
            first = index == 0
            # A name that is too long for its column stands in a line of its own.
            if first and len(who) >= _WHO:
                self._print((f"{shown:<{_CLOCK}}", "dim"), (who, f"{style} bold"))
                shown, who = "", ""
            self._print((f"{shown if first else '':<{_CLOCK}}", "dim"), (f"{who if first else '':<{_WHO}}", f"{style} bold"), (part, ""))

    def _aside(self, text: str) -> None:
        for part in self._wrapped(text, self._width - _CLOCK - _WHO):
            self._print((" " * (_CLOCK + _WHO), ""), (part, "dim"))

    def _excerpt(self, lines: Sequence[str], style: str = "") -> None:
        """Words of a mail or a page, behind a bar."""
        for line in lines:
            for part in self._wrapped(line, self._width - _CLOCK - _WHO - 2, hanging=2 if line.startswith("- ") else 0):
                self._print((" " * (_CLOCK + _WHO), ""), ("│ ", "dim"), (part, style))

    # --- the terminal --------------------------------------------------------------------------------------------------

    def _wrapped(self, text: str, width: int, *, hanging: int = 0) -> list[str]:
        wrapped = Text(self._printable(text)).wrap(self._console, width - hanging, overflow="fold")
        return [(" " * hanging if index else "") + line.plain.rstrip() for index, line in enumerate(wrapped)] or [""]

    def _printable(self, text: str) -> str:
        safe = "".join(character if character.isprintable() else " " for character in text)
        return safe if self._unicode else safe.translate(_ASCII).encode("ascii", "replace").decode()

    def _print(self, *parts: tuple[str, str]) -> None:
        line = Text()
        for text, style in parts:
            line.append(self._printable(text), style="" if self._plain else style)
        line.rstrip()
        self._console.print(line, soft_wrap=True, highlight=False)
        if self._console.is_terminal:
            time.sleep(PAUSE_S)
