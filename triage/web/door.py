"""Door: what the web handlers may ask of the program. The daemon gives them one; they know nothing of stores or threads.

Each call blocks and is made on a worker thread. `Busy` is raised when the answer would take too long or nothing can be written just now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from triage.core.failures import TemporaryFailure
from triage.core.metrics import Reading
from triage.core.oncall.answers import PageAnswer
from triage.core.rules.reload_status import ReloadStatus
from triage.workers.desk import Desk
from triage.workers.page_links import LinkPage
from triage.workers.provider_news import ProviderNews

T = TypeVar("T")


class Busy(TemporaryFailure):
    """Nothing was changed, as far as anybody knows; trying again is harmless."""


class Door(Protocol):
    def look_at_link(self, token: str) -> LinkPage | None: ...

    def act_on_link(self, token: str, said: PageAnswer, seen: int | None) -> str | None: ...

    def take_news(self, news: ProviderNews) -> str: ...

    def rule_status(self) -> ReloadStatus:
        """How the rule files stand."""

    def readings(self) -> Sequence[Reading]:
        """Every number of /metrics."""

    def look(self, view: Callable[[Desk, datetime], T]) -> T:
        """What a view reads, on a connection of its own that cannot write."""

    def change(self, act: Callable[[Desk, datetime], T]) -> T:
        """Done by the engine, in one transaction. Raises Busy."""

    def webhook_secrets(self) -> Sequence[str]:
        """The secrets of the provider webhooks that rules/oncall.toml names now."""
