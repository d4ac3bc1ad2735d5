"""What a person's answer to a page mail asks for: its first new line, read tolerantly. When a line could mean two things, more people are
paged rather than fewer: "no problem" is a no, and the confirmation says so.

Pure. Called by `workers/page_answers`, which knows who wrote it and whether that person may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Answer(Enum):
    ACKNOWLEDGE = "ack"
    CANNOT = "no"
    ESCALATE = "escalate"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """`span`: for how long the person has it, when they said so."""

    answer: Answer
    span: timedelta | None = None


WORDS = {
    "ack": Answer.ACKNOWLEDGE,
    "acked": Answer.ACKNOWLEDGE,
    "acknowledge": Answer.ACKNOWLEDGE,
    "acknowledged": Answer.ACKNOWLEDGE,
    "eta": Answer.ACKNOWLEDGE,
    "no": Answer.CANNOT,
    "cannot": Answer.CANNOT,
    "can't": Answer.CANNOT,
    "escalate": Answer.ESCALATE,
}
"""The first word of the line decides; what follows may be said to a colleague."""

_LINE_LIMIT = 500
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SPAN = re.compile(r"\beta\W{0,3}(\d{1,4})\s{0,3}(h|hours?|hrs?|m|min|mins|minutes?)?\b")
_MINUTES = timedelta(minutes=1)
_HOURS = timedelta(hours=1)


def read_answer(new_text: str) -> PageAnswer:
    """From the new text of a mail, or whatever was said on a page's link."""
    line = next((line for line in new_text.splitlines() if line.strip()), "")[:_LINE_LIMIT].casefold().replace("’", "'")
    first = _WORD.search(line)
    answer = WORDS.get(first[0]) if first is not None and not _is_late(line, first.start()) else None
    if answer is not Answer.ACKNOWLEDGE:
        return PageAnswer(answer or Answer.COMMENT)
    said = _SPAN.search(line)
    if said is None or not int(said[1]):
        return PageAnswer(Answer.ACKNOWLEDGE)
    return PageAnswer(Answer.ACKNOWLEDGE, int(said[1]) * (_HOURS if (said[2] or "m").startswith("h") else _MINUTES))


def _is_late(line: str, start: int) -> bool:
    """Only punctuation may stand before the word: "3 no" is no answer."""
    return any(character.isalnum() for character in line[:start])
