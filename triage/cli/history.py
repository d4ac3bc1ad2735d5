"""History: past mails for a replay, from the store or from files, oldest first; worker processes parse the next ones meanwhile.

Reads only. Bytes are in memory for a few hundred mails at a time. Called by `triage rules backtest` and `triage rules diff`.
"""

from __future__ import annotations

import mailbox
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from triage.adapters.parsing import InlineParser, ParserPool
from triage.cli.mail_files import LOOKED_AT, doubt, is_mbox, mails_in
from triage.cli.rehearsal import arrived_at
from triage.core.failures import PermanentFailure
from triage.core.seams import Parsed, Parser
from triage.core.settings import Limits
from triage.store import folders, ledger
from triage.store.database import Store
from triage.store.folders import Role
from triage.workers.replay import PastMail

CHUNK = 200
FEW = 50
"""Up to so many mails are parsed in this process: starting workers would take longer."""


@dataclass(frozen=True, slots=True)
class Record:
    """A mail that can be read. `name` is the file, or empty for one of the store."""

    at: datetime
    sent: bool
    read: Callable[[], bytes]
    case_number: int | None = None
    name: str = ""


@dataclass(slots=True)
class History:
    """`older` mails lie before the asked-for time; `left_out` are files that hold no mail, with the reason."""

    records: list[Record] = field(default_factory=list)
    older: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)


def from_store(store: Store, since: datetime) -> History:
    """Decided messages whose bytes are kept."""
    sent = {folder.name for folder in folders.watched(store) if folder.role is Role.SENT}
    kept = ledger.kept_since(store, since)
    return History([Record(at, folder in sent, _bytes_of(store, ledger_id), number) for ledger_id, at, folder, number in kept])


def _bytes_of(store: Store, ledger_id: int) -> Callable[[], bytes]:
    return lambda: ledger.raw(store, ledger_id)


def from_files(path: Path, now: datetime, since: datetime | None = None) -> History:
    """An mbox, a Maildir, a directory of mails and mboxes, or one mail. PermanentFailure when there is no such place."""
    if not path.exists():
        raise PermanentFailure(f"{path} does not exist", hint="name an mbox, a Maildir or a directory of mails")
    history = History()
    for file in _files_in(path) if path.is_dir() else [path]:
        try:
            history.records += _from_mbox(file, now) if is_mbox(file) else _from_file(file, now, history)
        except OSError as error:
            history.left_out.append((str(file), f"cannot be read: {(error.strerror or type(error).__name__).lower()}"))
    found = len(history.records)
    history.records = sorted((one for one in history.records if since is None or one.at >= since), key=lambda one: (one.at, one.name))
    history.older = found - len(history.records)
    return history


def _from_mbox(path: Path, now: datetime) -> list[Record]:
    box = mails_in(path)
    records = []
    for key in box.keys():  # noqa: SIM118 (a mailbox is no dictionary: iterating it parses every mail)
        raw = box.get_bytes(key)
        records.append(Record(arrived_at(raw, path, now), False, _bytes_in(box, key), name=f"{path.name}:{int(key) + 1:06}"))
    return records


def _bytes_in(box: mailbox.mbox, key: str) -> Callable[[], bytes]:
    return lambda: box.get_bytes(key)


def _from_file(path: Path, now: datetime, history: History) -> list[Record]:
    with path.open("rb") as file:
        raw = file.read(LOOKED_AT)
    if reason := doubt(raw):
        history.left_out.append((str(path), reason.value))
        return []
    return [Record(arrived_at(raw, path, now), False, path.read_bytes, name=str(path))]


def _files_in(directory: Path) -> Iterator[Path]:
    """Of a Maildir: `new` and `cur`, also in its folders. Hidden files and Maildir's `tmp` are left out."""
    for root, names, files in os.walk(directory):
        names[:] = sorted(name for name in names if name != "tmp" and (not name.startswith(".") or (Path(root) / name / "cur").is_dir()))
        yield from (Path(root) / name for name in sorted(files) if not name.startswith(".") and _is_mail(Path(root)))


def _is_mail(directory: Path) -> bool:
    """A Maildir keeps indexes beside `cur` and `new`."""
    return not (directory / "cur").is_dir()


def parsed(records: Sequence[Record], limits: Limits) -> Iterator[PastMail]:
    """In the given order. The next chunk is parsed while this one is used."""
    parser: Parser = ParserPool(limits) if len(records) > FEW else InlineParser(limits)
    with closing(parser):
        chunks = [records[start : start + CHUNK] for start in range(0, len(records), CHUNK)]
        ahead = _submit(parser, chunks[0], 0) if chunks else []
        for number, chunk in enumerate(chunks):
            raws = ahead
            answers = _answers(parser, number * CHUNK, len(chunk))
            ahead = _submit(parser, chunks[number + 1], (number + 1) * CHUNK) if number + 1 < len(chunks) else []
            for record, raw, answer in zip(chunk, raws, answers, strict=True):
                yield PastMail(record.at, record.sent, raw, answer.message, answer.error, record.case_number)


def _submit(parser: Parser, records: Sequence[Record], first: int) -> list[bytes]:
    raws = [record.read() for record in records]
    for number, raw in enumerate(raws, first):
        parser.submit(number, raw)
    return raws


def _answers(parser: Parser, first: int, count: int) -> list[Parsed]:
    found: dict[int, Parsed] = {}
    while len(found) < count:
        found.update((answer.ticket, answer) for answer in parser.finished())
        if len(found) < count:
            _wait(parser)
    return [found[number] for number in range(first, first + count)]


def _wait(parser: Parser) -> None:
    if isinstance(parser, ParserPool):
        parser.wait(0.2)
    else:
        time.sleep(0.001)
