"""Desk: what every worker works with. Built once by the composition root (daemon.py, the command line, tests)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.events import CasePolicy
from triage.core.incidents.values import Snapshot
from triage.core.mail.own_ids import without_plus
from triage.core.seams import Entropy
from triage.core.settings import Config
from triage.store import cases
from triage.store.database import Store


def no_status_page() -> Snapshot | None:
    return None


def no_number() -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Desk:
    """`rules()` gives the set in force; whoever judges a message asks once and keeps the answer for the whole message.

    `keys` sign and verify own Message-IDs; the first one signs, the others are old. `incidents()` is the public status page as last seen.
    """

    config: Config
    store: Store
    rules: Callable[[], RuleFiles]
    entropy: Entropy
    keys: tuple[bytes, ...]
    incidents: Callable[[], Snapshot | None] = no_status_page
    numbers: Callable[[], int | None] = no_number
    """The number that the next case had before it was lost, while a store is rebuilt."""

    def next_number(self) -> int:
        """Inside a write transaction: the number of the next case."""
        told = self.numbers()
        return cases.next_number(self.store, self.config.cases.first_number) if told is None else told

    def is_ours(self, address: str) -> bool:
        """Whether an address is the team's, or one of the shared mailbox with or without a plus."""
        return address.rpartition("@")[2] in self.config.instance.team_domains or self.is_shared_mailbox(address)

    def is_shared_mailbox(self, address: str) -> bool:
        """Whether an address is one of the shared mailbox's own, with or without a plus."""
        own = self.config.instance.own_addresses
        return address in own or without_plus(address) in own

    @property
    def case_policy(self) -> CasePolicy:
        cases = self.config.cases
        return CasePolicy(
            reply_window=cases.reply_window,
            remind_after=cases.remind_after,
            default_severity=cases.default_severity,
            reopen_notices=self.config.limits.reopens_per_case,
        )
