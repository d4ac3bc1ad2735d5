"""`--watch`: a list drawn again every few seconds, until Ctrl-C, which is exit code 0.

Draws on the terminal's other screen, over what is there and not after clearing it, so that nothing flickers; the last picture stays in
the scrollback. Every picture is the command done anew: store, rules and clock are read again, and the width of the window counts.
"""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import wraps
from typing import Any

import click

from triage.cli.output import console, tell_failure
from triage.cli.session import Session
from triage.core.failures import TemporaryFailure

EVERY_S = 2.0
_OTHER_SCREEN, _BACK = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"
"""The other screen, no cursor, lines that are cut instead of wrapped; and back."""
_TOP, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"

_watch_option = click.option("--watch", is_flag=True, help="Draw it again every two seconds, until Ctrl-C.")


class _Picture(io.StringIO):
    """What a command prints, as it would on the terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def watchable(command: Callable[..., None]) -> Callable[..., None]:
    """Below `pass_session`: gives a command that takes --json the option, and does it once or again and again."""

    @wraps(command)
    def run(session: Session, *, watch: bool, as_json: bool, **values: Any) -> None:
        def draw() -> None:
            command(session, as_json=as_json, **values)

        _watch(session, draw, as_json=as_json) if watch else draw()

    return _watch_option(run)


def _watch(session: Session, draw: Callable[[], None], *, as_json: bool) -> None:
    if as_json:
        raise click.UsageError("--watch is for people: either --watch or --json")
    if not console().is_terminal or console().is_dumb_terminal:
        raise click.UsageError("--watch needs a terminal; for programs there is --json")
    picture = ""
    sys.stdout.write(_OTHER_SCREEN)
    try:
        while True:
            picture = _picture(draw)
            _put(f"{_title(session)}\n\n{picture}")
            time.sleep(EVERY_S)
    except KeyboardInterrupt:
        pass
    finally:
        sys.stdout.write(_BACK)
        sys.stdout.flush()
    click.echo(picture, nl=False)


def _picture(draw: Callable[[], None]) -> str:
    """A store that is locked for a moment is part of the picture; a mistake in a file ends the watching."""
    made = _Picture()
    with redirect_stdout(made), redirect_stderr(made):
        try:
            draw()
        except TemporaryFailure as failure:
            tell_failure(failure)
        except SystemExit:
            pass
    return made.getvalue()


def _title(session: Session) -> str:
    command = click.get_current_context().command_path
    return f"{command} --watch   {session.clock.now():%H:%M:%S} UTC, every {EVERY_S:.0f} s, Ctrl-C ends"


def _put(text: str) -> None:
    lines, room = text.splitlines(), shutil.get_terminal_size().lines
    if len(lines) > room:
        lines = [*lines[: room - 1], f"... {len(lines) - room + 1} more lines; make the window higher, or use --limit"]
    sys.stdout.write(_TOP + "\n".join(line + _REST_OF_LINE for line in lines) + _REST_OF_SCREEN)
    sys.stdout.flush()
