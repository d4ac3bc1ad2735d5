"""`triage health`: the last self-audit, and whether there was one lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office, open_office
from triage.core.audit import Check, Finding, follow_up
from triage.core.problems import Weight
from triage.workers.audit import keep


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose daemon looks after itself."""
    with open_office(tmp_path) as running:
        running.audited = True
        running.start()
        yield running


def test_before_the_first_look(terminal: Terminal) -> None:
    result = terminal.run("health")
    assert result.exit_code == 1
    assert "there was no self-audit yet" in result.output


def test_a_daemon_that_does_its_work(office: Office, terminal: Terminal) -> None:
    office.wait(minutes=1)
    told = terminal.ok("health")
    assert told.startswith("ok      passed")
    assert "warning contacts: ana: one contact method only" in told


def test_a_daemon_that_is_silent(office: Office, terminal: Terminal) -> None:
    office.wait(minutes=1)
    office.stop()
    office.clock.push(timedelta(minutes=4))
    result = terminal.run("health")
    assert result.exit_code == 1
    assert "SILENT  the last self-audit was 4 min ago: is the daemon running?" in result.output


def test_a_look_that_failed(office: Office, terminal: Terminal) -> None:
    office.stop()
    with office.store() as store, store.write():
        keep(store, follow_up(None, (Finding(Check.DISK, Weight.ERROR, "5 MB are free"),), office.clock.now()))
    result = terminal.run("health")
    assert result.exit_code == 1
    assert "FAILED  disk: 5 MB are free (since Mon 23 Nov 09:0" in result.output


def test_as_json(office: Office, terminal: Terminal) -> None:
    office.wait(minutes=1)
    (value,) = terminal.lines("health")
    assert (value["healthy"], value["recent"], value["passed"]) == (True, True, True)
    assert {"check", "weight", "text", "since", "looks", "told"} == set(value["findings"][0])
