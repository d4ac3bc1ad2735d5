"""`triage install`: units that systemd takes, that harden the service, and that fit what config.toml says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import ConfigParser
from datetime import timedelta
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import T0
from triage.cli.exits import Exit
from triage.cli.install import installation
from triage.cli.program import program
from triage.cli.systemd_units import SERVICE, UNITS, Installation, units, unseen
from triage.config import load
from triage.config.credentials import credential_names
from triage.core.failures import PermanentFailure
from triage.core.toml.values import DURATION
from triage.daemon.audit_duty import ASLEEP_AFTER
from triage.demo.clock import PushedClock

EXPOSED_AT_MOST = 1.5
ANALYZE = shutil.which("systemd-analyze")

CONFIG = """
[instance]
address = "api@wise.example"
state_dir = "/var/lib/triage"
[imap]
host = "imap.wise.example"
credential = "imap"
[smtp]
host = "smtp.wise.example"
username = "api@wise.example"
credential = "smtp"
"""


@pytest.fixture
def host(tmp_path: Path) -> Terminal:
    """A machine with a config.toml, on which no daemon runs."""
    path = tmp_path / "etc" / "config.toml"
    path.parent.mkdir()
    path.write_text(CONFIG)
    path.chmod(0o644)
    return Terminal(path, PushedClock(T0))


def read(text: str) -> ConfigParser:
    """As systemd reads it: keys count in their case, and may be given twice."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


def place(**changes: object) -> Installation:
    paths = {"program": Path("/opt/triage/bin/triage"), "config": Path("/etc/triage/config.toml"), "state_dir": Path("/var/lib/triage")}
    return Installation(**{**paths, **changes})  # type: ignore[arg-type]


# --- what the self-audit and the restarts rely on ------------------------------------------------------------------------


def test_the_watchdog_waits_for_more_than_one_look() -> None:
    service = read(units(place())[SERVICE])["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert DURATION.read(service["WatchdogSec"].replace("min", "m")) > ASLEEP_AFTER > timedelta(0)


def test_systemd_gives_up_only_where_a_person_must_mend_something() -> None:
    unit = read(units(place())[SERVICE])
    service = unit["Service"]
    assert (service["Restart"], int(service["RestartPreventExitStatus"])) == ("on-failure", Exit.MEND.value)
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_who_is_told_when_it_is_down_needs_nothing_of_triage() -> None:
    made = units(place())
    told = read(made[read(made[SERVICE])["Unit"]["OnFailure"]])["Service"]
    assert told["Type"] == "oneshot"
    assert "/bin/triage" not in told["ExecStart"]


def test_a_worker_that_ends_for_lack_of_memory_or_at_a_stop_is_the_daemons_business() -> None:
    """Otherwise systemd would end the whole service with it, or a mail would go to quarantine because its parser was stopped."""
    service = read(units(place())[SERVICE])["Service"]
    assert (service["KillMode"], service["OOMPolicy"]) == ("mixed", "continue")


# --- systemd's own opinion -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("user", ["", "triage"])
def test_systemd_takes_the_units_without_a_word(tmp_path: Path, user: str) -> None:
    """`verify` wants programs that exist: this one's, and a stand-in where curl is not installed."""
    program = Path(sys.prefix, "bin", "triage")
    for name, text in units(place(program=program, user=user, credentials=("imap", "smtp"))).items():
        (tmp_path / name).write_text(text if shutil.which("curl") else text.replace("/usr/bin/curl", "/bin/true"))
    command = [str(ANALYZE), "--man=no", "verify", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"SYSTEMD_LOG_LEVEL": "warning"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("user", ["", "triage"])
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_the_units_are_hardened(tmp_path: Path, name: str, user: str) -> None:
    (tmp_path / name).write_text(units(place(user=user))[name])
    command = [str(ANALYZE), "security", "--offline=true", f"--threshold={EXPOSED_AT_MOST * 10:.0f}", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


# --- what config.toml says -----------------------------------------------------------------------------------------------


def test_it_prints_every_unit_with_the_file_it_belongs_into(host: Terminal) -> None:
    printed = host.ok("install")
    assert [line for line in printed.splitlines() if line.startswith("# /")] == [f"# /etc/systemd/system/{name}" for name in UNITS]
    assert f"run --config {host.config}" in printed


def test_the_service_gets_each_credential_that_is_named(host: Terminal) -> None:
    rules = host.config.parent / "rules"
    rules.mkdir()
    (rules / "oncall.toml").write_text('[[person]]\nname = "ana"\ncontact = [{ name = "push", token = "credential:pager" }]\n')
    given = [line for line in host.ok("install").splitlines() if line.startswith("LoadCredential=") and "/down" not in line]
    assert given == [f"LoadCredential={name}:{host.config.parent}/credentials/{name}" for name in ("imap", "smtp", "pager")]


def test_credentials_are_names_and_are_told_once() -> None:
    found = {"a": {"credential": "imap"}, "b": [{"credential": "imap", "x": "credential:../../etc/shadow"}], "c": {"credential": 5}}
    assert credential_names(found) == ("imap",)


def test_a_user_of_ours_is_taken_instead_of_a_made_up_one(host: Terminal) -> None:
    service = read(units(place(user="mail-triage"))[SERVICE])["Service"]
    assert (service["User"], "DynamicUser" in service) == ("mail-triage", False)
    assert "there is no user mail-triage yet" in host.run("install", "--user", "mail-triage").stderr


@pytest.mark.parametrize("name", ["triage-backup.service", "triage-report.service"])
def test_what_a_timer_starts_runs_as_the_same_user_in_the_same_directory(name: str) -> None:
    made = units(place())
    ours, timed = read(made[SERVICE])["Service"], read(made[name])["Service"]
    assert [ours[key] for key in ("User", "DynamicUser", "StateDirectory")] == [
        timed[key] for key in ("User", "DynamicUser", "StateDirectory")
    ]


@pytest.mark.parametrize("name", [name for name in UNITS if name != "triage-down.service" and name.endswith(".service")])
def test_what_a_unit_starts_is_a_command_line_of_the_program(name: str) -> None:
    words = read(units(place())[name])["Service"]["ExecStart"].split()[1:]
    context = click.Context(program)
    found = program.get_command(context, words[0])
    assert found is not None
    assert found.make_context(words[0], words[1:], parent=context, obj=None) is not None


def test_a_state_directory_elsewhere_needs_a_user_of_ours() -> None:
    assert read(units(place(state_dir=Path("/srv/triage"), user="triage"))[SERVICE])["Service"]["ReadWritePaths"] == "/srv/triage"
    with pytest.raises(PermanentFailure, match="can keep nothing in /srv/triage"):
        units(place(state_dir=Path("/srv/triage")))


@pytest.mark.parametrize("path", ["/etc/my files/config.toml", "/etc/100%/config.toml", "/etc/$HOME/config.toml", "/etc/a\nExecStart=/b"])
def test_a_path_that_a_unit_cannot_name_is_refused(path: str) -> None:
    with pytest.raises(PermanentFailure, match="a unit cannot name the path"):
        units(place(config=Path(path)))


# --- what would keep it from starting ------------------------------------------------------------------------------------


def test_what_the_service_could_not_see_is_said() -> None:
    hidden = place(program=Path("/home/ana/venv/bin/triage"), config=Path("/root/config.toml"))
    assert list(unseen(hidden)) == [Path("/home/ana/venv/bin/triage"), Path("/root/config.toml")]
    assert list(unseen(place())) == []


def test_what_a_link_leads_to_is_looked_at(tmp_path: Path) -> None:
    """As the python3 of a virtual environment leads to the one that made it, in somebody's home."""
    link = tmp_path / "python3"
    link.symlink_to("/root/versions/bin/python3")
    assert Path("/root/versions/bin/python3") in list(unseen(place(reads=(link,))))


def test_the_python_that_runs_it_and_the_rules_are_looked_at(host: Terminal) -> None:
    reads = installation(load(host.config, secrets=False)[0], "").reads
    assert {Path(sys.executable), host.config.parent / "rules"} <= set(reads)


def test_a_configuration_that_a_made_up_user_cannot_read_is_said(host: Terminal) -> None:
    assert "cannot read" not in host.run("install").stderr
    host.config.chmod(0o600)
    assert "a user that systemd makes up cannot read" in host.run("install").stderr


def test_a_credential_that_is_not_there_is_said(host: Terminal) -> None:
    directory = host.config.parent / "credentials"
    directory.mkdir()
    (directory / "imap").write_text("secret\n")
    told = host.run("install").stderr
    assert "there is no credential smtp yet" in told
    assert "credential imap" not in told


def test_that_nobody_would_be_told_is_said(host: Terminal) -> None:
    assert "nobody would be told when systemd gives up" in host.run("install").stderr
    directory = host.config.parent / "credentials"
    directory.mkdir()
    (directory / "down").write_text("url = x\n")
    assert "nobody would be told" not in host.run("install").stderr


# --- writing -------------------------------------------------------------------------------------------------------------


def test_written_units_are_those_that_are_printed(host: Terminal, tmp_path: Path) -> None:
    assert host.ok("install", "--write", "--root", str(tmp_path)).endswith(
        "enable --now triage.service triage-backup.timer triage-report.timer\n"
    )
    directory = tmp_path / "etc" / "systemd" / "system"
    assert {path.name for path in directory.iterdir()} == set(UNITS)
    assert (directory / SERVICE).read_text() in host.ok("install")
    assert (directory / SERVICE).stat().st_mode & 0o777 == 0o644


def test_written_again_nothing_changes_and_an_edited_unit_is_kept_beside(host: Terminal, tmp_path: Path) -> None:
    root = ("--write", "--root", str(tmp_path))
    host.ok("install", *root)
    assert {line["done"] for line in host.lines("install", *root)} == {"as it was"}
    edited = tmp_path / "etc" / "systemd" / "system" / SERVICE
    edited.write_text("mine")
    host.ok("install", *root)
    assert edited.with_name(f"{SERVICE}.old").read_text() == "mine"
    assert "Type=notify" in edited.read_text()


def test_a_directory_that_cannot_be_written_is_a_sentence(host: Terminal, tmp_path: Path) -> None:
    (tmp_path / "etc" / "systemd").write_text("")
    result = host.run("install", "--write", "--root", str(tmp_path))
    assert result.exit_code == Exit.MEND
    assert "triage: cannot write " in result.stderr
    assert "hint: run it as root" in result.stderr


def test_a_broken_configuration_makes_no_units(host: Terminal) -> None:
    host.config.write_text("[instance]\nadress = 1\n")
    result = host.run("install")
    assert (result.exit_code, result.stdout) == (Exit.MEND, "")
