"""What is run by hand says what is wrong with its words, claims nothing that it did not look at, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main as bench
from bench.intake import Pings
from floods.__main__ import main as floods
from tests.eval.__main__ import main as evaluate
from tests.servers.ports import free_port

ENDED = """
import os, signal, sys, tempfile
from tests.servers.by_hand import end_whole
signal.signal(int(sys.argv[2]), signal.SIG_DFL)  # the tests themselves may run under nohup
end_whole()
with tempfile.TemporaryDirectory(dir=sys.argv[1]):
    os.kill(os.getpid(), int(sys.argv[2]))
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_who_is_ended_by_a_signal_takes_its_directory_away(tmp_path: Path, number: signal.Signals) -> None:
    ended = subprocess.run([sys.executable, "-c", ENDED, str(tmp_path), str(int(number))], timeout=30, check=False)
    assert (ended.returncode, list(tmp_path.iterdir())) == (128 + number, [])


def test_a_flood_that_there_is_not_is_no_flood_withstood() -> None:
    told = CliRunner().invoke(floods, ["header", "nonesuch"])
    assert told.exit_code == 2
    assert "no flood has 'nonesuch' in its name" in told.output
    assert "header bombs" in told.output


def test_a_part_of_the_benchmark_that_there_is_not_is_nothing_measured() -> None:
    told = CliRunner().invoke(bench, ["--only", "speed"])
    assert told.exit_code == 2
    assert "'speed' is not one of 'limits', 'intake'" in told.output


def test_a_directory_without_mails_is_nothing_understood(tmp_path: Path) -> None:
    told = CliRunner().invoke(evaluate, [str(tmp_path)])
    assert told.exit_code == 1
    assert "there is no mail (*.txt)" in told.output


def test_a_web_server_that_never_answers_has_no_lag_to_be_proud_of() -> None:
    pings = Pings(free_port())
    with pytest.raises(RuntimeError, match="not answered once"):
        pings.end()
