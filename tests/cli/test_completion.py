"""`triage completion` and `triage man`: what the shell and man(1) are told of the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.cli.completion import SHELLS
from triage.cli.exits import MEANINGS, Exit
from triage.cli.program import COMMANDS, program


def completed(terminal: Terminal, *words: str, shell: str = "bash") -> list[str]:
    """What the shell offers for the last word."""
    environment = {
        "TRIAGE_CONFIG": str(terminal.config),
        "_TRIAGE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(("triage", *words)),
        "COMP_CWORD": str(len(words)),
    }
    result = CliRunner(env=environment).invoke(program, [], prog_name="triage")
    assert result.stderr == ""
    return [line for line in result.stdout.splitlines() if line]


def test_numbers_of_open_cases_are_completed(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("Payouts fail", sender="ops@other.example")
    terminal.ok("case", "1001", "close")
    for words in (("case", "10"), ("ack", "10"), ("clock", "10"), ("case", "1002", "merge", "1")):
        assert completed(terminal, *words) == ["plain,1002"]
    assert completed(terminal, "case", "7") == []


def test_zsh_is_told_what_the_case_is_about(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers\tfail")
    assert "acme.example: Transfers fail" in completed(terminal, "case", "10", shell="zsh")


def test_another_configuration_may_be_named_before(office: Office, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    office.partner_writes("Transfers fail")
    config, terminal.config = terminal.config, Path("/nowhere")
    assert completed(terminal, "--config", str(config), "case", "10") == ["plain,1001"]


def test_without_a_store_there_is_nothing_to_complete_and_no_error(terminal: Terminal) -> None:
    terminal.config = Path("/nowhere")
    assert completed(terminal, "case", "10") == []


def test_commands_and_actions_are_completed(terminal: Terminal) -> None:
    assert {line.partition(",")[2] for line in completed(terminal, "")} == set(COMMANDS)
    assert completed(terminal, "case", "1001", "sev") == ["plain,severity"]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_reads_is_printed(terminal: Terminal, shell: str) -> None:
    assert f"_TRIAGE_COMPLETE={shell}_complete" in terminal.ok("completion", shell)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_itself_completes(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    script = (
        f"{terminal.ok('completion', 'bash')}\nCOMP_WORDS=(triage case 10) COMP_CWORD=2\n_triage_completion triage\necho ${{COMPREPLY[@]}}"
    )
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TRIAGE_CONFIG": str(terminal.config)}
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("1001\n", "")


def test_the_manual_has_every_command_and_option(terminal: Terminal) -> None:
    page = terminal.ok("man").replace("\\-", "-")
    assert all(f'.SS "triage {name}' in page for name in COMMANDS)
    assert "hold [OPTIONS] 5d|2026-12-01|off" in page
    assert all(f"--{option}" in page for option in ("why TEXT", "force", "eta 20m", "debug"))
    assert all(meaning in page for meaning in MEANINGS.values())
    assert set(MEANINGS) == set(Exit)


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_groff_has_nothing_to_object(terminal: Terminal) -> None:
    run = subprocess.run(["groff", "-man", "-ww", "-z"], input=terminal.ok("man"), capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
