"""AuditDuty: every minute one look at whether triage does its work, and who is told: systemd and the dead-man's switch, or operators.

Runs on the engine's thread, so that an engine that hangs tells nobody that all is well. `WATCHDOG=1` and the ping go out from one place:
the ping only when the look passed, `WATCHDOG=1` also when what failed is nothing that a new start could mend. After a second failing look
the switch hears the reasons. When systemd's watchdog is not set (WatchdogSec=) it hears nothing.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from triage.adapters.deadman import DeadmanSwitch
from triage.adapters.logs import LogEvent, log
from triage.core.audit import EVERY, Report
from triage.daemon.notify import notify
from triage.workers.audit import Outlook, take_stock
from triage.workers.desk import Desk

ASLEEP_AFTER = 3 * EVERY
"""Without a look: the host slept, or its clock was set. It is judged as if it had just started."""


class AuditDuty:
    def __init__(
        self,
        desk: Desk,
        outlook: Outlook,
        switch: DeadmanSwitch | None,
        begin: Callable[[Coroutine[Any, Any, None]], None],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`begin` starts a coroutine on the loop's thread. `switch` is None when nobody listens."""
        self._desk = desk
        self._outlook = outlook
        self._switch = switch
        self._begin = begin
        self._environment = environment
        self._looked_at = outlook.started_at
        self._failing = False
        self._unheard = ""

    def start(self) -> None:
        """Once, when the daemon starts."""
        if self._switch is not None:
            self._begin(self._reach(self._switch.tell_start()))

    def step(self, now: datetime) -> None:
        """The first look is a minute after the start. A clock that was set back makes no pause."""
        if self._looked_at <= now < self._looked_at + EVERY:
            return
        if now - self._looked_at > ASLEEP_AFTER or now < self._looked_at:
            self._outlook = replace(self._outlook, started_at=now)
        self._looked_at = now
        report = take_stock(self._desk, self._outlook, now)
        self._log(report)
        if report.is_alive and self._environment.get("WATCHDOG_USEC"):
            notify("WATCHDOG=1")
        if report.passed:
            self._ping(())
        elif report.failed:
            self._ping(report.reasons)

    def _ping(self, reasons: tuple[str, ...]) -> None:
        if self._switch is not None:
            self._begin(self._reach(self._switch.tell(reasons)))

    async def _reach(self, telling: Awaitable[str]) -> None:
        unheard = await telling
        if unheard and not self._unheard:
            log(LogEvent.DEADMAN_LOST, logging.WARNING, problem=unheard)
        elif self._unheard and not unheard:
            log(LogEvent.DEADMAN_BACK)
        self._unheard = unheard

    def _log(self, report: Report) -> None:
        if report.failed and not self._failing:
            log(LogEvent.AUDIT_FAILED, logging.ERROR, reasons="; ".join(report.reasons))
        elif self._failing and report.passed:
            log(LogEvent.AUDIT_PASSED)
        self._failing = report.failed or (self._failing and not report.passed)


def free_bytes(directory: Path) -> int | None:
    """For a user without special rights; None when the directory cannot be asked."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return None
