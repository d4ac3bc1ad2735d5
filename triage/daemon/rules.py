"""Rules in force: watches the rule files, reloads them between two messages, keeps and tells how that went.

A set that cannot be used changes nothing but the status. The team is mailed once, until a good set is there again; after a save only when
the files are still broken at the next look, because the first one may have seen a file half written. Built by service.py; `look` runs on
the loop's thread, everything else on the engine's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from triage.adapters.logs import LogEvent, log
from triage.adapters.rulefiles import RuleFiles, RuleKeeper
from triage.core.problem_text import format_problems
from triage.core.rules.bounds import bounds_of
from triage.core.rules.reload_status import ReloadStatus
from triage.core.settings import Config
from triage.daemon.wiring import contact_kinds
from triage.store import service
from triage.store.database import Store
from triage.workers.desk import Desk
from triage.workers.warning import warn_team

STATUS = "rules"
"""Name of the status among the facts about the service."""


class RulesInForce:
    def __init__(self, config: Config, now: datetime) -> None:
        """Raises BrokenFiles when there is no good set to start with."""
        self._keeper = RuleKeeper(config.instance.rules_dir, now, contact_kinds(), bounds_of(config))
        self._watcher = self._keeper.watcher()
        self._doubtful = False
        """The last save cannot be used; the next look decides whether that is told."""
        self._told = False
        self._status = self._good(now, reloads=0, refused=0)

    @property
    def current(self) -> RuleFiles:
        return self._keeper.current

    @property
    def status(self) -> ReloadStatus:
        """The numbers behind `triage_rules_last_reload_successful`, `_timestamp_seconds` and the hash."""
        return self._status

    def look(self, ask_for_reload: Callable[[], None]) -> None:
        """About once a second: a few stat calls, and a second reading of what could not be used."""
        if self._watcher.changed() or self._doubtful:
            ask_for_reload()

    def keep_status(self, store: Store) -> None:
        """In a write transaction of its own."""
        with store.write():
            service.put(store, STATUS, self._status.to_text())

    def reload(self, desk: Desk, now: datetime, *, asked: bool = False) -> None:
        """`asked`: a person wants to know now (SIGHUP), so nothing is waited for."""
        before = self._status
        result = self._keeper.reload(now)
        if result.successful:
            self._doubtful = self._told = False
            self._status = self._good(now, reloads=before.reloads + 1, refused=before.refused)
            log(LogEvent.RULES_RELOADED, rules=result.hash, changed=result.changed)
            self.keep_status(desk.store)
            return
        text = format_problems(result.problems, colour=False)
        again = self._doubtful and not before.successful
        self._status = ReloadStatus(
            False, now, before.hash, before.loaded_at, before.rules, before.tests, text, before.reloads, before.refused + (not again)
        )
        self.keep_status(desk.store)
        if not again:
            log(LogEvent.RULES_REFUSED, logging.ERROR, problems=len(result.problems), rules=result.hash)
        self._doubtful = not (asked or again or self._told)
        if not self._doubtful and not self._told:
            self._told = True
            _tell(desk, text, now)

    def _good(self, now: datetime, *, reloads: int, refused: int) -> ReloadStatus:
        current = self._keeper.current
        return ReloadStatus(
            True, now, current.hash, current.loaded_at, len(current.ruleset.rules), len(current.tests), reloads=reloads, refused=refused
        )


def _tell(desk: Desk, problems: str, now: datetime) -> None:
    with desk.store.write():
        warn_team(
            desk,
            f"rules/{now.isoformat()}",
            "the rule files have a mistake; the last good set stays in force",
            f"{problems}\n\nCheck again with: triage check\nWhat is in force: triage rules status",
            now,
        )
