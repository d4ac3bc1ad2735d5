"""SignInWatch: renews the access token ahead of need and tells when that fails, while the connections of before still live.

`step` runs on the engine's thread and never waits: the asking is done on a thread of the loop's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from triage.adapters.logs import LogEvent, log
from triage.adapters.oauth.tokens import AccessTokens
from triage.core.failures import TriageError
from triage.workers.once_a_minute import OnceAMinute


class SignInWatch:
    """`tokens` is None where passwords are used; `begin` starts a coroutine on the loop's thread."""

    def __init__(self, tokens: AccessTokens | None, begin: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._tokens = tokens
        self._begin = begin
        self._minute = OnceAMinute()
        self._problem = ""

    def step(self, now: datetime) -> bool:
        """Always False: a token makes nothing due."""
        if self._tokens is not None and self._minute.is_due(now):
            self._begin(self._renew(self._tokens))
        return False

    async def _renew(self, tokens: AccessTokens) -> None:
        with suppress(TriageError):  # `problem` says it
            await asyncio.to_thread(tokens.renew_if_due)
        if tokens.problem and not self._problem:
            log(LogEvent.SIGN_IN_FAILED, logging.ERROR, problem=tokens.problem)
        elif self._problem and not tokens.problem:
            log(LogEvent.SIGN_IN_BACK)
        self._problem = tokens.problem
