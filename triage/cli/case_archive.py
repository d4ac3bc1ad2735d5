"""One case as files that others can read: case.json and messages.mbox, in a directory or in a tar.

Without `internal` it holds what the participants have seen themselves: their mails, the team's answers to them, the notices. With it,
everything. Without `raw` texts are masked, as the store has them. No name in it comes from a mail: attachments stay inside their mails.
Files are for their owner only, and are there whole or not at all. Called by `triage export`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.mime.text import MIMEText
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from triage.cli.output import to_json_text
from triage.cli.story import as_value
from triage.core.deliveries import Channel
from triage.core.failures import PermanentFailure
from triage.core.outcomes import Outcome
from triage.core.wording.plain import plain
from triage.store import ledger
from triage.store.cases import StoredCase
from triage.store.ledger import LedgerRow
from triage.workers.desk import Desk

JSON, MBOX = "case.json", "messages.mbox"
SEEN_BY_PARTICIPANTS = frozenset({Outcome.CASE, Outcome.FOLLOW_UP, Outcome.TEAM_REPLY, Outcome.OWN})
_OPEN_FIELDS = ("number", "status", "severity", "partner", "requester", "subject", "opened_at", "closed_at", "participants")
"""Of the case, what its participants know anyway."""
_OPEN_MESSAGE = ("id", "arrived_at", "author", "subject", "message_id", "new_text", "attachments")
_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP


@dataclass(frozen=True, slots=True)
class Archive:
    """`without_bytes` are messages whose bytes are not kept any more; their masked text stands in."""

    files: Mapping[str, bytes]
    messages: int
    without_bytes: tuple[int, ...]


def archive(desk: Desk, stored: StoredCase, now: datetime, *, raw: bool, internal: bool) -> Archive:
    rows = [row for row in ledger.of_case(desk.store, stored.case.number) if internal or row.outcome in SEEN_BY_PARTICIPANTS]
    value = as_value(desk, stored, now)
    made = {"exported_at": now, "masked": not raw, "internal": internal, **(value if internal else _seen(value, rows))}
    gone, mails = [], []
    for row in rows:
        kept = ledger.raw(desk.store, row.id) if raw else b""
        if raw and not kept:
            gone.append(row.id)
        mails.append(_in_mbox(row, kept or _masked(row)))
    text = to_json_text(made, indent=2) + "\n"
    return Archive({JSON: text.encode(), MBOX: b"".join(mails)}, len(rows), tuple(gone))


def _seen(value: Mapping[str, Any], rows: list[LedgerRow]) -> dict[str, Any]:
    ids = {row.id for row in rows}
    notices = [
        one for one in value["deliveries"] if one["channel"] is Channel.MAIL and set(one["recipients"]) <= set(value["participants"])
    ]
    return {
        **{name: value[name] for name in _OPEN_FIELDS},
        "messages": [{name: one[name] for name in _OPEN_MESSAGE} for one in value["messages"] if one["id"] in ids],
        "notices": [{"at": one["created_at"], "notice": one["purpose"], "to": one["recipients"], "state": one["state"]} for one in notices],
    }


def _masked(row: LedgerRow) -> bytes:
    """A mail that says what the store knows of it."""
    mail = MIMEText(row.new_text, "plain", _QUOTED_PRINTABLE)  # type: ignore[arg-type]  # typeshed knows names of charsets only
    mail["From"] = plain(row.author) or "unknown"
    mail["Subject"] = plain(row.subject)
    mail["Date"] = format_datetime(row.internaldate)
    mail["Message-ID"] = plain(row.message_id) or f"<message-{row.id}@triage.invalid>"
    mail["X-Triage-Masked"] = "new text only"
    for one in row.attachments:
        mail["X-Triage-Attachment"] = plain(f"{one['name']} ({one['type']}, {one['size']} bytes)")
    return mail.as_bytes()


def _in_mbox(row: LedgerRow, mail: bytes) -> bytes:
    """mboxrd: a line that begins as the separator does is quoted, and can be unquoted without loss."""
    sender = row.author if re.fullmatch(r"[!-~]+", row.author) else "MAILER-DAEMON"
    separator = f"From {sender} {row.internaldate:%a %b %d %H:%M:%S %Y}\n".encode()
    body = _FROM_LINE.sub(rb">\1", mail.replace(b"\r\n", b"\n"))
    return separator + body + (b"" if body.endswith(b"\n") else b"\n") + b"\n"


def write(made: Archive, target: Path, now: datetime) -> None:
    """A directory, or one file where the name ends with `.tar`. Raises PermanentFailure when it is there, or cannot be written."""
    if target.exists() or target.is_symlink():
        raise PermanentFailure(f"{target} is there already", hint="name another place: --to")
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".triage-export-", dir=target.parent))  # mode 0700
        try:
            fresh = scratch / target.name
            _write_tar(made, fresh, now) if target.suffix == ".tar" else _write_directory(made, fresh)
            fresh.rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise PermanentFailure(f"cannot write {target}: {error.strerror or error}", hint="name another place: --to") from error


def _write_directory(made: Archive, target: Path) -> None:
    target.mkdir(mode=0o700)
    for name, content in made.files.items():
        _write_file(target / name, content)


def _write_tar(made: Archive, target: Path, now: datetime) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in made.files.items():
            member = tarfile.TarInfo(f"{target.stem}/{name}")
            member.size, member.mode, member.mtime = len(content), 0o600, int(now.timestamp())
            tar.addfile(member, io.BytesIO(content))
    _write_file(target, packed.getvalue())


def _write_file(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
