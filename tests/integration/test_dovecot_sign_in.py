"""Access tokens against a real Dovecot, which asks the authorization server about each one; and against a submission server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot, require_dovecot
from tests.servers.faulty_smtp import FaultySmtp
from tests.servers.token_server import TokenServer
from triage.adapters.clock import SystemClock
from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.oauth.token_file import TokenFile
from triage.adapters.oauth.tokens import AccessTokens
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome
from triage.core.settings import Security, Server

pytestmark = pytest.mark.dovecot

MAILBOX = "api@wise.example"
ASKS = """
auth_mechanisms = {mechanism}
passdb {{
  driver = oauth2
  mechanisms = {mechanism}
  args = {file}
}}
"""


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with TokenServer(mailbox=MAILBOX) as running:
        yield running


@pytest.fixture
def tokens(token_server: TokenServer, tmp_path: Path) -> AccessTokens:
    TokenFile(tmp_path).write("first-refresh", SystemClock().now())
    return AccessTokens(token_server.settings(), tmp_path, SystemClock())


@pytest.fixture(params=["xoauth2", "oauthbearer"])
def dovecot(request: pytest.FixtureRequest, token_server: TokenServer, tmp_path: Path) -> Iterator[Dovecot]:
    require_dovecot()
    asked = tmp_path / "oauth2.conf"
    asked.write_text(f"introspection_url = {token_server.url}/introspect?token=\nintrospection_mode = get\nusername_attribute = email\n")
    # What Dovecot runs as must be able to walk to the file.
    for directory in (tmp_path, *tmp_path.parents[:3]):
        directory.chmod(directory.stat().st_mode | 0o011)
    with Dovecot({MAILBOX: "unused"}, extra=ASKS.format(mechanism=request.param, file=asked)) as running:
        yield running


def server(dovecot: Dovecot) -> Server:
    return Server("localhost", dovecot.imaps_port, Security.TLS, MAILBOX, ca_file=dovecot.certificate, oauth=True, timeout_s=10)


def test_a_good_token_opens_the_mailbox(dovecot: Dovecot, tokens: AccessTokens) -> None:
    dovecot.deliver(b"From: a@b.example\r\nSubject: hello\r\n\r\nbody\r\n")
    mailbox = ImapMailbox(server(dovecot), token=tokens)
    try:
        assert len(mailbox.sweep("INBOX", None).uids) == 1
    finally:
        mailbox.close()


def test_a_refused_token_is_said_and_the_next_connection_gets_another(
    dovecot: Dovecot, token_server: TokenServer, tokens: AccessTokens
) -> None:
    token_server.access_tokens.discard(tokens())  # withdrawn at the provider
    mailbox = ImapMailbox(server(dovecot), token=tokens)
    try:
        with pytest.raises(PermanentFailure, match="refused the access token of"):
            mailbox.folders()
        assert "INBOX" in mailbox.folders()
    finally:
        mailbox.close()


def test_submission_with_a_token(token_server: TokenServer, tokens: AccessTokens) -> None:
    async def scene() -> None:
        async with FaultySmtp({"AUTH": ["334 eyJzdGF0dXMiOiI0MDAifQ==", "235 2.7.0 welcome"]}, extensions=("AUTH PLAIN XOAUTH2",)) as smtp:
            address = Server("127.0.0.1", smtp.port, Security.NONE, MAILBOX, oauth=True, timeout_s=5)
            submission = SmtpSubmission(address, token=tokens)
            first = await submission.send(b"Subject: x\r\n\r\ny\r\n", MAILBOX, ["ops@acme.example"])
            assert (first.outcome, "refused the access token" in first.detail) == (SendOutcome.TEMPORARY, True)
            second = await submission.send(b"Subject: x\r\n\r\ny\r\n", MAILBOX, ["ops@acme.example"])
            assert second.outcome is SendOutcome.ACCEPTED
            await submission.close()
            assert len(token_server.forms) == 2, "a refused token is not tried again"

    asyncio.run(scene())


def test_a_submission_server_that_takes_no_token(tokens: AccessTokens) -> None:
    async def scene() -> None:
        async with FaultySmtp(extensions=("AUTH PLAIN",)) as smtp:
            address = Server("127.0.0.1", smtp.port, Security.NONE, MAILBOX, oauth=True, timeout_s=5)
            with pytest.raises(PermanentFailure, match="takes no access token"):
                await SmtpSubmission(replace(address), token=tokens).probe()
            assert not smtp.commands or all(not line.startswith("AUTH") for line in smtp.commands)

    asyncio.run(scene())
