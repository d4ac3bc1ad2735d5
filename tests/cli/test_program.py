"""The program itself: where its configuration is found, how it fails, what it says about itself."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from tests.servers.lacking import no_descriptor
from triage import __version__
from triage.cli import program as module
from triage.cli.program import COMMANDS, program


def invoke(*arguments: str, **environment: str) -> tuple[int, str, str]:
    result = CliRunner(env={"TRIAGE_CONFIG": "", **environment}).invoke(program, list(arguments), prog_name="triage")
    return result.exit_code, result.stdout, result.stderr


def test_the_version() -> None:
    assert invoke("--version") == (0, f"triage {__version__}\n", "")


def test_the_help_lists_every_command() -> None:
    code, printed, _ = invoke("--help")
    assert code == 0
    assert all(f"\n  {name} " in printed for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    code, printed, _ = invoke(name, "--help")
    assert code == 0
    assert f"triage {name}" in printed.partition("Example")[2]


def test_an_unknown_command_names_the_known_ones() -> None:
    code, _, error = invoke("overview")
    assert code == 2
    assert "there is no command 'overview'" in error
    assert "quarantine" in error


def test_a_misspelt_command_names_the_one_that_was_meant() -> None:
    code, _, error = invoke("chekc")
    assert code == 2
    assert error.splitlines() == [
        "triage: there is no command 'chekc'. Did you mean 'check'?",
        "  hint: `triage --help` tells what there is",
    ]


@pytest.mark.parametrize(
    ("line", "sentence", "hint"),
    [
        (("case", "abc"), "invalid value for 'N': 'abc' is not a case number, such as 1042", "`triage case --help` tells what there is"),
        (("cases", "--foo"), "no such option '--foo'", "`triage cases --help` tells what there is"),
        (("--foo",), "no such option '--foo'", "`triage --help` tells what there is"),
        (("search",), "missing argument 'WORDS...'", "`triage search --help` tells what there is"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_a_hint(line: tuple[str, ...], sentence: str, hint: str) -> None:
    code, printed, error = invoke(*line)
    assert (code, printed) == (2, "")
    assert error.splitlines() == [f"triage: {sentence}", f"  hint: {hint}"]


def test_a_configuration_that_is_not_there_is_exit_2_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, error = invoke("cases")
    assert code == 2
    assert "config.toml: does not exist here, nor does /etc/triage/config.toml" in error
    assert "config.example.toml" in error


def test_the_configuration_is_found_where_it_is_named(office: Office, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    del office
    file = str(terminal.config)
    assert invoke("cases", "--config", file)[0] == 0
    assert invoke("--config", file, "cases")[0] == 0
    assert invoke("cases", TRIAGE_CONFIG=file)[0] == 0
    monkeypatch.chdir(terminal.config.parent)
    assert invoke("cases")[0] == 0


def test_without_a_store_the_way_to_one_is_told(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    text = terminal.config.read_text().replace(str(office.config.instance.state_dir), str(tmp_path / "nowhere"))
    terminal.config.write_text(text)
    result = terminal.run("cases")
    assert result.exit_code == 2
    assert "there is no store" in result.stderr
    assert "`triage run` makes it" in result.stderr


def test_a_locked_store_is_exit_75(office: Office, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    office.partner_writes("Hello")
    monkeypatch.setattr("triage.store.database.BUSY_TIMEOUT_MS", 50)
    with office.store() as store, store.write():
        result = terminal.run("case", "1001", "note", "x")
    assert result.exit_code == 75
    assert "the store cannot be written" in result.stderr


@pytest.fixture
def broken_command(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(module, "COMMANDS", {**COMMANDS, "broken": f"{__name__}:broken"})
    monkeypatch.setitem(globals(), "broken", broken)


@pytest.mark.usefixtures("broken_command")
def test_a_mistake_of_ours_is_one_sentence_and_exit_70() -> None:
    code, _, error = invoke("broken")
    assert code == 70
    assert error.splitlines()[0] == "triage: a mistake in triage itself: ZeroDivisionError: oops"
    assert "Traceback" not in error


@pytest.mark.usefixtures("broken_command")
def test_debug_shows_the_traceback_of_a_mistake_of_ours() -> None:
    assert "Traceback" in invoke("--debug", "broken")[2]


def test_without_a_file_descriptor_left_it_is_exit_75(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's limit is no mistake of ours; systemd starts the service again."""

    @click.command()
    def hungry() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(module, "COMMANDS", {**COMMANDS, "hungry": f"{__name__}:hungry"})
    monkeypatch.setitem(globals(), "hungry", hungry)
    code, _, error = invoke("hungry")
    assert code == 75
    assert "LimitNOFILE" in error


def test_files_that_cannot_be_read_for_want_of_a_descriptor_are_exit_75(tmp_path: Path) -> None:
    """Nobody has to mend them: a service that ended with 2 would stay down."""
    config = tmp_path / "config.toml"
    config.write_text("")
    invoke("check", "--config", str(config))  # whatever it imports can be imported
    with no_descriptor():
        code, _, error = invoke("check", "--config", str(config))
    assert code == 75, error
    assert "too many open files" in error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("line", ["man", "--help", "cases --help"])
def test_output_to_a_full_disk_is_exit_75(line: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "triage", *line.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 75
    assert "no room left" in done.stderr
    assert "Traceback" not in done.stderr
