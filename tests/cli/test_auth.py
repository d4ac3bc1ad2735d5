"""`triage auth`: signing in through the device flow, and whether the sign-in holds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from tests.servers.token_server import CODE, TokenServer


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


@pytest.fixture
def config(office: Office, terminal: Terminal, server: TokenServer) -> Path:
    text = terminal.config.read_text().replace("[smtp]", "oauth = true\n\n[smtp]").replace('password = "secret"\n', "")
    section = f"""
[oauth]
client_id = "client-7"
token_url = "{server.url}/token"
device_url = "{server.url}/device"
scope = "mail"
"""
    path = terminal.config.with_name("oauth.toml")
    path.write_text(text + section)
    path.chmod(0o600)
    return path


def test_sign_in_then_status(terminal: Terminal, server: TokenServer, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    before = terminal.run("auth", "status", config=config)
    assert (before.exit_code, "nobody has signed in" in before.output) == (1, True)
    assert "hint: triage auth login" in before.output
    result = terminal.run("auth", "login", config=config)
    assert result.exit_code == 0, result.output
    assert CODE in result.output
    assert "signed in; kept in" in result.output
    after = terminal.run("auth", "status", config=config)
    assert (after.exit_code, "good: an access token was given" in after.output) == (0, True)
    for secret in server.refresh_tokens | server.access_tokens:
        assert secret not in before.output + result.output + after.output


def test_a_refresh_token_from_another_tool(terminal: Terminal, server: TokenServer, config: Path) -> None:
    assert terminal.run("auth", "login", "--from-stdin", config=config, input="first-refresh\n").exit_code == 0
    told = terminal.run("auth", "status", "--json", config=config)
    assert json.loads(told.output)["good"] is True


def test_a_refresh_token_that_is_worth_nothing_does_not_replace_a_sign_in(terminal: Terminal, server: TokenServer, config: Path) -> None:
    assert terminal.run("auth", "login", "--from-stdin", config=config, input="first-refresh\n").exit_code == 0
    refused = terminal.run("auth", "login", "--from-stdin", config=config, input="a-slip-of-the-clipboard\n")
    assert (refused.exit_code, "signed in" in refused.output) == (2, False)
    assert "a-slip" not in refused.output
    assert json.loads(terminal.run("auth", "status", "--json", config=config).output)["good"] is True


def test_an_empty_refresh_token_is_refused(terminal: Terminal, config: Path) -> None:
    result = terminal.run("auth", "login", "--from-stdin", config=config, input="\n")
    assert (result.exit_code, "no refresh token" in result.output) == (2, True)


def test_a_mailbox_with_a_password_says_so(terminal: Terminal, office: Office) -> None:
    result = terminal.run("auth", "status")
    assert (result.exit_code, "signs in with a password" in result.output) == (2, True)
