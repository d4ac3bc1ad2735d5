"""Every command in README.md and docs/ is followed: typed on a machine that has what the page speaks of, and compared with what it shows.

Write `sh` above a block of commands, or `console` where the output is shown, too. What ends with another exit code than 0, needs
something first, or cannot be typed here at all stands in one of the tables below, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.docs.following import follow
from tests.docs.reading import Chapter, chapters, inline_commands, prints
from tests.docs.world import World, open_world
from tests.style.source import ROOT
from triage.cli.program import program

CHAPTERS = [chapter for chapter in chapters() if chapter.commands]

CANNOT_RUN = {
    "make": "sets up an environment of its own; .ci/run runs both",
    "systemctl": "there is no systemd in a test",
    "sudo": "changes the host; before `triage` it is left out, and the rest is typed",
    "docker": "there is no docker in a test",
    "ssh": "needs the other machine",
    "datasette": "is no part of triage",
}
"""First word -> why."""

RUN_BY = {
    "triage doctor": "tests/cli/test_doctor.py::test_a_good_set_up_is_exit_0",
    "triage doctor --fix": "tests/cli/test_doctor.py::test_files_that_everybody_can_read_are_closed",
    "triage run": "tests/cli/test_run.py::test_a_mail_becomes_a_case_and_a_signal_stops_it_cleanly",
    "triage install --user triage --write": "tests/cli/test_install.py::test_written_units_are_those_that_are_printed",
    "triage demo": "tests/demo/process.py::run_demo",
    "triage demo --stay": "tests/demo/process.py::staying",
    "triage drill": "tests/cli/test_drill.py::test_whoever_is_on_call_is_reached_and_the_matrix_says_when",
    "triage drill --person ana --wait 2m": "tests/cli/test_drill.py::test_one_person_who_does_not_answer_is_exit_code_1",
    "triage drill --chain --no-wait": "tests/cli/test_drill.py::test_the_chain_goes_up_the_policy_marked_test",
    "triage auth login": "tests/cli/test_auth.py::test_sign_in_then_status",
    "triage auth login --from-stdin": "tests/cli/test_auth.py::test_a_refresh_token_from_another_tool",
    "triage auth status": "tests/cli/test_auth.py::test_sign_in_then_status",
    "triage auth status --json": "tests/cli/test_auth.py::test_a_refresh_token_from_another_tool",
}
"""What needs a daemon, people or a provider beside it: the command, without redirections and files -> the test that types it (or what
the tests there share)."""

FOLLOWED_BY = {"rules.md: Ten minutes to a tested rule": "tests/docs/test_rules_tutorial.py"}
"""Chapter -> the test that follows the whole of it, mistakes on purpose included."""

SHOWN_BY = {"clocks.md: Check it by hand": "tests/cli/test_clock.py"}
"""Chapter with a command and its output that another test compares -> that test."""

ENDS_WITH: dict[str, int] = {
    # The rebuild reads the mail that the world has set aside, and lists the case that it opens.
    "triage rebuild --to rehearsal.sqlite3 --journal journal.jsonl --compare /var/lib/triage/triage.sqlite3": 1,
}
"""Command -> its exit code, where the page means it to fail."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as running:
        yield running


@pytest.mark.parametrize("chapter", [one for one in CHAPTERS if str(one) not in FOLLOWED_BY], ids=str)
def test_a_chapter_can_be_followed(chapter: Chapter, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = world.copied(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in chapter.commands:
        if command.words[0] in CANNOT_RUN or _bare(command.words) in RUN_BY:
            continue
        ended = follow(command.typed, copy)
        place = f"{chapter.page}:{command.number}: {command.line}"
        assert ended.code == ENDS_WITH.get(command.line, 0), f"{place}\n{ended.printed}{ended.told}"
        if command.shown is not None:
            assert prints(command.shown, ended.printed + ended.told), f"{place}\n{ended.printed}{ended.told}"


def _bare(words: list[str]) -> str:
    """`triage auth login --from-stdin` of `triage auth login --from-stdin < refresh-token`."""
    kept = " ".join(words).partition(" <")[0].partition(" >")[0].split()
    return " ".join(kept[: kept.index("--config")] if "--config" in kept else kept)


# --- the tables name what there is ---------------------------------------------------------------------------------------


def test_what_cannot_be_run_is_still_in_the_documents() -> None:
    typed = {command.words[0] for chapter in CHAPTERS for command in chapter.commands}
    assert set(CANNOT_RUN) - typed == set()


def test_commands_that_other_tests_run_are_in_the_documents_and_the_tests_are_there() -> None:
    typed = {_bare(command.words) for chapter in CHAPTERS for command in chapter.commands}
    assert set(RUN_BY) - typed == set()
    for command, test in RUN_BY.items():
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert f"def {name}(" in text, test
        assert [word for word in command.split()[1:] if f'"{word}"' not in text] == [], f"{file} does not type: {command}"


def test_chapters_of_the_tables_are_there() -> None:
    headings = {str(chapter) for chapter in CHAPTERS}
    assert set(FOLLOWED_BY) - headings == set()
    assert [test for test in (*FOLLOWED_BY.values(), *SHOWN_BY.values()) if not (ROOT / test).exists()] == []


def test_no_command_stands_in_a_block_that_nobody_follows() -> None:
    """Another fence than `sh`, `cron` or `console` would keep a command from being typed."""
    assert {str(chapter) for chapter in chapters() if chapter.unread} == set(SHOWN_BY)


def test_commands_that_end_otherwise_are_in_the_documents() -> None:
    assert set(ENDS_WITH) - {command.line for chapter in CHAPTERS for command in chapter.commands} == set()


# --- within the text -----------------------------------------------------------------------------------------------------

STANDS_FOR = {
    "COMMAND": "cases",
    "N": "1042",
    "M": "1040",
    "MESSAGE": "12",
    "FILE": "mail.eml",
    "NAME": "ana",
    "ADDRESS": "ana@acme.example",
}
"""What a reader puts in the place of a word in capitals."""


@pytest.mark.parametrize(("page", "line"), sorted(set(inline_commands())), ids=lambda value: str(value))
def test_a_command_in_the_text_is_one_that_the_program_understands(page: str, line: str) -> None:
    """Read, not run: names of subcommands and options exist. A group by itself (`triage rules`) is the name of its chapter."""
    words = [STANDS_FOR.get(word, word) for word in re.sub(r"[\[\]]| \.\.\.$", "", line).split()[1:]]
    _read(program, words)


def _read(command: click.Command, words: list[str]) -> None:
    """Raises UsageError for a word that does not exist; what is left out is not missed, as prose names commands without their arguments."""
    if isinstance(command, click.Group):
        words = words[sum(isinstance(parameter, click.Argument) for parameter in command.params) :]
    if not isinstance(command, click.Group) or not words or words[0].startswith("-"):
        known = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known
        return
    name, rest = words[0], words[1:]
    found = command.get_command(click.Context(command), name)
    assert found is not None, f"there is no {name}"
    _read(found, rest)


# --- the reading itself --------------------------------------------------------------------------------------------------


def test_output_is_compared_but_for_what_is_left_out() -> None:
    assert prints(("one", "…", "last 2…"), "one\ntwo\nthree\nlast 200 \n")
    assert prints(("one", "…"), "one\n")
    assert not prints(("one", "last"), "one\ntwo\nlast\n")
    assert not prints(("o…e", "two"), "one\nthree\n")
