"""[oauth]: what each provider and grant needs, and that servers and section fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.config import load
from triage.core.problems import BrokenFiles, Problem
from triage.core.settings import Config, Grant

TOP = '[instance]\naddress = "api@wise.com"\nteam_domains = ["wise.com"]\n'
SERVERS = '[imap]\nhost = "imap.example.com"\noauth = true\n[smtp]\nhost = "smtp.example.com"\nusername = "api@wise.com"\noauth = true\n'


def config(directory: Path, text: str, servers: str = SERVERS) -> Config:
    path = directory / "config.toml"
    path.write_text(f"{TOP}{servers}{text}")
    path.chmod(0o600)
    return load(path, {})[0]


def problems(directory: Path, text: str, servers: str = SERVERS) -> list[Problem]:
    with pytest.raises(BrokenFiles) as broken:
        config(directory, text, servers)
    return list(broken.value.problems)


def test_microsoft_needs_a_client_id_only(tmp_path: Path) -> None:
    found = config(tmp_path, '[oauth]\nprovider = "microsoft"\nclient_id = "c"')
    assert found.oauth is not None
    assert found.oauth.token_url == "https://login.microsoftonline.com/organizations/oauth2/v2.0/token"
    assert found.oauth.device_url == "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode"
    assert "offline_access" in found.oauth.scope
    assert (found.oauth.username, found.imap.server.oauth, found.smtp.server.oauth) == ("api@wise.com", True, True)


def test_client_credentials_at_microsoft(tmp_path: Path) -> None:
    text = '[oauth]\nprovider = "microsoft"\ngrant = "client-credentials"\ntenant = "t-1"\nclient_id = "c"\nclient_secret = "hunter2"'
    found = config(tmp_path, text).oauth
    assert found is not None
    assert (found.grant, found.scope, found.client_secret()) == (
        Grant.CLIENT_CREDENTIALS,
        "https://outlook.office365.com/.default",
        "hunter2",
    )
    assert "hunter2" not in repr(found)
    assert "/t-1/" in found.token_url


def test_a_token_command_is_a_grant_by_itself(tmp_path: Path) -> None:
    found = config(tmp_path, '[oauth]\ntoken_command = ["/usr/bin/token", "x"]').oauth
    assert found is not None
    assert (found.grant, found.command) == (Grant.COMMAND, ("/usr/bin/token", "x"))


def test_a_client_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hunter2\n")
    (tmp_path / "s").chmod(0o600)
    found = config(tmp_path, '[oauth]\nprovider = "google"\nclient_id = "c"\nclient_secret_file = "s"').oauth
    assert found is not None
    assert found.client_secret() == "hunter2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs a section [oauth]"),
        ('[oauth]\nprovider = "microsoft"', "has no client_id"),
        ('[oauth]\nclient_id = "c"', "has no token_url"),
        ('[oauth]\nclient_id = "c"\ntoken_url = "http://login.example.com/t"', "sends secrets unprotected"),
        ('[oauth]\nprovider = "microsoft"\ngrant = "client-credentials"\nclient_id = "c"\ntenant = "t"', "has no client secret"),
        ('[oauth]\nprovider = "microsoft"\ngrant = "client-credentials"\nclient_id = "c"\nclient_secret = "s"', "has no tenant"),
        ('[oauth]\nprovider = "google"\ngrant = "service-account"', "has no service_account_file"),
        ('[oauth]\nprovider = "google"\ngrant = "service-account"\nservice_account_file = "no.json"', "does not exist"),
        ('[oauth]\ngrant = "command"', "has no token_command"),
        ('[oauth]\nprovider = "google"\nclient_id = "c"\ngrant = "refresh-token"\ntoken_command = ["x"]', "is not used with"),
        ('[oauth]\nprovider = "gogle"\nclient_id = "c"', "must be"),
        ('[oauth]\nclient = "c"', "is not a known key"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in problem.message for problem in problems(tmp_path, text))


def test_oauth_and_a_password_exclude_each_other(tmp_path: Path) -> None:
    servers = '[imap]\nhost = "i.example.com"\noauth = true\npassword = "p"\n[smtp]\nhost = "s.example.com"\n'
    found = problems(tmp_path, '[oauth]\nprovider = "microsoft"\nclient_id = "c"', servers)
    assert [problem.message for problem in found] == ["needs no password"]


def test_smtp_with_oauth_needs_a_name(tmp_path: Path) -> None:
    servers = '[imap]\nhost = "i.example.com"\noauth = true\n[smtp]\nhost = "s.example.com"\noauth = true\n'
    found = problems(tmp_path, '[oauth]\nprovider = "microsoft"\nclient_id = "c"', servers)
    assert [problem.message for problem in found] == ["has oauth = true and no username"]
