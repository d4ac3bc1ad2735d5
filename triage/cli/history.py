"""History: past mails for a replay, from the store or from files, oldest first; worker processes parse the next ones meanwhile.

Reads only. Bytes are in memory for a few hundred mails at a time. Called by `triage rules backtest` and `triage rules diff`.
"""

from __future__ import annotations

import mailbox
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from triage.adapters.parsing import InlineParser, ParserPool
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


def from_store(store: Store, since: datetime) -> list[Record]:
    """Decided messages whose bytes are kept."""
    sent = {folder.name for folder in folders.watched(store) if folder.role is Role.SENT}
    return [
        Record(at, folder in sent, _bytes_of(store, ledger_id), number) for ledger_id, at, folder, number in ledger.kept_since(store, since)
    ]


def _bytes_of(store: Store, ledger_id: int) -> Callable[[], bytes]:
    return lambda: ledger.raw(store, ledger_id)


def from_files(path: Path, now: datetime, since: datetime | None = None) -> list[Record]:
    """An mbox, a Maildir, or a directory of files, one mail each. PermanentFailure when there is nothing to read."""
    if path.is_file():
        records = _from_mbox(path, now) if _is_mbox(path) else [_file_record(path, now)]
    elif path.is_dir():
        records = [_file_record(file, now) for file in _files_in(path)]
    else:
        raise PermanentFailure(f"{path} does not exist", hint="name an mbox, a Maildir or a directory of mails")
    return sorted((one for one in records if since is None or one.at >= since), key=lambda one: (one.at, one.name))


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _from_mbox(path: Path, now: datetime) -> list[Record]:
    box = mailbox.mbox(path, create=False)
    records = []
    for key in box.keys():  # noqa: SIM118 (a mailbox is no dictionary: iterating it parses every mail)
        raw = box.get_bytes(key)
        records.append(Record(arrived_at(raw, path, now), False, _bytes_in(box, key), name=f"{path.name}:{int(key) + 1:06}"))
    return records


def _bytes_in(box: mailbox.mbox, key: str) -> Callable[[], bytes]:
    return lambda: box.get_bytes(key)


def _file_record(path: Path, now: datetime) -> Record:
    with path.open("rb") as file:
        return Record(arrived_at(file.read(256 * 1024), path, now), False, path.read_bytes, name=str(path))


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
