"""docs/install.md and the Dockerfile, which cannot be tried here: what they name is there, and what they show is accepted."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from tests.docs.generate import DOCS
from tests.docs.reading import chapters
from tests.style.source import ROOT
from triage import config as config_files
from triage.cli.program import COMMANDS, program
from triage.core.settings import Config

QUICK_STARTS = re.findall(r"^### ([^\n]+)\n.*?```toml\n(.*?)```", (DOCS / "install.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
INSTRUCTIONS = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()


def instructions(name: str) -> list[str]:
    return [line.partition(" ")[2] for line in INSTRUCTIONS if line.startswith(f"{name} ")]


def quick_start(text: str, directory: Path) -> Config:
    path = directory / "config.toml"
    path.write_text(text)
    config, warnings = config_files.load(path, secrets=False)
    assert warnings == ()
    return config


def test_there_is_a_quick_start_for_each_of_the_three() -> None:
    assert [name for name, _ in QUICK_STARTS] == ["Microsoft 365", "Google", "Dovecot and Postfix"]


@pytest.mark.parametrize(("name", "text"), QUICK_STARTS)
def test_each_quick_start_is_a_whole_configuration(name: str, text: str, tmp_path: Path) -> None:
    config = quick_start(text, tmp_path)
    assert config.instance.state_dir == Path("/var/lib/triage"), name
    assert config.instance.team_domains, name
    assert config.instance.trusted_authserv, name
    assert config.instance.team_address, name
    assert config.smtp.server.username == config.imap.server.username, name


def test_what_root_types_are_commands_of_the_program() -> None:
    """After `sudo`, its options and variables; read and not run, because it would change the host."""
    lines = [command.line for chapter in chapters() if chapter.page == "install.md" for command in chapter.commands]
    ours = [found[1] for line in lines if (found := re.match(r"sudo (?:-u triage |[A-Z_]+=\S+ )?triage (.+)", line))]
    assert len(ours) >= 4
    for words in map(shlex.split, ours):
        context = click.Context(program)
        found = program.get_command(context, words[0])
        assert found is not None, words
        assert found.make_context(words[0], words[1:], parent=context, obj=None) is not None


def test_the_image_runs_as_somebody_who_is_not_root() -> None:
    last = INSTRUCTIONS[max(number for number, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")) :]
    (user,) = (line.partition(" ")[2] for line in last if line.startswith("USER "))
    assert f"useradd --system --user-group --uid 850 --home-dir /var/lib/triage --shell /usr/sbin/nologin {user}" in "\n".join(last)


def test_the_image_starts_and_is_asked_for_its_health_by_commands_that_exist() -> None:
    started = json.loads(instructions("ENTRYPOINT")[0]) + json.loads(instructions("CMD")[0])
    asked = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    assert started == ["triage", "run"]
    assert asked == ["triage", "health"]
    assert {"run", "health"} <= set(COMMANDS)


def test_the_image_is_built_of_files_that_exist() -> None:
    copied = [words.split()[:-1] for words in instructions("COPY") if not words.startswith("--from")]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []


def test_neither_configuration_nor_state_is_in_the_image() -> None:
    assert not any("config.toml" in words.split()[0] or words.startswith(".") for words in instructions("COPY"))
    assert instructions("VOLUME") == ["/var/lib/triage"]
