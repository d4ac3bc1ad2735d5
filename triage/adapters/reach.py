"""Whether another machine can be reached: its name, its port, its certificate, and what time it thinks it is.

Looks and sends nothing but a request for a page. Decides in one sentence with a hint what a failure means. Called by `triage doctor`.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from triage.core.failures import PermanentFailure, TemporaryFailure

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server said to a plain GET; `date` is its clock (RFC 9110 section 6.6.1), in whole seconds."""

    status: int
    date: datetime | None
    certificate_ends_at: datetime | None


def resolve(host: str) -> tuple[str, ...]:
    """Its addresses. Raises TemporaryFailure; takes as long as this machine's resolver does."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        hint = f"is the name spelled right? does this machine's DNS work: getent hosts {host}"
        raise TemporaryFailure(f"the name {host} cannot be resolved", hint=hint) from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def knock(host: str, port: int, timeout_s: float = PATIENCE_S) -> None:
    """Raises TemporaryFailure unless something takes connections there."""
    try:
        socket.create_connection((host, port), timeout_s).close()
    except socket.gaierror:
        raise TemporaryFailure(f"the name {host} cannot be resolved", hint=f"does this machine's DNS work: getent hosts {host}") from None
    except ConnectionRefusedError:
        raise TemporaryFailure(f"nothing listens at {host}:{port}", hint="check host and port") from None
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else (error.strerror or "no connection")
        raise TemporaryFailure(f"{host}:{port} cannot be reached: {reason}", hint="check the firewall and the route") from None


def is_free(host: str, port: int) -> bool:
    """Whether this machine would let a server listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError:
        return False
    return True


def look(url: str) -> Answer:
    """GET, without following redirects. Raises TemporaryFailure, and PermanentFailure for a certificate; neither repeats the path."""
    where = urlsplit(url).netloc
    try:
        with (
            httpx.Client(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as answer,
        ):
            stream = answer.extensions.get("network_stream")
            tls = stream.get_extra_info("ssl_object") if stream is not None else None
            return Answer(answer.status_code, _date(answer.headers.get("Date", "")), certificate_ends_at(tls))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        if "certificate" in reason.lower():
            hint = "renew it, or bring the chain and the name in it in order"
            raise PermanentFailure(f"the certificate of {where} is not accepted: {_after(reason)}", hint=hint) from None
        raise TemporaryFailure(f"{where} cannot be reached: {reason}", hint="check the address, DNS and the firewall") from None


def certificate_ends_at(tls: object) -> datetime | None:
    """Of the other side of a connection whose certificate was verified; None without TLS."""
    certificate = tls.getpeercert() if isinstance(tls, ssl.SSLSocket | ssl.SSLObject) else None
    ends = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _after(reason: str) -> str:
    return reason.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or reason


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
