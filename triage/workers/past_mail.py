"""Past mail: everything that some folders hold, in the order of the server's time, for judging it once more. Reads the mailbox only.

Headers first, of all; then the mails themselves, a few at a time, so that memory holds no mailbox. Called by rebuild.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from triage.core.mail.headers import glance
from triage.core.mail.identity import header_hash
from triage.core.rebuilding import Trace, read_names, read_trace
from triage.core.seams import HeaderBlock, Mailbox
from triage.core.settings import Config
from triage.store.folders import Role
from triage.store.ledger import SeenHeader
from triage.workers.sync import HEADER_BATCH, Arrivals

BATCH = 50


@dataclass(frozen=True, slots=True)
class Letter:
    """`place`: where its folder stands; what came in goes before what went out within the same second. `trace`: one of our own mails.
    `people`: the fields that say who wrote it and to whom."""

    at: datetime
    place: int
    uid: int
    folder: str
    message_id: str
    answers: tuple[str, ...]
    trace: Trace | None
    people: str
    seen: SeenHeader


def read_letters(
    mailbox: Mailbox, roles: Mapping[str, Role], config: Config, keys: Sequence[bytes], now: datetime
) -> tuple[dict[str, int], list[Letter]]:
    """UIDVALIDITY by folder, and everything the folders hold, oldest first. What the server does not give is for `triage reconcile`."""
    validities: dict[str, int] = {}
    letters: list[Letter] = []
    for place, (folder, role) in enumerate(roles.items()):
        found = mailbox.sweep(folder, None)
        validities[folder] = found.uidvalidity
        for start in range(0, len(found.uids), HEADER_BATCH):
            for block in mailbox.headers(folder, found.uids[start : start + HEADER_BATCH]):
                trace = read_trace(block.header, keys, {config.instance.id_domain}, config.limits) if role is Role.SENT else None
                seen = _seen(folder, found.uidvalidity, block, config, now)
                names, at = read_names(block.header, config.limits), _at(seen.internaldate, trace)
                letters.append(Letter(at, place, block.uid, folder, seen.message_id, names.answers, trace, names.people, seen))
    return validities, sorted(letters, key=lambda one: (one.at, one.place, one.uid))


def fetched(mailbox: Mailbox, letters: Sequence[Letter]) -> Iterator[tuple[Letter, Arrivals]]:
    """In the order given. A mail that vanished in the meantime is passed over."""
    remaining = iter(letters)
    while some := list(islice(remaining, BATCH)):
        by_place: dict[tuple[str, int], Arrivals] = {}
        for folder in dict.fromkeys(one.folder for one in some):
            for message in mailbox.fetch(folder, sorted(one.uid for one in some if one.folder == folder)):
                by_place[folder, message.uid] = Arrivals(folder, (message,))
        for one in some:
            if (arrived := by_place.get((one.folder, one.uid))) is not None:
                yield one, arrived


def _at(internaldate: datetime, trace: Trace | None) -> datetime:
    """A mail of ours counts from when it was decided on: its copy in Sent may have waited for the mail server."""
    return internaldate if trace is None or trace.written_at is None else min(internaldate, trace.written_at)


def _seen(folder: str, uidvalidity: int, block: HeaderBlock, config: Config, now: datetime) -> SeenHeader:
    look = glance(block.header, config.limits)
    at, digest = min(block.internaldate, now), header_hash(block.header)
    return SeenHeader(folder, uidvalidity, block.uid, at, block.size, digest, look.message_id, look.author.address, look.subject)
