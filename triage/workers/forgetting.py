"""Forgetting: erases one person from the store, in one transaction, and notes on each case that it was done, without saying whom.

The store is read beforehand, so that the transaction is short: the daemon writes beside it.

Decides what belongs to the person and when it is too early. Never touches the mailbox, backups or rule files: those are told. Called by
`triage forget`; a rehearsal does the same and takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.cases.events import EventKind
from triage.core.erasure import Erasure
from triage.core.failures import PermanentFailure
from triage.core.mail.headers import glance
from triage.core.mail.identity import header_of
from triage.store import erasure, ledger
from triage.store.erasure import Traces
from triage.workers import casework
from triage.workers.desk import Desk

REASON = "a person was forgotten"
_CLOSE_FIRST = "close them first; then wait until `triage outbox` shows nothing of theirs"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`names` are those the person's own mails gave; `rows` how many of each table were changed."""

    cases: tuple[int, ...]
    messages: int
    names: tuple[str, ...]
    rows: Mapping[str, int]


class _TakeBack(Exception):
    """Ends a rehearsal."""


def forget(desk: Desk, address: str, names: Sequence[str], actor: str, now: datetime, *, rehearse: bool) -> Forgotten:
    """Raises PermanentFailure for an address that is ours, and while a case of the person is not closed."""
    address = address.strip().lower()
    if desk.is_shared_mailbox(address):
        raise PermanentFailure(f"{address} is the shared mailbox itself")
    found = erasure.find(desk.store, address)
    done: Forgotten | None = None
    try:
        with desk.store.write():
            done = _erase(desk, erasure.brought_up_to_date(desk.store, found, address), address, names, actor, now)
            if rehearse:
                raise _TakeBack
    except _TakeBack:
        pass
    else:
        erasure.sweep_out(desk.store)
    assert done is not None  # noqa: S101 (either it is set, or something was raised)
    return done


def _erase(desk: Desk, traces: Traces, address: str, names: Sequence[str], actor: str, now: datetime) -> Forgotten:
    if traces.open_cases:
        numbers = ", ".join(f"#{number}" for number in traces.open_cases)
        raise PermanentFailure(
            f"the person is on cases that are not closed, or have mail on its way: {numbers}",
            hint=_CLOSE_FIRST,
        )
    known = tuple(dict.fromkeys([*names, *_names(desk, traces)]))
    plan = Erasure(address, f"forgotten-{desk.entropy.token(6)}@forgotten.invalid", (*known, *traces.subjects))
    rows = erasure.erase(desk.store, traces, plan)
    for number in traces.cases:
        casework.note(desk, number, EventKind.NOTED, now, REASON, actor=actor)
    return Forgotten(traces.cases, len(traces.messages), known, rows)


def _names(desk: Desk, traces: Traces) -> list[str]:
    """What the person is called in their own mails, as far as the bytes are still there."""
    raws = (ledger.raw(desk.store, one) for one in traces.messages)
    found = (glance(header_of(raw), desk.config.limits).author.name for raw in raws if raw)
    return [name for name in found if name]
