"""Opening a connection to the submission server: greeting, EHLO, TLS, AUTH (RFC 6409, 8314, 4954).

Decides what a failed step means and says it in one sentence with a hint: TemporaryFailure for what may pass by itself, PermanentFailure for
what a person must mend. Never falls back to plain text, never sends a password twice (three wrong tries lock accounts), never sends mail.
Called by `smtp` and, through it, by `triage check`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiosmtplib

from triage.adapters.echoes import forms_of_sign_in, without
from triage.adapters.reach import certificate_ends_at
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.mail.compose import clean_value
from triage.core.seams import TokenSource
from triage.core.settings import Security, Server

AUTH_CODES = frozenset({530, 534, 535, 538})
"""RFC 4954 §6: the server wants other or better credentials than it got."""

MOST_DIGITS = 20
"""Of a size (RFC 1870 section 3)."""
MAX_TOLD = 400
"""Characters of what is said about an attempt"""


@dataclass(frozen=True, slots=True)
class SmtpProbe:
    """What `triage check` found. `tls` is the protocol version ("TLSv1.3"), empty without TLS; `size_limit` is in bytes."""

    greeting: str
    tls: str
    extensions: tuple[str, ...]
    auth_methods: tuple[str, ...]
    size_limit: int | None
    logged_in_as: str
    certificate_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """`forms` are those of the secret that was used, which the server may repeat at any time."""

    client: aiosmtplib.SMTP
    found: SmtpProbe
    forms: Sequence[str] = field(repr=False)


def answer_text(code: int, text: str) -> str:
    """A server's answer on one line. -1 is aiosmtplib's code for something that is no SMTP answer. To be masked, then cut, before it is
    shown."""
    return clean_value(f"{code} {text}" if code > 0 else text)


def problem_text(error: BaseException) -> str:
    """What broke, in words, for the record."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return answer_text(error.code, error.message)
    return clean_value(str(error) or type(error).__name__)


def own_name() -> str:
    """What EHLO says. An address literal when this host has no full name (RFC 5321 §4.1.3); never asks DNS, which may hang."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


async def open_session(server: Server, *, ehlo_name: str = "", token: TokenSource | None = None) -> Session:
    """Ready for MAIL. Raises TemporaryFailure or PermanentFailure; takes at most twice `server.timeout_s`, after the token."""
    secret = await asyncio.to_thread(token) if token is not None else server.secret() if server.username else ""
    forms = forms_of_sign_in(server.username, secret)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security is Security.TLS,
        start_tls=False,  # STARTTLS is a step of its own below; aiosmtplib's default would be "if it works"
        tls_context=None if server.security is Security.NONE else await asyncio.to_thread(_tls_context, server.ca_file),
        local_hostname=ehlo_name or own_name(),
        timeout=server.timeout_s,
    )
    try:
        async with asyncio.timeout(server.timeout_s * 2):
            return Session(client, await _prepare(client, server, secret), forms)
    except BaseException as error:
        client.close()
        if token is not None and isinstance(error, aiosmtplib.SMTPAuthenticationError):
            token.forget()
        if isinstance(error, (aiosmtplib.SMTPException, OSError, UnicodeError)):
            failure = _explain(server, error)
            # The original stays out of the traceback: it may repeat what was sent.
            raise type(failure)(without(failure.message, forms)[:MAX_TOLD], hint=failure.hint) from None
        raise


async def _prepare(client: aiosmtplib.SMTP, server: Server, secret: str) -> SmtpProbe:
    greeting = await client.connect()
    await client.ehlo()
    if server.security is Security.STARTTLS:
        await _start_tls(client, server)
    if server.oauth:
        await _log_in_with_token(client, server, secret)
    elif server.username:
        await _log_in(client, server, secret)
    tls = client.get_transport_info("ssl_object")
    return SmtpProbe(
        greeting=answer_text(greeting.code, greeting.message)[:MAX_TOLD],
        tls=(tls.version() or "") if isinstance(tls, (ssl.SSLObject, ssl.SSLSocket)) else "",
        extensions=tuple(sorted(client.esmtp_extensions)),
        auth_methods=tuple(client.server_auth_methods),
        size_limit=size_limit(client),
        logged_in_as=server.username,
        certificate_ends_at=certificate_ends_at(tls),
    )


def size_limit(client: aiosmtplib.SMTP) -> int | None:
    """The largest mail the server takes, in bytes (RFC 1870); None when it does not say, or says 0."""
    said = client.esmtp_extensions.get("size", "")
    return int(said) or None if said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS else None


async def _start_tls(client: aiosmtplib.SMTP, server: Server) -> None:
    if not client.supports_extension("starttls"):
        raise PermanentFailure(
            f"{_name(server)} does not offer STARTTLS; nothing was sent in plain text",
            hint='try security = "tls" (port 465), or ask the provider which port takes STARTTLS',
        )
    await client.starttls()
    await client.ehlo()


async def _log_in(client: aiosmtplib.SMTP, server: Server, password: str) -> None:
    """One try with one method."""
    methods = client.server_auth_methods
    if "plain" in methods:
        await client.auth_plain(server.username, password)
    elif "login" in methods:
        await client.auth_login(server.username, password)
    elif "cram-md5" in methods:
        await client.auth_crammd5(server.username, password)
    else:
        raise PermanentFailure(
            f"{_name(server)} offers no way to log in with a password (AUTH: {' '.join(methods) or 'none'})",
            hint="check port and security: most servers offer AUTH only after TLS",
        )


async def _log_in_with_token(client: aiosmtplib.SMTP, server: Server, token: str) -> None:
    """XOAUTH2, the one way of both big providers."""
    if "xoauth2" not in client.server_auth_methods:
        raise PermanentFailure(
            f"{_name(server)} takes no access token (AUTH: {' '.join(client.server_auth_methods) or 'none'})",
            hint="check port and security: most servers offer AUTH only after TLS",
        )
    await client.auth_xoauth2(server.username, token)


def _explain(server: Server, error: BaseException) -> TriageError:
    """The failure of any step, with what to do about it."""
    cause = error.__cause__ or error
    match cause:
        case aiosmtplib.SMTPAuthenticationError() if server.oauth and not 400 <= cause.code < 500:
            return PermanentFailure(
                f"{_name(server)} refused the access token of {server.username}: {problem_text(cause)}",
                hint="is authenticated SMTP allowed for this mailbox? docs/sign-in.md lists what each provider wants",
            )
        case aiosmtplib.SMTPAuthenticationError() if not 400 <= cause.code < 500:
            return PermanentFailure(
                f"{_name(server)} refused the login of {server.username}: {problem_text(cause)}",
                hint="check [smtp] username and password; many providers want an app password here",
            )
        case ssl.SSLCertVerificationError():
            return PermanentFailure(
                f"{_name(server)} shows a certificate that is not accepted: {cause.verify_message}",
                hint="use the name that is in the certificate as host, or name the issuing authority with ca_file",
            )
        case ssl.SSLError():
            return PermanentFailure(
                f"{_name(server)} does not speak TLS as expected: {problem_text(cause)}",
                hint='security = "tls" is for port 465, "starttls" for port 587',
            )
        case socket.gaierror() | UnicodeError():
            return TemporaryFailure(f"the name {server.host} cannot be resolved", hint="check [smtp] host and this machine's DNS")
        case ConnectionRefusedError():
            return TemporaryFailure(f"nothing listens at {_name(server)}", hint="check [smtp] host and port, and the firewall")
        case TimeoutError():
            return TemporaryFailure(
                f"{_name(server)} did not answer in time", hint='check the firewall; port 465 wants security = "tls", 587 "starttls"'
            )
        case _:
            return TemporaryFailure(f"no session with {_name(server)}: {problem_text(cause)}")


def _name(server: Server) -> str:
    return f"{server.host}:{server.port}"


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise PermanentFailure(f"ca_file {ca_file} cannot be used: {problem_text(error)}", hint="it must be a readable PEM file") from error
