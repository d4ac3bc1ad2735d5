"""Mails in files, as people name them on the command line: which bytes are no mail, and what is meant by an mbox. Reads only.

Only files are asked this. What a server delivers is a mail, however strange.
"""

from __future__ import annotations

import mailbox
import re
from enum import Enum
from pathlib import Path

from triage.core.mail.headers import looks_like_mail

LOOKED_AT = 256 * 1024
"""Bytes of a file; a header that is longer is a strange one."""
_NEXT_IN_MBOX = re.compile(rb"\n\r?\nFrom [^\n]*\d\d:\d\d[^\n]*\n")


class Doubt(Enum):
    """What is odd about a file, for people; said of the file."""

    EMPTY = "is empty"
    NO_MAIL = "is no mail: it does not begin with fields such as From, Date or Subject"
    SEVERAL = "is an mbox of several mails, and only one is taken from it"


def doubt(raw: bytes) -> Doubt | None:
    """Of the beginning of a file; for SEVERAL all of it is needed."""
    if not raw.strip():
        return Doubt.EMPTY
    if not looks_like_mail(raw[:LOOKED_AT]):
        return Doubt.NO_MAIL
    return Doubt.SEVERAL if raw.startswith(b"From ") and _NEXT_IN_MBOX.search(raw) else None


def is_mbox(path: Path) -> bool:
    """Raises OSError."""
    with path.open("rb") as file:
        return file.read(5) == b"From "


def mails_in(path: Path) -> mailbox.mbox:
    return mailbox.mbox(path, create=False)
