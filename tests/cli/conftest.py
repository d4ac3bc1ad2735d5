"""The command line beside a running office: the real program on the real store, at the office's time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from tests.scenarios.office import Office, open_office
from triage.adapters.clock import SystemEntropy
from triage.cli.json_schema import schema_of
from triage.cli.json_shapes import SHAPES
from triage.cli.program import program
from triage.cli.session import Session
from triage.core.settings import Config
from triage.demo.clock import PushedClock


def config_text(config: Config, password: str = "secret") -> str:
    """The office's configuration as its config.toml."""
    instance, imap, smtp = config.instance, config.imap, config.smtp
    return f"""
[instance]
name = "{instance.name}"
address = "{instance.address}"
team_domains = ["wise.example"]
trusted_authserv = ["mx.wise.example"]
team_address = "{instance.team_address}"
state_dir = "{instance.state_dir}"
rules_dir = "{instance.rules_dir}"

[imap]
host = "{imap.server.host}"
port = {imap.server.port}
security = "none"
username = "{imap.server.username}"
password = "{password}"
idle = false
poll_every = "1h"

[smtp]
host = "{smtp.server.host}"
port = {smtp.server.port}
security = "none"
"""


def check_lines(arguments: Sequence[str], printed: str) -> None:
    """Whatever a test has printed as JSON is what docs/json.md says."""
    words = [word for word in arguments if not word.startswith("-")]
    if words[0] == "case" and len(words) > 2:
        words = ["case", "ACTION"]
    name = next(" ".join(words[:length]) for length in (3, 2, 1) if " ".join(words[:length]) in SHAPES)
    for line in printed.splitlines():
        jsonschema.validate(json.loads(line), schema_of(name), format_checker=jsonschema.FormatChecker())


@dataclass
class Terminal:
    """Somebody at a shell. `run` returns what the program printed and its exit code."""

    config: Path
    clock: PushedClock

    def run(self, *arguments: str, config: Path | None = None, **options: Any) -> Result:
        environment = {"TRIAGE_CONFIG": str(config or self.config), "COLUMNS": "80", "USER": "ana", "LOGNAME": "ana"}
        session = Session(self.clock, SystemEntropy())
        result = CliRunner(env=environment).invoke(program, list(arguments), obj=session, prog_name="triage", **options)
        if "--json" in arguments:
            check_lines(arguments, result.stdout)
        return result

    def ok(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def lines(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]


def write_config(office: Office, password: str = "secret") -> Path:
    path = office.config.instance.state_dir.parent / "config.toml"
    path.write_text(config_text(office.config, password))
    path.chmod(0o600)
    return path


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, rule_tests=True) as running:
        running.start()
        yield running


@pytest.fixture
def terminal(office: Office) -> Terminal:
    return Terminal(write_config(office), office.clock)
