"""docs/commands.md and the program say the same: every command and option is in both. tests/docs/test_commands.py types its examples."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from triage.cli.exits import Exit
from triage.cli.program import COMMANDS, program

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
EVERYWHERE = {"--config", "--json", "--watch", "--help", "--as", "--why"}
"""Explained once for all commands, or for all actions."""


CONTEXT = click.Context(program)


def command(name: str) -> click.Command:
    found = program.get_command(CONTEXT, name)
    assert found is not None
    return found


def chapter(name: str) -> str:
    text = PAGE.read_text("utf-8")
    assert f"\n## triage {name}\n" in text, f"docs/commands.md has no chapter on `triage {name}`"
    return text.partition(f"\n## triage {name}\n")[2].partition("\n## ")[0]


def options(one: click.Command) -> set[str]:
    return {name for parameter in one.params if isinstance(parameter, click.Option) for name in parameter.opts if name.startswith("--")}


def with_subcommands(one: click.Command) -> list[click.Command]:
    inner = one.commands.values() if isinstance(one, click.Group) else ()
    return [one, *(deeper for each in inner for deeper in with_subcommands(each))]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_chapter_of_its_command(name: str) -> None:
    missing = {option for one in with_subcommands(command(name)) for option in options(one)} - EVERYWHERE
    assert {option for option in missing if option not in chapter(name)} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_in_a_chapter_exists(name: str) -> None:
    known = {option for one in with_subcommands(command(name)) for option in options(one)} | EVERYWHERE
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", chapter(name))) <= known


def test_every_action_and_subcommand_is_in_its_chapter() -> None:
    for name in COMMANDS:
        one = command(name)
        for action in one.commands if isinstance(one, click.Group) else ():
            assert re.search(rf"`{action}[ `]|triage {name} (\S+ )?{action}\b", chapter(name)), f"triage {name} {action} is not documented"


def test_every_chapter_is_a_command() -> None:
    assert set(re.findall(r"^## triage (\S+)$", PAGE.read_text("utf-8"), re.MULTILINE)) == set(COMMANDS)


def test_every_exit_code_is_explained() -> None:
    text = PAGE.read_text("utf-8")
    assert all(f"\n| {code.value} | " in text for code in Exit)
