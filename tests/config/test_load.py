"""config.toml as operators write it, and the Config that comes out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.lacking import no_descriptor
from triage.config import load
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.settings import Cases, Config, Limits, Log, Security, SentCopy, StartFrom, Web

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def write(directory: Path, imap: str = "password_file = 'secret'", smtp: str = "", rest: str = "", instance: str = "") -> Path:
    config = directory / "config.toml"
    config.write_text(
        f'[instance]\naddress = "API@wise.example"\n{instance}\n'
        f'[imap]\nhost = "imap.wise.example"\n{imap}\n'
        f'[smtp]\nhost = "smtp.wise.example"\n{smtp}\n{rest}'
    )
    (directory / "secret").write_text("hunter2\nsecond line\n")
    (directory / "secret").chmod(0o600)
    config.chmod(0o600)
    return config


def loaded(path: Path, env: dict[str, str] | None = None) -> Config:
    config, problems = load(path, env or {})
    assert problems == ()
    return config


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(BrokenFiles) as caught:
        load(path, {})
    return caught.value.problems


def copy_of_example(directory: Path, text: str) -> Path:
    path = directory / "config.toml"
    path.write_text(text)
    for name in ("imap.password", "smtp.password"):
        (directory / name).write_text("hunter2\n")
        (directory / name).chmod(0o600)
    return path


def test_the_example_loads_without_a_problem_or_warning(tmp_path: Path) -> None:
    config = loaded(copy_of_example(tmp_path, EXAMPLE.read_text()))
    assert config.instance.address == "api@wise.com"
    assert config.imap.server.secret() == "hunter2"


def test_what_the_example_shows_as_defaults_are_the_defaults(tmp_path: Path) -> None:
    as_shipped = loaded(copy_of_example(tmp_path, EXAMPLE.read_text()))
    lines = []
    for line in EXAMPLE.read_text().splitlines():
        shown = re.fullmatch(r"# ([a-z_]+ = \S.*)", line)
        lines.append(shown[1] if shown and "# example" not in line else line)
    text = "\n".join(lines)
    assert text.count("\n# ") < EXAMPLE.read_text().count("\n# ") - 30
    assert loaded(copy_of_example(tmp_path, text)) == as_shipped


def test_every_key_that_can_be_read_stands_in_the_example(tmp_path: Path) -> None:
    broken = write(tmp_path, imap="password_file = 'secret'\nx = 1", smtp="x = 1", instance="x = 1", rest=_EVERY_SECTION)
    unknown = [problem for problem in problems_of(broken) if "not a known key" in problem.message]
    assert len(unknown) == 11
    for problem in unknown:
        for key in problem.allowed.split(", "):
            assert re.search(rf"^#? ?{key} = ", EXAMPLE.read_text(), re.MULTILINE), key


_EVERY_SECTION = "\n".join(
    f"[{section}]\nx = 1" for section in ("cases", "limits", "web", "log", "statuspage", "deadman", "incidents", "oauth")
)


def test_the_least_that_is_needed_gives_the_defaults(tmp_path: Path) -> None:
    config = loaded(write(tmp_path))
    assert (config.cases, config.limits, config.web, config.log) == (Cases(), Limits(), Web("127.0.0.1:8025"), Log())
    assert config.imap.server.port == 993
    assert config.imap.server.username == "api@wise.example"
    assert config.smtp.server.port == 465
    assert config.smtp.server.username == ""
    assert config.imap.start_from is StartFrom.NOW


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = loaded(write(tmp_path, instance='rules_dir = "../rules"\nstate_dir = "/var/lib/triage"'))
    assert config.instance.rules_dir == tmp_path / "../rules"
    assert config.instance.state_dir == Path("/var/lib/triage")


@pytest.mark.parametrize(("security", "port"), [("tls", 993), ("starttls", 143)])
def test_the_port_follows_from_the_security(security: str, port: int, tmp_path: Path) -> None:
    config = loaded(write(tmp_path, imap=f'password_file = "secret"\nsecurity = "{security}"'))
    assert config.imap.server.security is Security(security)
    assert config.imap.server.port == port


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"now"', StartFrom.NOW),
        ('"all"', StartFrom.ALL),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ('"2026-11-22T12:00:00+02:00"', datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_start_from(written: str, expected: object, tmp_path: Path) -> None:
    assert loaded(write(tmp_path, imap=f"password_file = 'secret'\nstart_from = {written}")).imap.start_from == expected


def test_reminders_can_be_switched_off(tmp_path: Path) -> None:
    cases = loaded(write(tmp_path, rest='[cases]\nremind_after = "off"\nreply_window = "10s"')).cases
    assert cases.remind_after is None
    assert cases.reply_window == timedelta(seconds=10)


def test_sizes_and_durations_arrive_in_their_units(tmp_path: Path) -> None:
    limits = loaded(write(tmp_path, rest='[limits]\nmax_message = "30MB"\nparse_timeout = "1500ms"')).limits
    assert limits.max_message == 30 * 1024 * 1024
    assert limits.parse_timeout_s == 1.5


def test_sent_copy(tmp_path: Path) -> None:
    assert loaded(write(tmp_path, smtp='sent_copy = "server"')).smtp.sent_copy is SentCopy.SERVER


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "mail.localhost"])
def test_plaintext_to_this_machine_needs_no_permission(host: str, tmp_path: Path) -> None:
    path = write(tmp_path, imap="password_file = 'secret'\nsecurity = 'none'")
    path.write_text(path.read_text().replace("imap.wise.example", host))
    assert loaded(path).imap.server.security is Security.NONE


def test_plaintext_to_another_machine_with_permission(tmp_path: Path) -> None:
    path = write(tmp_path, imap="password_file = 'secret'\nsecurity = 'none'\nallow_plaintext = true")
    assert loaded(path).imap.server.security is Security.NONE


def test_a_password_file_gives_its_first_line_and_is_read_each_time(tmp_path: Path) -> None:
    secret = loaded(write(tmp_path)).imap.server.secret
    assert secret() == "hunter2"
    (tmp_path / "secret").write_text("rotated\n")
    assert secret() == "rotated"


def test_a_password_file_that_went_away_is_told_when_it_is_needed(tmp_path: Path) -> None:
    secret = loaded(write(tmp_path)).imap.server.secret
    (tmp_path / "secret").unlink()
    with pytest.raises(PermanentFailure, match="cannot be read"):
        secret()


def test_a_password_file_that_cannot_be_opened_just_now_is_waited_for(tmp_path: Path) -> None:
    """At a first start any other failure to sign in would end the service for good."""
    path = write(tmp_path)
    secret = loaded(path).imap.server.secret
    with no_descriptor(), pytest.raises(TemporaryFailure, match="Too many open files"):
        secret()


def test_a_credential_comes_from_the_service_managers_directory(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "imap").write_text("from systemd")
    config = loaded(write(tmp_path, imap='credential = "imap"'), {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert config.imap.server.secret() == "from systemd"


def test_no_password_appears_when_a_config_is_printed(tmp_path: Path) -> None:
    config = loaded(write(tmp_path, imap='password = "hunter2"'))
    assert config.imap.server.secret() == "hunter2"
    assert "hunter2" not in repr(config)
    assert "hunter2" not in repr(config.imap.server.secret)


def test_a_world_readable_password_file_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    _, problems = load(path, {})
    assert [(problem.key, problem.weight) for problem in problems] == [("imap.password_file", Weight.WARNING)]
    assert "chmod 600" in problems[0].hint


def test_a_password_in_a_world_readable_config_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, imap='password = "hunter2"')
    path.chmod(0o644)
    _, problems = load(path, {})
    assert [(problem.key, problem.weight) for problem in problems] == [("imap.password", Weight.WARNING)]
    assert "hunter2" not in problems[0].source


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "config.toml")
    assert problem.message == "does not exist"
    assert "config.example.toml" in problem.hint


def test_a_directory_instead_of_a_file_is_told(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path)
    assert problem.message == "cannot be read: is a directory"
    assert problem.hint == "name the file in it with --config"


def test_something_huge_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * 10_000_000)
    (problem,) = problems_of(path)
    assert problem.message == "is too large to be read"


def test_commands_that_log_in_nowhere_need_no_secret(tmp_path: Path) -> None:
    """`triage ack` must work for somebody who cannot read the service's credentials."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[instance]\nname = "x"\naddress = "api@wise.example"\n[imap]\nhost = "imap.wise.example"\ncredential = "imap"\n'
        '[smtp]\nhost = "smtp.wise.example"\nusername = "api"\npassword_file = "not-for-you"\n'
    )
    with pytest.raises(BrokenFiles):
        load(path, {})
    config, _ = load(path, {}, secrets=False)
    assert config.imap.server.host == "imap.wise.example"
