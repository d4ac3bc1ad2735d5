"""Subject: the installation that is looked at, read once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from triage.adapters.oauth.tokens import AccessTokens
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.problems import BrokenFiles, Problem
from triage.core.rules.bounds import bounds_of
from triage.core.seams import Clock
from triage.core.settings import Config
from triage.daemon.connections import access_tokens
from triage.daemon.wiring import contact_kinds
from triage.store.database import STORE_NAME, Store, open_store, running_daemon


@dataclass
class Subject:
    config: Config
    warnings: tuple[Problem, ...]
    clock: Clock
    offsets: dict[str, timedelta] = field(default_factory=dict)
    """Whose clock was seen while something else was asked, and how far ahead of ours it was."""

    @cached_property
    def now(self) -> datetime:
        return self.clock.now()

    @cached_property
    def broken_rules(self) -> BrokenFiles | None:
        return self._rules[1]

    @cached_property
    def rules(self) -> RuleFiles | None:
        """None when they cannot be used."""
        return self._rules[0]

    @cached_property
    def _rules(self) -> tuple[RuleFiles | None, BrokenFiles | None]:
        try:
            return load_rules(self.config.instance.rules_dir, self.now, contact_kinds(), bounds_of(self.config)), None
        except BrokenFiles as broken:
            return None, broken

    @cached_property
    def tokens(self) -> AccessTokens | None:
        return access_tokens(self.config, self.clock)

    @cached_property
    def daemon(self) -> str | None:
        """The process id of the daemon that works with the state directory."""
        return running_daemon(self.config.instance.state_dir)

    @property
    def has_store(self) -> bool:
        return (self.config.instance.state_dir / STORE_NAME).exists()

    def note_clock(self, who: str, date: datetime | None) -> None:
        if date is not None:
            self.offsets[who] = date - self.clock.now()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """For reading. Raises TriageError."""
        with open_store(self.config.instance.state_dir, reading=True) as store:
            yield store
