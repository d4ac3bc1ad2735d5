"""A token endpoint, asked once: form in, tokens or one plain sentence out (RFC 6749 sections 5.1 and 5.2).

Decides temporary or permanent. Never follows a redirect, uses no proxy of the environment, never shows a token: of what a server says its
error is quoted, bounded and without what was sent to it. Called by `tokens` and `consent`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from triage.adapters.echoes import forms_of, without
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.wording.plain import plain

PATIENCE_S = 20.0
LARGEST_ANSWER = 64 * 1024
USUAL_LIFE = timedelta(hours=1)
"""RFC 6749 section 4.2.2 recommends `expires_in` and does not demand it."""

_SHOWN = 200
_PUBLIC = frozenset({"grant_type", "client_id", "scope"})
"""Of what is sent; the rest are secrets."""
_SIGN_IN_AGAIN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_UNREACHED = "check DNS, the firewall and the addresses in [oauth]"
_PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """`refresh` is empty when the server gave no new one: the old one stays good (RFC 6749 section 6)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False, default="")
    life: timedelta = USUAL_LIFE


class Declined(PermanentFailure):
    """The server said no; `code` is its error code, such as `invalid_grant` or `authorization_pending`."""

    def __init__(self, message: str, code: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


def post(url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    """The JSON object of a 200. Raises Declined for an OAuth error, PermanentFailure or TemporaryFailure for the rest."""
    host = urlsplit(url).netloc
    try:
        status, body = asyncio.run(_exchange(url, form))
    except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
        raise TemporaryFailure(f"{host} cannot be asked for an access token: {type(error).__name__}", hint=_UNREACHED) from None
    if len(body) > LARGEST_ANSWER:
        raise TemporaryFailure(f"{host} answers with more than a token")
    said = _object(body)
    if status == 200 and said is not None:
        return said
    raise _failure(host, status, said or {}, forms_of(*(value for name, value in form.items() if name not in _PUBLIC)))


async def _exchange(url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and body, within one deadline, which httpx alone has not; the bytes as they come, as nothing compressed was asked for."""
    body = bytearray()
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(timeout=PATIENCE_S + 1, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, data=dict(form), headers={"Accept-Encoding": "identity"}) as answer,
    ):
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                break
    return answer.status_code, bytes(body)


def read_tokens(said: Mapping[str, Any], host: str) -> Tokens:
    """Raises TemporaryFailure for a 200 that holds no token."""
    access, refresh, seconds = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
    if not isinstance(access, str) or not access or not access.isascii():
        raise TemporaryFailure(f"{host} answers without an access token")
    try:
        life = timedelta(seconds=int(seconds)) if seconds is not None else USUAL_LIFE
    except (TypeError, ValueError, OverflowError):
        life = USUAL_LIFE
    return Tokens(access, refresh if isinstance(refresh, str) else "", life if life > timedelta(0) else USUAL_LIFE)


def from_command(command: Sequence[str]) -> Tokens:
    """The first line that a program of the operator's prints; it is asked anew each time, so that it may keep tokens as it likes."""
    hint = f"run it by hand as triage's user: {' '.join(command)}"
    try:
        ended = subprocess.run(list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise TemporaryFailure(f"token_command did not end within {PATIENCE_S:g} seconds", hint=hint) from None
    except OSError as error:
        raise PermanentFailure(f"token_command cannot be run: {error.strerror}", hint=hint) from None
    if ended.returncode != 0:
        raise TemporaryFailure(f"token_command ended with {ended.returncode}", hint=hint)
    line = ended.stdout.decode("utf-8", "replace").split("\n", 1)[0].strip()
    if not line or not line.isascii() or " " in line:
        raise PermanentFailure("token_command printed no access token in its first line", hint=hint)
    return Tokens(line, life=timedelta(0))


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _failure(host: str, status: int, said: Mapping[str, Any], forms: Sequence[str]) -> PermanentFailure | TemporaryFailure:
    code = said.get("error")
    if not isinstance(code, str) or not code:
        text = f"{host} answers {status} instead of an access token"
        # 408, 429 and 5xx pass; a 404 or a redirect is a wrong address.
        return (
            TemporaryFailure(text) if status in (200, 408, 429) or status >= 500 else PermanentFailure(text, hint="check [oauth] token_url")
        )
    text = f"{host} gives no access token: {_plain(code, forms)}{_described(said, forms)}"
    if code in _PASSING or status >= 500 or status == 429:
        return TemporaryFailure(text)
    if code in _SIGN_IN_AGAIN:
        return Declined(text, code, hint="the consent has ended or was withdrawn; sign in again: triage auth login")
    return Declined(text, code, hint="check [oauth] client_id, client_secret, tenant and scope")


def _described(said: Mapping[str, Any], forms: Sequence[str]) -> str:
    text = said.get("error_description")
    return f" ({_plain(text, forms)})" if isinstance(text, str) and text else ""


def _plain(text: str, forms: Sequence[str]) -> str:
    return plain(without(text, forms))[:_SHOWN]
