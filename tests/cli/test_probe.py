"""`triage probe`: by SMTP into the mailbox, through the daemon, to the probe contact; and what `triage health` says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, config_text
from tests.scenarios.office import ADDRESS, Office, open_office
from triage.core.settings import Probe
from triage.demo.smtp_sink import SmtpSink, Treatment

SECRET = "0123456789abcdef0123456789abcdef"
PROBED = "probe@elsewhere.example"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.config = replace(running.config, probe=Probe(lambda: SECRET))
        rules = running.config.instance.rules_dir / "oncall.toml"
        rules.write_text(rules.read_text() + f'\n[probe]\nkind = "email"\nto = "{PROBED}"\n')
        running.start()
        yield running


@pytest.fixture
def terminal(office: Office) -> Terminal:
    """At a shell on triage's own host."""
    path = office.config.instance.state_dir.parent / "config.toml"
    path.write_text(config_text(office.config) + f'\n[probe]\nsecret = "{SECRET}"\n')
    path.chmod(0o600)
    return Terminal(path, office.clock)


@pytest.fixture
def exchanger() -> Iterator[SmtpSink]:
    """The server that takes mail for the mailbox."""
    with SmtpSink() as sink:
        yield sink


def elsewhere(office: Office, tmp_path: Path, exchanger: SmtpSink, secret: str = SECRET) -> tuple[Terminal, list[str]]:
    """At a shell on a host that has nothing but the secret."""
    file = tmp_path / "probe.secret"
    file.write_text(f"{secret}\n")
    arguments = ["probe", "--to", ADDRESS, "--smtp", f"{exchanger.host}:{exchanger.port}", "--secret-file", str(file)]
    return Terminal(tmp_path / "there-is-no-config.toml", office.clock), arguments


def test_from_another_host_the_whole_way(office: Office, terminal: Terminal, tmp_path: Path, exchanger: SmtpSink) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger)
    assert shell.ok(*arguments).startswith("127.0.0.1 took the probe")
    (sent,) = exchanger.mails()
    assert sent.recipients == (ADDRESS,)
    assert b"Auto-Submitted: auto-generated" in sent.raw
    assert SECRET.encode() not in sent.raw
    office.arrives(sent.raw)
    assert [mail.to for mail in office.outgoing()] == [(PROBED,)]
    told = terminal.run("health").output
    assert "probe   sent 0 s ago, came through in 0.0 s: 0.0 s to the mailbox, 0.0 s to the decision, 0.0 s to the contact" in told
    (value,) = terminal.lines("health", code=1)
    assert value["probe"]["seconds"] == {"to_mailbox": 0.0, "to_decision": 0.0, "to_contact": 0.0, "total": 0.0}
    assert value["probe_problem"] == ""


def test_on_triages_own_host_everything_comes_from_the_configuration(office: Office, terminal: Terminal) -> None:
    terminal.ok("probe")
    (sent,) = office.outgoing()
    assert sent.to == (ADDRESS,)
    office.arrives(sent.raw, "Sent")
    office.arrives(sent.raw)
    assert [mail.to for mail in office.outgoing()] == [(PROBED,)], "the copy in Sent is not the probe"


def test_a_server_that_refuses_is_exit_1(office: Office, tmp_path: Path, exchanger: SmtpSink) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger)
    exchanger.treat = lambda _recipient: Treatment.REFUSE
    result = shell.run(*arguments)
    assert (result.exit_code, "did not take the probe" in result.output) == (1, True)


def test_a_server_that_is_not_there_is_exit_75(office: Office, tmp_path: Path, exchanger: SmtpSink) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger)
    exchanger.stop_listening()
    assert shell.run(*arguments).exit_code == 75


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_is_none_sends_nothing(office: Office, tmp_path: Path, exchanger: SmtpSink, secret: str) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger, secret)
    assert shell.run(*arguments).exit_code == 2
    assert exchanger.mails() == []


def test_a_secret_file_that_is_not_there_is_told(office: Office, tmp_path: Path, exchanger: SmtpSink) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger)
    result = shell.run(*arguments[:-1], str(tmp_path / "nothing"))
    assert (result.exit_code, "cannot be read" in result.output) == (2, True)


@pytest.mark.parametrize("smtp", ["mx.example.com", "mx.example.com:smtp", ":25", "mx.example.com:99999"])
def test_a_server_without_a_port_is_refused(office: Office, tmp_path: Path, exchanger: SmtpSink, smtp: str) -> None:
    shell, arguments = elsewhere(office, tmp_path, exchanger)
    assert shell.run(*arguments, "--smtp", smtp).exit_code == 2


def test_half_a_probe_is_warned_of(office: Office, terminal: Terminal) -> None:
    assert "probe" not in [line["check"] for line in terminal.lines("check", "--offline")]
    rules = office.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text().partition("\n[probe]")[0])
    assert "probes would end at the decision: there is no probe contact" in terminal.ok("check", "--offline")
