"""What a server says is kept without our own secrets, in whatever coat it gives them back."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.servers.faulty_smtp import FaultySmtp
from tests.servers.loopback_tls import CA_FILE, own_context
from tests.servers.scripted_imap import Answer, ScriptedImap
from tests.servers.token_server import TokenServer
from triage.adapters.echoes import MASK, forms_of, forms_of_sign_in, repeats, without
from triage.adapters.imap.facade import connect
from triage.adapters.oauth import endpoint
from triage.adapters.oauth.endpoint import post
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Security, Server

SECRET = 'canary "7Kq" & pass\\word'
PLAIN = base64.b64encode(f"\0api\0{SECRET}".encode()).decode()
XOAUTH2 = base64.b64encode(f"user=api\x01auth=Bearer {SECRET}\x01\x01".encode()).decode()
COATS = {
    "as it is": SECRET,
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "as AUTH PLAIN": PLAIN,
    "as XOAUTH2": XOAUTH2,
    "in a form": quote_plus(SECRET),
    "in JSON": json.dumps(SECRET)[1:-1],
}
BODY = "what a partner has told us in confidence"
RECIPIENT = "a-person-with-a-long-name@acme.example"
MAIL = f"From: api@wise.example\r\nTo: {RECIPIENT}\r\nSubject: x\r\n\r\n{BODY}\r\n".encode()


def shows_it(text: str) -> bool:
    return any(coat in text for coat in COATS.values()) or "7Kq" in text


@pytest.mark.parametrize("coat", COATS.values(), ids=COATS.keys())
def test_a_secret_is_taken_out_in_every_coat(coat: str) -> None:
    assert without(f"refused: {coat} for api", forms_of_sign_in("api", SECRET)) == f"refused: {MASK} for api"


def test_what_is_too_short_to_be_told_from_words_is_left() -> None:
    assert without("no one is here", forms_of("no", "")) == "no one is here"


# --- mail servers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coat", COATS.values(), ids=COATS.keys())
@pytest.mark.parametrize("command", ["LOGIN", "NOOP"])
def test_an_imap_server_that_repeats_the_password(command: str, coat: str) -> None:
    answers: dict[str, Answer] = {command: f"{{tag}} NO [AUTHENTICATIONFAILED] you sent {coat} and that was it\r\n".encode()}
    with ScriptedImap(answers) as imap, pytest.raises(TriageError) as caught:
        connect(imap.server(password=SECRET)).noop()
    assert MASK in caught.value.message
    assert not shows_it(f"{caught.value.message} {caught.value.hint}")


@pytest.mark.parametrize("coat", COATS.values(), ids=COATS.keys())
@pytest.mark.parametrize("verb", ["AUTH", "MAIL", "RCPT", "DATA", "DOT"])
def test_a_submission_server_that_repeats_the_password(verb: str, coat: str) -> None:
    result = sent(FaultySmtp({verb: f"535 you sent {coat} and that was it"}))
    assert MASK in result.detail
    assert not shows_it(str(result))


def test_a_password_at_the_end_of_a_long_answer_is_not_cut_in_two_but_taken_out() -> None:
    assert not shows_it(str(sent(FaultySmtp({"AUTH": f"535 {'x' * 340} {SECRET}"}))))


def test_a_size_of_many_digits_is_no_size() -> None:
    assert sent(FaultySmtp(extensions=("SIZE " + "9" * 5000, "AUTH PLAIN"))).refused == {}


def sent(faulty: FaultySmtp, security: Security = Security.NONE, ca_file: Path = CA_FILE) -> SendResult:
    async def send() -> SendResult:
        async with faulty:
            submission = SmtpSubmission(Server("127.0.0.1", faulty.port, security, "api", lambda: SECRET, ca_file, 3.0))
            result = await submission.send(MAIL, "api@wise.example", [RECIPIENT])
            await submission.close()
            return result

    return asyncio.run(send())


# --- a token endpoint ------------------------------------------------------------------------------------------------

FORM = {"grant_type": "refresh_token", "client_id": "client-7", "refresh_token": SECRET}


@pytest.mark.parametrize("field", ["error", "error_description"])
@pytest.mark.parametrize("status", [400, 500])
def test_a_token_endpoint_that_repeats_the_refresh_token(status: int, field: str) -> None:
    with TokenServer() as server, pytest.raises(TriageError) as caught:
        server.say.append((status, {"error": "invalid_grant", field: f"no good: {SECRET} at all"}))
        post(f"{server.url}/token", FORM)
    assert MASK in caught.value.message
    assert not shows_it(str(caught.value.message))


async def head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")


async def drip(writer: asyncio.StreamWriter) -> None:
    await head(writer)
    while True:
        writer.write(b"X-More: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flood(writer: asyncio.StreamWriter) -> None:
    await head(writer)
    writer.write(b"\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def packed(writer: asyncio.StreamWriter) -> None:
    await head(writer)
    writer.write(b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b" + b"\0" * 100)
    writer.close()


async def elsewhere(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("manner", [drip, flood, packed])
def test_a_token_endpoint_without_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, manner: Callable[[asyncio.StreamWriter], Awaitable[None]]
) -> None:
    monkeypatch.setattr(endpoint, "PATIENCE_S", 0.5)
    began = time.monotonic()
    with pytest.raises(TemporaryFailure):
        asyncio.run(asked(manner))
    assert time.monotonic() - began < 5  # 0.5 s, and a slow machine


def test_a_token_endpoint_that_sends_us_elsewhere_is_a_wrong_address() -> None:
    with pytest.raises(PermanentFailure, match="307"):
        asyncio.run(asked(elsewhere))


async def asked(manner: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await manner(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        await asyncio.to_thread(post, f"http://127.0.0.1:{port}/token", FORM)
    finally:
        server.close()


# --- what was sent -----------------------------------------------------------------------------------------------------


PAGE = json.dumps({"summary": "URGENT: “payouts” fail since noon", "link": "https://t.example/p/0123456789abcdef0123456789abcdef"}).encode()


@pytest.mark.parametrize(
    "said",
    [
        "500 no: 0123456789abcdef0123456789abcdef",
        "bad request {'summary': 'URGENT: “payouts” fail since noon'}",
        PAGE.decode(),
    ],
)
def test_a_page_that_is_given_back_is_known_again(said: str) -> None:
    assert repeats(said, PAGE)


def test_a_form_that_is_given_back_decoded_is_known_again() -> None:
    assert repeats("no: the payouts of acme have been failing", b"Body=the+payouts+of+acme+have+been+failing%21")


@pytest.mark.parametrize("said", ["", "invalid_payload", "The 'To' number +41790000000 is not a valid phone number.", "summary is missing"])
def test_words_of_its_own_are_told(said: str) -> None:
    assert not repeats(said, PAGE + b"+41790000000")


def test_a_submission_server_that_repeats_the_mail() -> None:
    result = sent(FaultySmtp({"DOT": f"554 content refused: {BODY}"}))
    assert result.detail == "554 (it repeats what was sent to it)"


def test_a_submission_server_may_name_the_address_it_refuses() -> None:
    result = sent(FaultySmtp({"RCPT": f"550 5.1.1 <{RECIPIENT}>: no such user"}))
    assert f"<{RECIPIENT}>: no such user" in result.detail


# --- between us and the submission server ------------------------------------------------------------------------------


def test_what_is_said_in_plain_text_after_starttls_is_not_believed_by_smtp() -> None:
    """Injected: an EHLO answer that offers another way to sign in."""
    faulty = FaultySmtp({"STARTTLS": "220 go on\r\n250-evil\r\n250 AUTH LOGIN"}, extensions=("STARTTLS", "AUTH PLAIN"))
    assert sent(faulty, Security.STARTTLS).outcome is SendOutcome.ACCEPTED
    assert faulty.passwords() == [SECRET]


@pytest.mark.parametrize("fault", ["another name", "expired", "signed by nobody we know"])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_is_not_the_servers_gets_neither_password_nor_mail(tmp_path: Path, fault: str, security: Security) -> None:
    how = {"another name": {"name": "other.example"}, "expired": {"ends_in": timedelta(days=-1)}}.get(fault, {})
    context, authority = own_context(tmp_path, **how)  # type: ignore[arg-type]
    faulty = FaultySmtp(extensions=("STARTTLS", "AUTH PLAIN"), implicit_tls=security is Security.TLS, context=context)
    result = sent(faulty, security, CA_FILE if fault == "signed by nobody we know" else authority)
    assert "certificate" in result.detail
    assert (faulty.passwords(), faulty.mails) == ([], [])
