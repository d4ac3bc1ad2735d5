"""The log: a closed list of events (docs/logs.md), with ids and never a mail's text, as lines for people or as JSON for machines.

Everything that is logged goes through `log`; a test compares the list with the document.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from enum import Enum
from typing import TextIO

from triage.core.settings import Log
from triage.core.wording.plain import safe_json

_logger = logging.getLogger("triage")
_FRAMES, _CAUSES = 6, 4


class LogEvent(Enum):
    STARTED = "started"
    STOPPED = "stopped"
    JUDGED = "judged"
    QUARANTINED = "quarantined"
    SWEPT = "swept"
    FOLDER_RENUMBERED = "folder-renumbered"
    NO_SENT_FOLDER = "no-sent-folder"
    MAILBOX_LOST = "mailbox-lost"
    MAILBOX_BACK = "mailbox-back"
    SENT = "sent"
    NOT_SENT = "not-sent"
    SLOWED_DOWN = "slowed-down"
    STORE_TROUBLE = "store-trouble"
    STORE_BACK = "store-back"
    RULES_RELOADED = "rules-reloaded"
    RULES_REFUSED = "rules-refused"
    SCHEDULER_TROUBLE = "scheduler-trouble"
    CLOCK_JUMPED = "clock-jumped"
    STATUS_PAGE_LOST = "status-page-lost"
    STATUS_PAGE_BACK = "status-page-back"
    AUDIT_FAILED = "audit-failed"
    AUDIT_PASSED = "audit-passed"
    DEADMAN_LOST = "deadman-lost"
    DEADMAN_BACK = "deadman-back"
    LISTENING = "listening"
    NOT_LISTENING = "not-listening"
    SIGN_IN_REFUSED = "sign-in-refused"
    HOOK_TAKEN = "hook-taken"
    HOOK_REFUSED = "hook-refused"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_BACK = "sign-in-back"
    NOT_KEPT = "not-kept"
    LEDGER_DIFFERS = "ledger-differs"
    CRASHED = "crashed"


def log(event: LogEvent, level: int = logging.INFO, **fields: object) -> None:
    """One event. Fields are ids, counts, names and our own sentences."""
    _logger.log(level, event.value, extra={"fields": fields})


def log_crash(error: BaseException) -> None:
    """A mistake in triage: its kind and where it happened, and those of what caused it. Its own words may quote a mail or a secret."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < _CAUSES:
        frames = traceback.extract_tb(cause.__traceback__, limit=-_FRAMES)
        places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        told.append(f"{type(cause).__name__} at {places or 'an unknown place'}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    log(LogEvent.CRASHED, logging.CRITICAL, trace="; after ".join(told))


def configure(settings: Log, stream: TextIO | None = None) -> None:
    """Logs go to standard error: systemd's journal adds the time. Other libraries speak only from WARNING on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if settings.format == "json" else _TextLines())
    _logger.handlers[:] = [handler]
    _logger.propagate = False
    _logger.setLevel(settings.level.upper())


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return fields


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        words = " ".join(f"{name}={_plain(value)}" for name, value in _fields(record).items())
        return f"{record.levelname.lower():<7} {record.getMessage()} {words}".rstrip()


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value if isinstance(value, int | float | None) else str(value) for name, value in _fields(record).items()}
        return safe_json(json.dumps({"level": record.levelname.lower(), "event": record.getMessage(), **fields}, ensure_ascii=False))


def _plain(value: object) -> str:
    """One line: what came from outside cannot start a line of its own."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text
