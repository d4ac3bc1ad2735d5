"""RuleKeeper: the rule set in force. A reload swaps one reference or, on any problem, keeps the last good set.

Called by daemon.py (load at start, reload when RuleWatcher says so or on SIGHUP) and read by intake once per message, so that a message
is judged by exactly one set. Logs and mails nothing: the caller does, with what ReloadResult says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from triage.adapters.rulefiles.loading import RuleFiles, build_rules
from triage.adapters.rulefiles.oncall import ContactKinds
from triage.adapters.rulefiles.snapshot import Signature, Snapshot, sign, take_snapshot
from triage.core.problems import BrokenFiles, Problem
from triage.core.rules.bounds import Bounds


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """`successful`: the set in force is the one on disk. `changed`: another set than before is in force.

    `told_before`: the same problems as at the last reload, so that operators are not mailed twice.
    """

    successful: bool
    changed: bool
    hash: str
    """Of the set in force."""
    problems: tuple[Problem, ...] = ()
    told_before: bool = False


class RuleWatcher:
    """Says whether a file came, went or was saved since it last said so. A few stat calls; ask it about once a second."""

    def __init__(self, directory: Path, since: Signature | None = None) -> None:
        self._directory = directory
        self._seen = sign(directory) if since is None else since

    def changed(self) -> bool:
        now = sign(self._directory)
        if now == self._seen:
            return False
        self._seen = now
        return True


class RuleKeeper:
    """Raises BrokenFiles when there is no good set to start with."""

    def __init__(self, directory: Path, now: datetime, kinds: ContactKinds, bounds: Bounds | None = None) -> None:
        self._directory = directory
        self._kinds = kinds
        self._bounds = bounds
        self._current = build_rules(take_snapshot(directory), now, kinds, bounds)
        self._problems: tuple[Problem, ...] = ()
        self._result = ReloadResult(successful=True, changed=False, hash=self._current.hash, problems=self._current.warnings)

    @property
    def current(self) -> RuleFiles:
        """Take it once per message and use only that."""
        return self._current

    @property
    def last_result(self) -> ReloadResult:
        """For `triage rules status` and the gauges."""
        return self._result

    def watcher(self) -> RuleWatcher:
        """Watches from the set in force on: a save between the load and this call is seen."""
        return RuleWatcher(self._directory, self._current.signature)

    def reload(self, now: datetime) -> ReloadResult:
        """Reads everything again. Never raises for what stands in the files or for files that cannot be read."""
        try:
            fresh = build_rules(self._snapshot(), now, self._kinds, self._bounds)
        except BrokenFiles as broken:
            told_before = broken.problems == self._problems
            self._problems = broken.problems
            self._result = ReloadResult(False, False, self._current.hash, broken.problems, told_before)
            return self._result
        changed = fresh.hash != self._current.hash
        self._current = fresh
        self._problems = ()
        self._result = ReloadResult(True, changed, fresh.hash, fresh.warnings)
        return self._result

    def _snapshot(self) -> Snapshot:
        """A directory that has lost all its files, as when a volume is not mounted, is no set: nobody would be paged any more."""
        snapshot = take_snapshot(self._directory)
        if not snapshot.unreadable and _has_toml(self._current.signature) and not _has_toml(snapshot.signature):
            hint = "to have no rules at all, leave one file with a comment in it, or start triage again"
            raise BrokenFiles((Problem(str(self._directory), "holds no rule files any more", hint=hint),))
        return snapshot


def _has_toml(signature: Signature) -> bool:
    return any(name.endswith(".toml") for name, *_ in signature)
