"""Reaching other machines: what is wrong is one sentence, and what they show is read."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.faulty_smtp import FaultySmtp
from tests.servers.http_sink import Manner, Reply
from tests.servers.http_sink_thread import running_sink
from tests.servers.loopback_tls import CA_FILE, server_context
from tests.servers.scripted_imap import ScriptedImap
from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.private_file import write_private
from triage.adapters.reach import is_free, knock, look, resolve
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.settings import Security, Server

LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)


def nobody() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_name_and_one_that_is_none() -> None:
    assert resolve("localhost")
    with pytest.raises(TemporaryFailure, match=r"the name nowhere\.invalid cannot be resolved"):
        resolve("nowhere.invalid")


@pytest.mark.parametrize("host", ["a" * 70, "x..y", "bl\u00e4h\u00e4\ud800"])
def test_what_could_be_no_name_is_a_sentence(host: str) -> None:
    with pytest.raises(TemporaryFailure, match="cannot be resolved"):
        resolve(host)


def test_a_port_where_somebody_listens_and_one_where_nobody_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        knock("127.0.0.1", port)
        assert not is_free("127.0.0.1", port)
    with pytest.raises(TemporaryFailure, match=f"nothing listens at 127.0.0.1:{port}"):
        knock("127.0.0.1", port)
    assert is_free("127.0.0.1", port)


def test_what_a_web_server_says_and_its_clock() -> None:
    with running_sink(Reply(418, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})) as sink:
        answer = look(sink.url)
    assert (answer.status, answer.date) == (418, datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.mark.parametrize("reply", [Reply(manner=Manner.GARBAGE), Reply(manner=Manner.RESET), Reply(manner=Manner.CLOSE)])
def test_what_is_no_answer_is_a_sentence_without_the_path(reply: Reply) -> None:
    with running_sink(reply) as sink, pytest.raises(TemporaryFailure) as told:
        look(f"{sink.url}/secret-path")
    assert "cannot be reached" in told.value.message
    assert "secret-path" not in told.value.message


def test_a_body_without_end_is_not_read() -> None:
    with running_sink(Reply(manner=Manner.ENDLESS)) as sink:
        assert look(sink.url).status == 200


def test_a_date_that_is_none() -> None:
    with running_sink(Reply(headers={"Date": "yesterday"})) as sink:
        assert look(sink.url).date is None


def test_a_certificate_that_nobody_vouches_for() -> None:
    with ScriptedImap(tls=server_context()) as server, pytest.raises(PermanentFailure, match=r"the certificate of 127\.0\.0\.1"):
        look(f"https://127.0.0.1:{server.server().port}/")


@pytest.mark.parametrize("security", [Security.TLS, Security.NONE])
def test_the_end_of_the_mailboxs_certificate(security: Security) -> None:
    with ScriptedImap(tls=server_context() if security is Security.TLS else None) as imap:
        mailbox = ImapMailbox(imap.server(security=security, ca_file=CA_FILE))
        ends_at = mailbox.inspect().certificate_ends_at
        mailbox.close()
    assert (ends_at is not None and ends_at > LONG_AFTER) is (security is Security.TLS)


def test_the_end_of_the_submission_servers_certificate() -> None:
    async def ask() -> datetime | None:
        async with FaultySmtp(implicit_tls=True) as smtp:
            server = Server("localhost", smtp.port, Security.TLS, ca_file=CA_FILE, timeout_s=5)
            return (await SmtpSubmission(server).probe()).certificate_ends_at

    ends_at = asyncio.run(ask())
    assert ends_at is not None
    assert ends_at > LONG_AFTER


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for somebody else")
def test_what_root_writes_into_the_daemons_directory_belongs_to_the_daemon(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1235)
    write_private(tmp_path / "oauth.json", "{}")
    status = (tmp_path / "oauth.json").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 1235, 0o600)
