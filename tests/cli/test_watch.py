"""`--watch`: a list that stays up to date on a terminal, until Ctrl-C."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office

LONGEST_S = 60.0
LISTS = (("cases",), ("pages",), ("outbox",), ("incidents",), ("quarantine", "list"))


def _hear_ctrl_c() -> None:
    """Whoever starts the tests in the background has it ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Screen:
    """A real terminal with the program in it."""

    def __init__(self, terminal: Terminal, *arguments: str, **environment: str) -> None:
        master, slave = pty.openpty()
        self._master = master
        values = {**os.environ, "TERM": "xterm", "TRIAGE_CONFIG": str(terminal.config), "LINES": "24", "COLUMNS": "80", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "triage", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=values,
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str) -> str:
        """Reads until it stands there, since this was last asked."""
        ends_at = time.monotonic() + LONGEST_S
        while text not in self.seen:
            assert time.monotonic() < ends_at, self.seen
            if select.select([self._master], [], [], 1)[0]:
                self.seen += self._read()
        found, self.seen = self.seen, ""
        return found

    def _read(self) -> str:
        try:
            return os.read(self._master, 65536).decode()
        except OSError:  # the other end was closed
            return ""

    def interrupt(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(LONGEST_S)
        left = self.seen
        while select.select([self._master], [], [], 0)[0] and (text := self._read()):
            left += text
        return code, left

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def test_a_new_case_appears_without_the_screen_being_cleared(office: Office, terminal: Terminal, screens: list[Screen]) -> None:
    office.partner_writes("Transfers fail")
    screen = Screen(terminal, "cases", "--watch")
    screens.append(screen)
    assert "\x1b[?1049h" in screen.until("#1001")
    office.partner_writes("Payouts fail")
    again = screen.until("#1002")
    assert "\x1b[H" in again
    assert "\x1b[2J" not in again


def test_ctrl_c_ends_it_well_and_leaves_the_last_picture(office: Office, terminal: Terminal, screens: list[Screen]) -> None:
    office.partner_writes("Transfers fail")
    screen = Screen(terminal, "cases", "--watch")
    screens.append(screen)
    screen.until("#1001")
    code, left = screen.interrupt()
    assert code == 0
    assert "#1001" in left.partition("\x1b[?1049l")[2]
    assert "Aborted" not in left


def test_without_colours_there_are_none(office: Office, terminal: Terminal, screens: list[Screen]) -> None:
    office.partner_writes("URGENT transfers fail")
    office.outgoing()
    for environment, coloured in (({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        screen = Screen(terminal, "cases", "--watch", **environment)
        screens.append(screen)
        assert ("\x1b[1;31m" in screen.until("#1001") + screen.until("Ctrl-C ends")) is coloured


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_every_list_can_be_watched_on_a_terminal_only(terminal: Terminal, command: tuple[str, ...]) -> None:
    result = terminal.run(*command, "--watch")
    assert result.exit_code == 2
    assert "--watch needs a terminal" in result.stderr


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_it_does_not_go_with_json(terminal: Terminal, command: tuple[str, ...]) -> None:
    result = terminal.run(*command, "--watch", "--json")
    assert result.exit_code == 2
    assert "either --watch or --json" in result.stderr


def test_mistakes_in_files_have_no_colours_without_colours(office: Office, terminal: Terminal, screens: list[Screen]) -> None:
    (office.config.instance.rules_dir / "oncall.toml").write_text("nonsense")
    for environment, coloured in (({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        screen = Screen(terminal, "rules", "test", **environment)
        screens.append(screen)
        assert ("\x1b[" in screen.until("nonsense")) is coloured
