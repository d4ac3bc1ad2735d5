"""Chaos treats a process that has ended as systemd does under the shipped unit, and counts each exit for what it is."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from chaos.nemesis import Diary
from chaos.reconcile import Findings
from chaos.run import judge
from chaos.service import GIVES_UP, NothingRunsError, Service
from tests.servers.processes import tree
from tests.servers.waiting import comes_true

UNIT = Path(__file__).parents[2] / "triage" / "cli" / "units" / "triage.service"
ENDS_WITHIN_S = 30.0


@pytest.mark.parametrize(
    ("code", "line"),
    [(2, "given up for good"), (0, "given up for good"), (70, "ended by a mistake of its own"), (1, "ended by a mistake of its own")],
)
def test_an_exit_that_should_not_be_breaks_the_run(code: int, line: str) -> None:
    findings = Findings()
    judge(Diary(), [75, code], findings)
    assert findings.broken == [f"{line}: 1, such as exit code {code}"]


def test_a_trouble_that_was_not_got_over_breaks_the_run() -> None:
    findings = Findings()
    judge(Diary(never_recovered=["disk full"]), [], findings)
    assert findings.broken == ["troubles not got over: 1, such as disk full"]


def test_an_exit_that_asks_for_another_start_is_none() -> None:
    findings = Findings()
    judge(Diary(), [75, 75], findings)
    assert not findings.broken


def test_a_service_that_a_person_must_mend_is_not_started_again(tmp_path: Path) -> None:
    service = Service(tmp_path / "config.toml", tmp_path / "log")
    service.start()
    assert comes_true(lambda: service.has_given_up, ENDS_WITHIN_S)
    assert [service.keep_up(), service.keep_up()] == [False, False]
    assert (service.starts, service.exits) == (1, [2])
    service.close()


def test_a_service_that_died_is_started_again(tmp_path: Path) -> None:
    before = set(tree(os.getpid()))
    service = Service(tmp_path / "config.toml", tmp_path / "log")
    service.start()
    (started,) = set(tree(os.getpid())) - before
    os.kill(started, signal.SIGKILL)
    assert comes_true(service.keep_up, ENDS_WITHIN_S)
    assert (service.starts, service.exits) == (2, [-signal.SIGKILL])
    service.close()


def test_the_kill_of_the_run_itself_is_no_exit(tmp_path: Path) -> None:
    service = Service(tmp_path / "config.toml", tmp_path / "log")
    service.start()
    assert service.kill()
    assert service.keep_up()
    assert (service.starts, service.exits) == (2, [])
    service.close()


def test_descriptors_are_not_taken_from_a_service_that_has_ended(tmp_path: Path) -> None:
    service = Service(tmp_path / "config.toml", tmp_path / "log")
    service.start()
    service.kill()
    with pytest.raises(NothingRunsError):
        service.starve(0)
    service.close()


def test_the_shipped_unit_gives_up_after_the_same_exits() -> None:
    lines = UNIT.read_text().splitlines()
    assert "Restart=on-failure" in lines  # so 0 is the end
    prevented = {int(code) for line in lines if line.startswith("RestartPreventExitStatus=") for code in line.partition("=")[2].split()}
    assert prevented | {0} == GIVES_UP
