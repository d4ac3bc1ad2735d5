"""World: a directory that is gone afterwards, the post office, the phones and the real daemon, on one clock.

Builds what an operator would build, with the real configuration and rule files, and takes it down again. Decides nothing; never prints.
Called by `story` (pushed clock) and `stay` (real clock).
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from triage.adapters.clock import SystemEntropy
from triage.config import load
from triage.core.seams import Clock
from triage.core.settings import Config
from triage.daemon.service import Daemon
from triage.demo.cast import PARTNERS_FILE, Pace, config_file, oncall_file
from triage.demo.clock import PushedClock
from triage.demo.pager import Phones
from triage.demo.post_office import PostOffice
from triage.shipped import rules_dir


class LogRecords(logging.Handler):
    """What the daemon logs: ids of judged messages, and warnings. Kept instead of printed; the demo tells them in its own words."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def taken(self) -> list[logging.LogRecord]:
        """What has come since this was last asked for."""
        count = len(self._records)
        records, self._records[:count] = self._records[:count], []
        return records


@dataclass(frozen=True, slots=True)
class World:
    clock: Clock
    config: Config
    office: PostOffice
    phones: Phones
    daemon: Daemon
    records: LogRecords

    def team_does(self, deed: Callable[[datetime], None]) -> None:
        """What a team member does by the command line, on the thread that may write to the store."""

        def inside(now: datetime) -> None:
            with self.daemon.desk.store.write():
                deed(now)

        self.daemon.engine.call(inside)


@contextmanager
def open_world(clock: Clock, pace: Pace) -> Iterator[World]:
    """A running world. Afterwards nothing of it is left: no file, no thread, no process."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-demo-")))
        records = stack.enter_context(_kept_records())
        key = secrets.token_bytes(32)
        office = stack.enter_context(PostOffice(clock, idle=pace.idle))
        phones = stack.enter_context(Phones(key))
        config = _write_files(directory, office, oncall_file(phones.url, f"whsec_{b64encode(key).decode()}", pace), pace)
        daemon = Daemon(config, clock, SystemEntropy(), audited=not isinstance(clock, PushedClock))
        stack.callback(daemon.stop)
        daemon.start()
        yield World(clock, config, office, phones, daemon, records)


def _write_files(directory: Path, office: PostOffice, oncall: str, pace: Pace) -> Config:
    """The shipped rules with the cast's own people and partners, and a config.toml; read back as `triage run` would."""
    rules = directory / "rules"
    shutil.copytree(rules_dir(), rules)
    (rules / "oncall.toml").write_text(oncall)
    (rules / "partners.toml").write_text(PARTNERS_FILE)
    (rules / "agreements.toml").unlink()  # four days in seconds: a story of its own, which this one does not tell
    path = directory / "config.toml"
    path.touch(mode=0o600)
    path.write_text(config_file(office.imap.port, office.smtp.port, pace))
    config, _warnings = load(path)
    return config


@contextmanager
def _kept_records() -> Iterator[LogRecords]:
    logger = logging.getLogger("triage")
    before = logger.handlers[:], logger.propagate, logger.level
    records = LogRecords()
    logger.handlers[:], logger.propagate = [records], False
    logger.setLevel(logging.INFO)
    try:
        yield records
    finally:
        logger.handlers[:], logger.propagate = before[0], before[1]
        logger.setLevel(before[2])
