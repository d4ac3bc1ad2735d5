"""`triage demo`, as a newcomer runs it."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.demo.process import Finished, run_demo, stop_demo
from triage.demo import world
from triage.demo.story import run
from triage.shipped import rules_dir

FACTS = [
    "Priya     writes “Transfers fail with 503”",
    "#1001     a new case for Acme Payments, Severity 3",
    "→ Priya   a receipt; it asks only for what the mail lacks:",
    "- the user or profile ids concerned",
    "Ana       replies",
    "now pending, closes Thu 10:05 unless the partner answers",
    "Sam       answers",
    "the reply window is cancelled",
    "a mail that says it is from ana@wise.example",
    "nothing on the case changes",
    "now pending, closes Thu 14:00 unless the partner answers",
    "sends automatically “Out of office",
    "automatic mail is recorded and changes nothing",
    "Olga      writes “URGENT – no payouts since 02:05”",
    "=?utf-8?b?",
    "#1002     a new case for Globex, Severity 1",
    "→ Ana     page, by phone and mail:",
    "Acknowledge: triage ack 1002",
    "Tue 02:18  #1002     page: nobody acknowledged in time; the next level is paged",
    "→ Bo      page, by phone and mail",
    "Bo        $ triage ack 1002",
    "taken by bo",
    "Bo        replies",
    "Ana sets Severity 2",
    "Wed 14:00  #1001",
    "→ Priya   a reminder",
    "Thu 14:00  #1001     the partner did not answer within the reply window",
    "→ Priya   the closing notice",
    "we have not heard from you for 72 hours",
    "the partner answered a closed case",
    "→ Priya   a notice: the case is open again",
    "#1001  3    open     Acme Payments",
    "#1002  2    pending  Globex",
    "triage demo --stay",
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    yield run_demo(tmp_path_factory.mktemp("demo"))


def test_it_ends_with_0_and_says_nothing_on_standard_error(told: Finished) -> None:
    assert (told.status, told.errors) == (0, "")


def test_it_tells_the_facts_in_their_order(told: Finished) -> None:
    rest = told.output
    for fact in FACTS:
        before, found, rest = rest.partition(fact)
        assert found, f"{fact!r} is not told after what came before it; the rest is:\n{before}"


def test_a_pipe_gets_plain_text_of_80_columns(told: Finished) -> None:
    assert "\x1b" not in told.output
    assert [line for line in told.output.splitlines() if len(line) > 80] == []


def test_nothing_is_left_of_it(told: Finished) -> None:
    assert told.leftovers == []


def test_it_takes_less_than_ten_seconds_of_story(told: Finished) -> None:
    seconds = float(told.output.partition("hours in ")[2].partition(" seconds")[0])
    assert seconds < 10


def test_a_terminal_without_unicode_gets_ascii(tmp_path: Path) -> None:
    told = run_demo(tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (told.status, told.errors) == (0, "")
    assert "> Priya   a receipt" in told.output


def test_stopped_in_the_middle_it_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    told = stop_demo(tmp_path, after="Transfers fail")
    assert told.status == 130
    assert "Interrupted" in told.output
    assert told.leftovers == []


def test_no_thread_is_left_of_it() -> None:
    before = threading.enumerate()
    assert run(False, Console(file=io.StringIO())) == 0
    assert [thread for thread in threading.enumerate() if thread not in before] == []


def test_it_says_so_and_ends_with_1_when_the_program_does_not_do_what_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the emergency rule nobody is paged."""
    shutil.copytree(rules_dir(), tmp_path / "rules")
    (tmp_path / "rules" / "10-emergency.toml").unlink()
    monkeypatch.setattr(world, "rules_dir", lambda: tmp_path / "rules")
    output = io.StringIO()
    assert run(False, Console(file=output)) == 1
    assert "THIS IS NOT WHAT MUST HAPPEN: missing: “severity-1 to olga@globex.example”" in output.getvalue()
