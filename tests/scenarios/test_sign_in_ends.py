"""A sign-in that ends at the provider: known before the mailbox is lost, told by another way, over when somebody signs in."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import Office, open_office
from tests.scenarios.test_self_audit import failing, mails_arrive, minutes_pass
from tests.servers.http_sink_thread import until
from tests.servers.token_server import TokenServer
from triage.adapters.logs import LogEvent
from triage.adapters.oauth.token_file import TokenFile
from triage.core.audit import Check


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, server: TokenServer) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        imap = replace(office.config.imap, poll_every=timedelta(minutes=1))
        office.config = replace(office.config, imap=imap, oauth=server.settings())
        office.config.instance.state_dir.mkdir(mode=0o700)
        TokenFile(office.config.instance.state_dir).write("first-refresh", office.clock.now())
        office.audited = True
        office.start()
        until(lambda: len(server.forms) == 1, "the first access token")
        yield office


def test_a_token_is_renewed_before_its_end_without_a_connection_that_wants_one(office: Office, server: TokenServer) -> None:
    office.wait(minutes=47)
    assert len(server.forms) == 1
    office.wait(minutes=2)
    until(lambda: len(server.forms) == 2, "the second access token")
    assert failing(office) == []


def test_a_sign_in_that_has_ended_is_told_and_pages_until_somebody_signs_in(
    office: Office, server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "triage")
    office.wait(minutes=47)
    server.refresh_tokens.clear()
    office.wait(minutes=1)
    until(lambda: LogEvent.SIGN_IN_FAILED.value in caplog.messages, "the refused renewal")
    minutes_pass(office, 2)
    assert failing(office) == [Check.SIGN_IN]
    assert mails_arrive(office, 1) == ["[triage] the self-audit fails: sign-in"]
    minutes_pass(office, 5)
    (subject,) = mails_arrive(office, 1)
    assert subject == "Severity 1 triage itself, triage cannot sign in to the mailbox any more"
    server.refresh_tokens.add("second-sign-in")
    TokenFile(office.config.instance.state_dir).write("second-sign-in", office.clock.now())
    wanted = {"[triage] the self-audit passes again: sign-in", "triage itself: over (a new access token was given)"}
    heard: set[str] = set()

    def are_told() -> bool:
        """A renewal takes real time, of which pushed minutes have none: another minute until it has come."""
        time.sleep(0.05)
        minutes_pass(office, 1)
        heard.update(mail.subject for mail in office.outgoing())
        return wanted <= heard

    until(are_told, "the end of it", timeout_s=60)
