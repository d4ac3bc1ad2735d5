"""apprise: any of the services the apprise library knows, as a secondary channel only (optional extra `apprise`).

It says yes or no and nothing else, and cannot acknowledge or resolve; a no counts as temporary, because the library does not tell why.
"""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType
from typing import Any

from triage.adapters.pagers.page import Page, cut, read_page
from triage.adapters.pagers.settings import Setting, SettingType, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome, SendResult

REQUIRED = (Setting("urls", "apprise addresses, such as tgram://token/chat", SettingType.TEXTS, secret=True),)
OPTIONAL = (Setting("timeout_s", "how long the library may take; 20 when not given", SettingType.SECONDS),)

DEFAULT_TIMEOUT_S = 20.0
MAX_TITLE = 250
MAX_BODY = 10_000


class Apprise:
    def __init__(self, library: ModuleType, urls: tuple[str, ...], timeout_s: float) -> None:
        self._library = library
        self._services: Any = library.Apprise()
        self._timeout_s = timeout_s
        for number, url in enumerate(urls, start=1):
            if not self._services.add(url):
                raise PermanentFailure(f"address {number} of urls is not one that apprise knows", hint="try it with the apprise command")

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:  # noqa: ARG002 - the seam has it; apprise cannot use it
        """In a thread, because the library blocks; one that hangs is left behind at the limit."""
        try:
            async with asyncio.timeout(self._timeout_s):
                sent = await asyncio.to_thread(self._notify, read_page(payload))
        except TimeoutError:
            return SendResult(SendOutcome.UNKNOWN, f"apprise did not finish within {self._timeout_s:g} s")
        if sent:
            return SendResult(SendOutcome.ACCEPTED, "apprise: sent")
        return SendResult(SendOutcome.TEMPORARY, "apprise: at least one service did not take it")

    def _notify(self, page: Page) -> bool:
        kind = self._library.NotifyType.FAILURE if page.is_loud else self._library.NotifyType.INFO
        return bool(self._services.notify(title=cut(page.title, MAX_TITLE), body=cut(page.full_text, MAX_BODY), notify_type=kind))


def build(values: Values, wiring: Wiring) -> Apprise:  # noqa: ARG001 - every kind is built alike
    try:
        library = importlib.import_module("apprise")
    except ImportError:
        raise PermanentFailure("the contact kind apprise needs the package of that name", hint="pip install 'triage[apprise]'") from None
    return Apprise(library, values.texts("urls"), values.seconds("timeout_s", DEFAULT_TIMEOUT_S))
