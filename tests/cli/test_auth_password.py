"""`triage auth password`: the line it prints lets somebody sign in, and the password is in none of what it says."""

from __future__ import annotations

import tomllib

from tests.cli.conftest import Terminal
from triage.core.passwords import fits


def test_the_line_goes_into_config_toml(terminal: Terminal) -> None:
    told = terminal.run("auth", "password", "ana", "--from-stdin", input="correct horse\n")
    assert told.exit_code == 0, told.output
    assert fits("correct horse", tomllib.loads(told.output)["ana"])
    assert "correct horse" not in told.output


def test_it_is_asked_for_twice(terminal: Terminal) -> None:
    told = terminal.run("auth", "password", "ana", input="correct horse\ncorrect horse\n")
    assert told.exit_code == 0, told.output
    line = next(line for line in told.output.splitlines() if line.startswith("ana = "))
    assert fits("correct horse", tomllib.loads(line)["ana"])


def test_a_short_password_and_a_name_that_is_none_are_refused(terminal: Terminal) -> None:
    assert "at least 8 characters" in terminal.run("auth", "password", "ana", "--from-stdin", input="short\n").output
    assert terminal.run("auth", "password", "a:b", "--from-stdin", input="correct horse\n").exit_code == 2
