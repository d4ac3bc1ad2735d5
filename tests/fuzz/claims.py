"""What must hold for any bytes at all."""

from __future__ import annotations

import time
from dataclasses import fields, is_dataclass
from enum import Enum

from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import parse

LIMIT_S = 2.0
"""Of this process's own time: a busy machine is not the mail's fault."""


def check(raw: bytes) -> InboundMessage:
    """Parses; AssertionError (or whatever `parse` raised) when a claim does not hold."""
    started = time.process_time()
    message = parse(raw)
    spent = time.process_time() - started
    assert spent < LIMIT_S, f"took {spent:.1f} s"
    for text in _strings(message):
        text.encode("utf-8")  # a lone surrogate raises here
        assert "\0" not in text
    for line in (message.subject, message.message_id, message.author.address, message.author.name, *(a.name for a in message.attachments)):
        assert not set("\r\n") & set(line), f"a line break in {line!r}"
    failed = [defect for defect in message.defects if " failed: " in defect]
    assert not failed, failed
    return message


def _strings(value: object) -> list[str]:
    if isinstance(value, Enum):
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in _strings(item)]
    if is_dataclass(value):
        return [text for field in fields(value) for text in _strings(getattr(value, field.name))]
    return []
