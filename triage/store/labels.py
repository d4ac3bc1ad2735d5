"""Labels: which cases' messages have to be labelled anew on the server, and what was last set on each.

A case comes onto the list by triggers (migrations.py), whoever changed it: its severity, its status, which messages it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.store.database import Store

MOST_FOLLOWED = 2_000
"""Messages whose flags are looked at: the newest of the cases that are not closed. One command names them all."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message of a case in a watched folder; `label` is what was last set on it."""

    ledger_id: int
    case_number: int
    folder: str
    uidvalidity: int
    uid: int
    label: str
    message_id: str


_MESSAGES = """SELECT DISTINCT here.id AS ledger_id, known.case_number AS case_number, here.folder AS folder,
    here.uidvalidity AS uidvalidity, here.uid AS uid, here.label AS label, coalesce(here.message_id, '') AS message_id FROM ledger AS known
    JOIN ledger AS here ON here.id = known.id
        OR (here.header_hash = known.header_hash AND here.header_hash != '' AND here.case_number IS NULL AND here.outcome = 'duplicate')
    JOIN folders ON folders.name = here.folder AND folders.uidvalidity = here.uidvalidity"""
"""A folder that was renumbered has every message once more, on no case (workers/sync.py): `known` was decided, `here` is where it lies."""


def due(store: Store, limit: int) -> list[int]:
    rows = store.connection.execute("SELECT case_number FROM labels_due ORDER BY case_number DESC LIMIT ?", (limit,))
    return [row["case_number"] for row in rows]


def messages_of(store: Store, case_number: int, limit: int) -> list[Labelled]:
    """The newest messages of a case that are in a watched folder, by the numbers that the folder has now."""
    rows = store.connection.execute(f"{_MESSAGES} WHERE known.case_number = ? ORDER BY here.id DESC LIMIT ?", (case_number, limit))
    return [Labelled(**dict(row)) for row in rows]


def message(store: Store, ledger_id: int) -> Labelled | None:
    """None when it is not in a watched folder any more, or on no case."""
    row = store.connection.execute(f"{_MESSAGES} WHERE here.id = ? AND known.case_number IS NOT NULL LIMIT 1", (ledger_id,)).fetchone()
    return Labelled(**dict(row)) if row else None


def note(store: Store, ledger_ids: Sequence[int], label: str) -> None:
    """Inside a write transaction: the server has set this."""
    store.connection.executemany("UPDATE ledger SET label = ? WHERE id = ?", [(label, one) for one in ledger_ids])


def settle(store: Store, case_number: int) -> None:
    """Inside a write transaction: the messages of this case carry what they should."""
    store.connection.execute("DELETE FROM labels_due WHERE case_number = ?", (case_number,))


def followed(store: Store) -> list[Labelled]:
    """The messages on which people may change labels: those that were labelled, of cases that are not closed, the newest."""
    rows = store.connection.execute(
        f"{_MESSAGES} JOIN cases ON cases.number = known.case_number WHERE cases.status IN ('new', 'open', 'pending') AND here.label != ''"
        " ORDER BY here.id DESC LIMIT ?",
        (MOST_FOLLOWED,),
    )
    return [Labelled(**dict(row)) for row in rows]
