"""The facade's cures, each against a server scripted to misbehave in just that way."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.dovecot import make_certificate
from tests.servers.scripted_imap import Answer, ScriptedImap, Wire
from triage.adapters.imap import errors
from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.facade import Connection, connect
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.settings import Security, Server

AT = datetime(2026, 1, 1, tzinfo=UTC)


def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def login_answer(answer: bytes, *, password: str = "secret") -> Exception:
    with ScriptedImap({"LOGIN": answer}) as imap, pytest.raises((TemporaryFailure, PermanentFailure)) as caught:
        connect(imap.server(password=password))
    return caught.value


# --- connecting ------------------------------------------------------------------------------------------------------


def test_a_refused_connection_is_temporary_and_names_the_port() -> None:
    port = refused_port()
    with pytest.raises(TemporaryFailure, match=f"127.0.0.1:{port} refused the connection"):
        connect(Server("127.0.0.1", port, Security.NONE))


def test_an_unknown_host_is_temporary_and_named() -> None:
    failure = errors.explain(Server("imap.nowhere.example", 993), "connecting", socket.gaierror(-2, "Name or service not known"))
    assert isinstance(failure, TemporaryFailure)
    assert "imap.nowhere.example cannot be resolved" in failure.message


def test_a_silent_server_is_given_up_after_the_timeout() -> None:
    with ScriptedImap(greeting=b"") as imap, pytest.raises(TemporaryFailure, match=r"did not answer within 0\.2 seconds while connecting"):
        connect(imap.server(timeout_s=0.2))


def test_a_server_that_turns_clients_away_is_temporary_and_quoted() -> None:
    with ScriptedImap(greeting=b"* BYE too many connections\r\n") as imap, pytest.raises(TemporaryFailure, match="too many connections"):
        connect(imap.server())


def test_something_that_is_not_imap_is_told_without_its_words() -> None:
    with ScriptedImap(greeting=b"220 smtp.example ESMTP\r\n") as imap, pytest.raises(TemporaryFailure, match="is not IMAP") as caught:
        connect(imap.server())
    assert "ESMTP" not in caught.value.message


def test_without_starttls_on_offer_no_password_is_sent() -> None:
    with ScriptedImap() as imap, pytest.raises(PermanentFailure, match="does not offer STARTTLS"):
        connect(imap.server(security=Security.STARTTLS))
    assert imap.count("LOGIN") == 0


def test_a_missing_ca_file_is_permanent_and_named() -> None:
    with pytest.raises(PermanentFailure, match=r"ca_file /nowhere/ca\.pem cannot be used"):
        connect(Server("127.0.0.1", refused_port(), Security.TLS, ca_file=Path("/nowhere/ca.pem")))


@pytest.mark.parametrize(
    ("reason", "hint"), [("Hostname mismatch", "host name"), ("certificate has expired", "renewed"), ("self-signed certificate", "ca_file")]
)
def test_each_certificate_fault_says_what_to_do(reason: str, hint: str) -> None:
    fault = ssl.SSLCertVerificationError(1, "failed")
    fault.verify_message = reason
    failure = errors.explain(Server("imap.example.com", 993), "connecting", fault)
    assert isinstance(failure, PermanentFailure)
    assert reason in failure.message
    assert hint in failure.hint


def test_tls_that_breaks_in_use_is_temporary() -> None:
    fault = ssl.SSLError(1, "[SSL] decryption failed")
    fault.reason = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    assert isinstance(errors.explain(Server("imap.example.com", 993), "searching", fault), TemporaryFailure)


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_certificate(cert, key, names=("DNS:other.example",))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    with ScriptedImap(tls=context) as imap, pytest.raises(PermanentFailure, match="certificate that cannot be accepted") as caught:
        connect(imap.server(security=Security.TLS, ca_file=cert))
    assert "host name" in caught.value.hint


# --- logging in ------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_permanent() -> None:
    failure = login_answer(b"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.\r\n")
    assert isinstance(failure, PermanentFailure)
    assert "refused the user name or password of api" in failure.message


@pytest.mark.parametrize(
    "answer",
    [
        b"NO [UNAVAILABLE] Temporary authentication failure.",
        b"NO [ALERT] Too many simultaneous connections. (Failure)",
        b"BAD User is authenticated but not connected.",
        b"NO [LIMIT] Maximum number of connections exceeded.",
    ],
)
def test_a_busy_server_is_not_a_wrong_password(answer: bytes) -> None:
    assert isinstance(login_answer(b"{tag} " + answer + b"\r\n"), TemporaryFailure)


def test_a_server_that_hangs_up_at_login_is_not_a_wrong_password() -> None:
    with (
        ScriptedImap({"LOGIN": lambda wire, _tag, _line: wire.hang_up()}) as imap,
        pytest.raises(TemporaryFailure, match="closed the conn"),
    ):
        connect(imap.server())


def test_a_suggested_backoff_is_honoured() -> None:
    failure = login_answer(b"{tag} NO Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n")
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after_s == 299.961


def test_a_password_that_the_server_echoes_is_not_shown() -> None:
    failure = login_answer(b"{tag} NO no user api with password hunter2\r\n", password="hunter2")
    assert "hunter2" not in str(failure)
    assert failure.__cause__ is None


def test_names_and_passwords_are_quoted() -> None:
    with ScriptedImap() as imap:
        connect(imap.server(password='a "b\\c')).close()
        assert imap.commands[1] == 'LOGIN "api" "a \\"b\\\\c"'


@pytest.mark.parametrize("password", ["two\r\nlines", "nul\0"])
def test_a_password_that_would_start_a_second_command_is_not_sent(password: str) -> None:
    with ScriptedImap() as imap, pytest.raises(PermanentFailure, match="line end or NUL"):
        connect(imap.server(password=password))
    assert imap.commands == ["CAPABILITY"]


CAPABLE = b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n{tag} OK done\r\n"


def authenticate(wire: Wire, tag: bytes, _line: bytes) -> None:
    wire.send(b"+ \r\n")
    given = base64.b64decode(wire.line())
    wire.send(tag + (b" OK welcome\r\n" if given == "\0api\0s\u00e9cret".encode() else b" NO [AUTHENTICATIONFAILED] no\r\n"))


def test_a_password_outside_ascii_goes_by_plain() -> None:
    with ScriptedImap({"CAPABILITY": CAPABLE, "AUTHENTICATE": authenticate}) as imap:
        connect(imap.server(password="s\u00e9cret")).close()
        assert imap.count("LOGIN ") == 0


def test_a_server_that_takes_no_password_says_so() -> None:
    only = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done\r\n"
    with ScriptedImap({"CAPABILITY": only}) as imap, pytest.raises(PermanentFailure, match="takes no password over this connection"):
        connect(imap.server())


class OneToken:
    refused = 0

    def __call__(self) -> str:
        return "t0ken"

    def forget(self) -> None:
        self.refused += 1


def test_xoauth2_answers_the_error_challenge_with_nothing() -> None:
    """Sending the token again, as the library's own helper does, makes some servers hang up."""
    answers: list[bytes] = []
    token = OneToken()

    def refuse(wire: Wire, tag: bytes, _line: bytes) -> None:
        wire.send(b"+ \r\n")
        answers.append(base64.b64decode(wire.line()))
        wire.send(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        answers.append(base64.b64decode(wire.line()))
        wire.send(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")

    with ScriptedImap({"AUTHENTICATE": refuse}) as imap, pytest.raises(PermanentFailure, match="Invalid credentials"):
        connect(imap.server(), token=token)
    assert token.refused == 1, "the next connection wants another one"
    assert answers == [b"user=api\x01auth=Bearer t0ken\x01\x01", b""]


# --- commands --------------------------------------------------------------------------------------------------------


def with_connection(answers: dict[str, Answer], act: Callable[[Connection], object], *, timeout_s: float = 5.0) -> ScriptedImap:
    with ScriptedImap(answers) as imap:
        connection = connect(imap.server(timeout_s=timeout_s))
        try:
            act(connection)
        finally:
            connection.close()
    return imap


def test_imaplib_does_not_format_every_literal() -> None:
    levels: list[int] = []
    with_connection({}, lambda connection: levels.append(connection._client._imap.debug))
    assert levels == [0]


@pytest.mark.parametrize("folder", ["INBOX\r\nZ1 DELETE Sent", "nul\0"])
def test_a_folder_name_cannot_carry_a_command(folder: str) -> None:
    with ScriptedImap() as imap:
        connection = connect(imap.server())
        with pytest.raises(ValueError, match="line end or NUL"):
            connection.select(folder)
        with pytest.raises(ValueError, match="line end or NUL"):
            connection.append(folder, b"x", (), AT)
        connection.close()
        assert imap.count("EXAMINE") == imap.count("APPEND") == 0


def test_after_a_plain_no_the_connection_lives() -> None:
    def act(connection: Connection) -> None:
        with pytest.raises(UnknownFolder):
            connection.select("Nowhere")
        assert connection.alive
        connection.noop()

    with_connection({"EXAMINE": b"{tag} NO Mailbox doesn't exist: Nowhere\r\n"}, act)


@pytest.mark.parametrize(
    "answer",
    [
        b"{tag} BAD what\r\n",
        b"* BYE going down\r\n",
        b"* SEARCH 1 2",
        b"* SEARCH two\r\n{tag} OK done\r\n",
        b"garbage\r\n{tag} OK done\r\n",
        b"* SEARCH " + b"1 " * 600_000 + b"\r\n{tag} OK done\r\n",
        b"",
    ],
    ids=["BAD", "BYE", "torn line and silence", "not a number", "not IMAP", "a line over imaplib's limit", "silence"],
)
def test_after_any_doubt_a_connection_is_never_used_again(answer: bytes) -> None:
    def act(connection: Connection) -> None:
        with pytest.raises(TemporaryFailure):
            connection.uids(1)
        assert not connection.alive
        with pytest.raises(TemporaryFailure, match="given up"):
            connection.noop()

    imap = with_connection({"UID SEARCH": answer}, act, timeout_s=0.3)
    assert imap.count("NOOP") == 0


def test_flags_told_unasked_are_not_taken_for_a_message() -> None:
    """An unsolicited FETCH carries no UID: its sequence number could pass for the UID that is asked for next."""

    def act(connection: Connection) -> None:
        connection.select("INBOX")
        connection.noop()
        assert connection.fetch([5], ("BODY.PEEK[]",)) == {}

    with_connection({"NOOP": b"* 5 FETCH (FLAGS (\\Seen))\r\n{tag} OK done\r\n", "UID FETCH": b"{tag} OK done\r\n"}, act)


def test_a_server_without_uidvalidity_cannot_be_watched() -> None:
    def act(connection: Connection) -> None:
        with pytest.raises(PermanentFailure, match="no UIDVALIDITY"):
            connection.select("INBOX")

    with_connection({"EXAMINE": b"* 1 EXISTS\r\n{tag} OK done\r\n"}, act)


def test_a_folder_that_may_only_be_read_is_opened_all_the_same() -> None:
    def act(connection: Connection) -> None:
        assert not connection.select("INBOX", writable=True).writable

    with_connection({"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK [READ-ONLY] done\r\n"}, act)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"NO [OVERQUOTA] Quota exceeded", TemporaryFailure),
        (b"NO [TRYCREATE] no such mailbox", UnknownFolder),
        (b"NO [TOOBIG] message too large", PermanentFailure),
        (b"NO something odd", TemporaryFailure),
    ],
)
def test_a_refused_append_says_why(answer: bytes, kind: type[Exception]) -> None:
    def refuse(wire: Wire, tag: bytes, line: bytes) -> None:
        wire.send(b"+ go on\r\n")
        for _ in range(3):
            wire.line()
        wire.send(tag + b" " + answer + b"\r\n")

    def act(connection: Connection) -> None:
        with pytest.raises(kind, match=answer.split()[-1].decode()):
            connection.append("Sent", b"Subject: x\r\n\r\n", ("\\Seen",), AT)

    with_connection({"APPEND": refuse}, act)


def test_no_text_of_a_mail_gets_into_an_error() -> None:
    def act(connection: Connection) -> None:
        with pytest.raises(TemporaryFailure) as caught:
            connection.fetch([1], ("BODY.PEEK[]",))
        assert "confidential" not in str(caught.value)
        assert caught.value.__cause__ is None

    with_connection({"UID FETCH": b"* 1 FETCH (UID 1 BODY[] (confidential \r\n{tag} OK done\r\n"}, act)
