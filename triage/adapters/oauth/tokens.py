"""AccessTokens: the access token for a connection that is made now, renewed at 80 % of its life.

Decides when to renew; a renewal that fails is no failure while the old token lives, and is known at once (`problem`), so that people hear
of it before the mailbox is lost. Safe to use from several threads. Never keeps an access token on disk, never logs one.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from triage.adapters.oauth.endpoint import Tokens, from_command, post, read_tokens
from triage.adapters.oauth.service_account import GRANT_TYPE, assertion
from triage.adapters.oauth.token_file import TokenFile
from triage.core.failures import PermanentFailure, TriageError
from triage.core.seams import Clock
from triage.core.settings import Grant, OAuth

RENEW_AT = 0.8
"""Of a token's life (Microsoft and Google both advise to renew before the end)."""
TRY_AGAIN_AFTER = timedelta(minutes=1)


class AccessTokens:
    def __init__(self, settings: OAuth, state_dir: Path, clock: Clock) -> None:
        self._settings = settings
        self._file = TokenFile(state_dir)
        self._clock = clock
        self._lock = threading.Lock()
        self._access = ""
        self._renew_at = self._ends_at = self._tried_at = datetime.min.replace(tzinfo=clock.now().tzinfo)
        self.problem = ""
        """Why the last renewal failed; empty when it did not."""

    def __call__(self) -> str:
        """A token that is good now. Raises PermanentFailure or TemporaryFailure."""
        with self._lock:
            now = self._clock.now()
            if self._access and now < self._renew_at:
                return self._access
            try:
                self._renew(now)
            except TriageError:
                if not self._access or now >= self._ends_at:
                    raise
            return self._access

    def renew_if_due(self) -> None:
        """Ahead of need, so that a sign-in that has ended is known while connections still live. Raises as `__call__` does."""
        with self._lock:
            now = self._clock.now()
            if self._settings.grant is not Grant.COMMAND and now >= self._renew_at and now - self._tried_at >= TRY_AGAIN_AFTER:
                self._renew(now)

    def forget(self) -> None:
        """A server has refused this token: the next connection gets another one."""
        with self._lock:
            self._access = ""
            self._renew_at = self._ends_at

    @property
    def ends_at(self) -> datetime | None:
        return self._ends_at if self._access else None

    def _renew(self, now: datetime) -> None:
        self._tried_at = now
        try:
            tokens = self._ask(now)
        except TriageError as failure:
            self.problem = failure.message
            raise
        self.problem = ""
        self._access = tokens.access
        self._renew_at, self._ends_at = now + tokens.life * RENEW_AT, now + tokens.life

    def _ask(self, now: datetime) -> Tokens:
        settings = self._settings
        match settings.grant:
            case Grant.COMMAND:
                return from_command(settings.command)
            case Grant.REFRESH_TOKEN:
                return self._refresh(now)
            case Grant.CLIENT_CREDENTIALS:
                form = {"grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": settings.client_secret()}
                return _tokens_for(settings, {**form, "scope": settings.scope})
            case Grant.SERVICE_ACCOUNT:
                assert settings.service_account is not None  # noqa: S101 (the configuration has been checked)
                signed = assertion(settings.service_account, settings.username, settings.scope, settings.token_url, now)
                return _tokens_for(settings, {"grant_type": GRANT_TYPE, "assertion": signed})

    def _refresh(self, now: datetime) -> Tokens:
        """The new refresh token is on the disk before anybody gets the access token."""
        with self._file.locked():
            kept = self._file.read()
            if kept is None:
                raise PermanentFailure("nobody has signed in to the mailbox yet", hint="triage auth login")
            tokens = redeem(self._settings, kept[0])
            if tokens.refresh and tokens.refresh != kept[0]:
                self._file.write(tokens.refresh, now)
            return tokens


def redeem(settings: OAuth, refresh: str) -> Tokens:
    """What a refresh token is good for. It may be used up by that: the caller keeps the new one. Raises as `AccessTokens` does."""
    form = {"grant_type": "refresh_token", "client_id": settings.client_id, "refresh_token": refresh}
    if secret := settings.client_secret():
        form["client_secret"] = secret
    if settings.scope:
        form["scope"] = settings.scope
    return _tokens_for(settings, form)


def _tokens_for(settings: OAuth, form: dict[str, str]) -> Tokens:
    return read_tokens(post(settings.token_url, form), urlsplit(settings.token_url).netloc)
