"""docs/rules.md followed to the letter by somebody new: every file and every command of the tutorial, in order, with what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import RULES, open_office
from tests.style.source import ROOT
from triage.adapters.rulefiles import load_rules
from triage.core.rules.bounds import bounds_of
from triage.daemon.wiring import contact_kinds

TEXT = (ROOT / "docs" / "rules.md").read_text("utf-8")
TUTORIAL = TEXT.partition("## Ten minutes to a tested rule")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```(sh|toml)\n(.*?)```", TUTORIAL, re.DOTALL)
SHOWN = re.findall(r"```\n(.*?)```", re.sub(r"```(?:sh|toml)\n.*?```", "", TUTORIAL, flags=re.DOTALL), re.DOTALL)
"""What the program says, word for word but for the time it takes."""
COOKBOOK = re.findall(r"```toml\n(.*?)```", TEXT.partition("## Cookbook")[2], re.DOTALL)
FAILS_ON_PURPOSE = 1
"""The first run of the tests, which the tutorial says fails."""
NEEDS_A_DAEMON = {"triage rules backtest --rules proposed", "triage rules status"}


def follow(directory: Path, run: Callable[[str], int]) -> dict[str, int]:
    """Each line of the tutorial, in order, with the worst exit code it had; `run` answers with the exit code."""
    codes: dict[str, int] = {}
    for kind, text in BLOCKS:
        if kind == "toml":
            (directory / "proposed" / "60-refunds.toml").write_text(text)
            continue
        for line in text.strip().splitlines():
            codes[line] = max(codes.get(line, 0), run(line))
    return codes


def save_a_mail(directory: Path, at: datetime) -> None:
    (directory / "saved-mails").mkdir()
    head = f"From: ops@acme.example\nSubject: Refunds fail for two customers\nDate: {format_datetime(at)}\n"
    (directory / "saved-mails" / "1.eml").write_text(f"{head}\nSince noon.\n")


def test_beside_a_running_office_every_step_says_what_the_tutorial_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.chdir(tmp_path)
    with open_office(tmp_path, rule_tests=True) as office:
        office.start()
        office.partner_writes("Refunds fail for two customers")
        terminal = Terminal(write_config(office), office.clock)
        save_a_mail(tmp_path, datetime(2026, 11, 22, 23, 30, tzinfo=UTC))

        def run(line: str) -> int:
            command, _, target = line.partition(" > ")
            if not command.startswith("triage "):
                return subprocess.run(line, shell=True, cwd=tmp_path, check=True).returncode
            result = terminal.run(*shlex.split(command)[1:])
            told.append(result.stdout)
            if target:
                (tmp_path / target).write_text(result.stdout)
            return result.exit_code

        codes = follow(tmp_path, run)
    assert sum(codes.values()) == FAILS_ON_PURPOSE
    everything = [re.sub(r"in \d+\.\d\d s", "in 0.61 s", text) for text in told]
    assert [text for text in SHOWN if text not in everything] == []
    assert (tmp_path / "rules" / "60-refunds.toml").exists()


def test_a_newcomer_needs_nothing_but_a_copy_of_the_rules(tmp_path: Path) -> None:
    """In a shell, without config.toml and server; only the two steps that read what a daemon has kept end with 2."""
    shutil.copytree(RULES, tmp_path / "rules")
    save_a_mail(tmp_path, datetime.now(UTC) - timedelta(days=1))
    environment = {name: value for name, value in os.environ.items() if name != "TRIAGE_CONFIG"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"

    def run(line: str) -> int:
        return subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, timeout=60).returncode

    codes = follow(tmp_path, run)
    assert {line for line, code in codes.items() if code == 2} == NEEDS_A_DAEMON
    assert sum(code == 1 for code in codes.values()) == FAILS_ON_PURPOSE


@pytest.mark.parametrize("text", COOKBOOK)
def test_every_recipe_is_a_good_rule_beside_the_shipped_ones(text: str, tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        shutil.rmtree(tmp_path / "rules")
        shutil.copytree(RULES, tmp_path / "rules")
        (tmp_path / "rules" / "60-recipe.toml").write_text(text.replace("@wise.com", "@wise.example"))
        loaded = load_rules(tmp_path / "rules", office.clock.now(), contact_kinds(), bounds_of(office.config))
    assert loaded.ruleset.rules[-1].file == "60-recipe.toml"
