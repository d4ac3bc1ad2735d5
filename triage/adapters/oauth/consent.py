"""Signing in by a person, once: the device flow (RFC 8628), or the browser flow with PKCE whose last address is pasted (RFC 8252, 7636).

Gives tokens or raises; keeps nothing. Called by `triage auth login`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from triage.adapters.oauth.endpoint import Declined, Tokens, post, read_tokens
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import Clock, Entropy
from triage.core.settings import OAuth

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_EVERY_S = 5.0
_SLOWER_BY_S = 5.0
"""RFC 8628 section 3.5."""
_LONGEST = timedelta(minutes=30)
RETURN_TO = "http://127.0.0.1:8026/"
"""Nothing listens there: the browser shows an error page, and its address holds the code."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person is asked to do: open `address`, type `code`."""

    address: str
    code: str


def by_device(oauth: OAuth, clock: Clock, wait: Callable[[float], None], invite: Callable[[Invitation], None]) -> Tokens:
    """Until the person has agreed. Raises PermanentFailure when they decline or take too long."""
    said = post(oauth.device_url, {"client_id": oauth.client_id, "scope": oauth.scope})
    device_code, user_code = said.get("device_code"), said.get("user_code")
    address = said.get("verification_uri") or said.get("verification_url")
    if not (isinstance(device_code, str) and isinstance(user_code, str) and isinstance(address, str)):
        raise TemporaryFailure(f"{urlsplit(oauth.device_url).netloc} gives no code to sign in with")
    invite(Invitation(address, user_code))
    pause = _seconds(said.get("interval"), _EVERY_S)
    until = clock.monotonic() + min(_seconds(said.get("expires_in"), 900.0), _LONGEST.total_seconds())
    form = {"grant_type": _DEVICE_GRANT, "client_id": oauth.client_id, "device_code": device_code}
    if secret := oauth.client_secret():
        form["client_secret"] = secret
    while clock.monotonic() < until:
        wait(pause)
        try:
            return read_tokens(post(oauth.token_url, form), urlsplit(oauth.token_url).netloc)
        except TemporaryFailure:
            pause += _SLOWER_BY_S
        except Declined as declined:
            if declined.code == "authorization_declined" or declined.code == "access_denied":
                raise PermanentFailure("the sign-in was declined", hint="start again: triage auth login") from None
            if declined.code not in ("authorization_pending", "expired_token"):
                raise
            if declined.code == "expired_token":
                break
    raise PermanentFailure("nobody signed in in time", hint="start again: triage auth login")


class BrowserSignIn:
    """Two steps: `address` is opened by a person in any browser; what the browser shows in the end is given to `finish`."""

    def __init__(self, oauth: OAuth, entropy: Entropy) -> None:
        self._oauth = oauth
        self._verifier = entropy.token(32)
        self._state = entropy.token(16)

    @property
    def address(self) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self._oauth.client_id,
            "redirect_uri": RETURN_TO,
            "response_type": "code",
            "scope": self._oauth.scope,
            "state": self._state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
            "login_hint": self._oauth.username,
        }
        return f"{self._oauth.authorize_url}?{urlencode(asked)}"

    def finish(self, pasted: str) -> Tokens:
        """Raises PermanentFailure for an address of another sign-in, or one that says no."""
        answer = {name: values[0] for name, values in parse_qs(urlsplit(pasted.strip()).query).items()}
        if answer.get("state") != self._state:
            raise PermanentFailure("this address does not belong to this sign-in", hint="paste the whole address that the browser shows")
        if not answer.get("code"):
            raise PermanentFailure(f"the sign-in was declined: {answer.get('error', 'no reason given')[:80]}")
        form = {
            "grant_type": "authorization_code",
            "client_id": self._oauth.client_id,
            "code": answer["code"],
            "redirect_uri": RETURN_TO,
            "code_verifier": self._verifier,
        }
        if secret := self._oauth.client_secret():
            form["client_secret"] = secret
        return read_tokens(post(self._oauth.token_url, form), urlsplit(self._oauth.token_url).netloc)


def _seconds(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 86400 else default
