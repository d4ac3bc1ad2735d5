"""No secret, and no text of a mail where none belongs, in anything that triage writes or says. Every secret has a name of its own here."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.security.installation import BODY, CANARIES, MAIL_SECRET, QUIET, URGENT, Installation, installed, wait_for
from tests.servers.ports import free_port
from triage.store.database import open_store

SAID_BY = (
    ("check",),
    ("check", "--json"),
    ("health",),
    ("health", "--json"),
    ("cases",),
    ("cases", "--json"),
    ("case", "1001"),
    ("case", "1001", "-v"),
    ("case", "1001", "--json"),
    ("pages",),
    ("pages", "--json"),
    ("pages", "1"),
    ("pages", "1", "--json"),
    ("outbox", "--all"),
    ("outbox", "--all", "--json"),
    ("outbox", "--failed"),
    ("oncall", "show"),
    ("oncall", "explain"),
    ("rules", "status"),
    ("rules", "test"),
    ("rules", "explain", "MAIL"),
    ("explain", "MAIL"),
    ("explain", "MAIL", "--json"),
    ("notices", "preview"),
    ("quarantine", "list"),
    ("search", "payouts"),
    ("digest",),
    ("incidents",),
    ("install",),
    ("install", "--json"),
    ("clock", "1001"),
    ("backup", "--json"),
    ("--debug", "case", "9999"),
)


@dataclass
class Told:
    """All that an installation has said after a day with an emergency: by whom, and what."""

    installation: Installation
    log: str
    commands: dict[str, str]
    web: dict[str, str]

    @property
    def all(self) -> dict[str, str]:
        return {"the log": self.log, **self.commands, **self.web}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with installed(tmp_path_factory.mktemp("canaries")) as installation:
        port = free_port()
        installation.config.write_text(installation.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        installation.imap.deliver(URGENT, user="api")
        installation.imap.deliver(QUIET, user="api")
        installation.start()
        wait_for(lambda: len(installation.case_numbers()) == 2, "two cases")
        wait_for(lambda: everybody_was_tried(installation), "a page to every contact, and its record")
        mail = installation.directory / "mail.eml"
        mail.write_bytes(URGENT)
        commands = {}
        for words in SAID_BY:
            result = installation.run(*(str(mail) if word == "MAIL" else word for word in words))
            assert result.exit_code in (0, 1, 2, 4), f"{words}: {result.output}"
            assert "Usage:" not in result.output, f"{words}: {result.output}"
            commands[" ".join(words)] = result.output
        web = {path: fetched(port, path) for path in ("/metrics", "/healthz", "/readyz", "/", "/health", "/rules", "/case/1001", "/page/1")}
        yield Told(installation, installation.stop(), commands, web)


def everybody_was_tried(installation: Installation) -> bool:
    paths = " ".join(request.path + str(request.headers) + request.body.decode() for request in installation.outside.requests)
    named = ("webhook", "slack", "ntfy topic", "pagerduty", "incidents", "deadman")
    if not all(CANARIES[name] in paths for name in named) or "Messages.json" not in paths:
        return False
    with open_store(installation.state) as store:
        (tried,) = store.connection.execute("SELECT count(*) FROM attempts WHERE detail LIKE '%500 from%'").fetchone()
    return int(tried) >= 6


def fetched(port: int, path: str) -> str:
    sign_in = base64.b64encode(f"ana:{CANARIES['board']}".encode()).decode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Basic {sign_in}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as error:
        assert error.code == 503, f"{path}: {error.code}"
        return f"{error.headers}{error.read().decode()}"


def coats(secret: str) -> set[str]:
    raw = secret.encode()
    coded = base64.b64encode(raw).decode().rstrip("=")
    return {secret, secret.removeprefix("whsec_"), coded, quote_plus(secret), json.dumps(secret)[1:-1]}


def test_no_secret_is_said_anywhere(told: Told) -> None:
    said = [(name, where) for name in CANARIES for where, text in told.all.items() if any(coat in text for coat in coats(CANARIES[name]))]
    assert said == []


def test_no_secret_is_written_to_the_state_directory(told: Told) -> None:
    """The store with its -wal, backups, keys."""
    written = {path: path.read_bytes() for path in told.installation.state.rglob("*") if path.is_file()}
    assert len(written) > 3
    names = [(name, coat.encode()) for name in CANARIES for coat in coats(CANARIES[name])]
    assert [(name, path.name) for name, coat in names for path, content in written.items() if coat in content] == []


def test_a_key_in_a_partners_mail_is_masked_wherever_it_is_shown(told: Told) -> None:
    assert BODY in told.web["/case/1001"]
    assert [where for where, text in told.all.items() if MAIL_SECRET in text] == []


@pytest.mark.parametrize("where", ["the log", "/metrics", "/healthz", "/readyz"])
def test_no_text_of_a_mail_is_in_log_and_metrics(told: Told, where: str) -> None:
    assert told.all[where]
    assert [text for text in (BODY, "payouts fail", MAIL_SECRET) if text in told.all[where]] == []


def test_the_key_of_a_partners_mail_is_in_the_store_only_as_part_of_the_mail(told: Told) -> None:
    """The raw bytes are kept as they came; nothing that was made of them has the key."""
    connection = sqlite3.connect(told.installation.state / "triage.sqlite3")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    having = [name for name in tables if MAIL_SECRET in str([tuple(row) for row in connection.execute(f'SELECT * FROM "{name}"')])]
    connection.close()
    assert having in ([], ["raw_messages"])


def test_the_secrets_were_there_to_be_said(told: Told) -> None:
    """So that the tests above can fail: the other side has seen them and has said them back."""
    sent = " ".join(f"{request.path} {request.headers} {request.body.decode()}" for request in told.installation.outside.requests)
    for name in ("webhook", "slack", "ntfy topic", "ntfy token", "pagerduty", "incidents", "deadman"):
        assert CANARIES[name] in sent, name
    assert "500 from 127.0.0.1: (it repeats" in told.commands["outbox --all --json"]


def test_a_broken_configuration_is_told_without_its_secrets(told: Told, tmp_path: Path) -> None:
    broken = tmp_path / "config.toml"
    good = told.installation.config.read_text().replace("password_file", "pasword_file").replace("[probe]\nsecret", "[probe]\nsecrets")
    broken.write_text(good.replace('listen = "127.', 'listen = "x127.'))
    result = told.installation.run("check", "--config", str(broken))
    assert result.exit_code == 2
    assert [name for name, secret in CANARIES.items() if secret in result.output] == []


@pytest.mark.parametrize(
    ("file", "good", "bad"),
    [
        ("60-chat.toml", "webhook", "webhok"),
        ("agreements.toml", "webhook", "webhok"),
        ("oncall.toml", "auth_token", "auth_tokn"),
        ("oncall.toml", "routing_key", "routing_ky"),
        ("oncall.toml", "topic", "topik"),
        ("oncall.toml", "url", "ulr"),
        ("oncall.toml", 'kind = "slack"', 'kind = "slak"'),
        ("oncall.toml", "webhook_secret = ", "webhook_secret == "),
    ],
)
def test_a_broken_rule_file_is_told_without_its_secrets(tmp_path: Path, file: str, good: str, bad: str) -> None:
    with installed(tmp_path) as installation:
        broken = installation.directory / "rules" / file
        broken.write_text(broken.read_text().replace(good, bad))
        result = installation.run("check", "--offline")
        assert result.exit_code == 2
        assert file in result.output
        assert [name for name, secret in CANARIES.items() if any(coat in result.output for coat in coats(secret))] == []
