"""Reconcile: looks at every UID of the watched folders and at the ledger, and says whether they agree (promise 1).

One search a folder, whatever it holds; no message is fetched. `repair` only moves a folder's position back: the next sweep takes in what is
missing as it takes in any mail, and what is known is passed over, so that nothing is said twice. Called by the daemon every hour on the
mailbox thread (`look`) and on the engine's (`keep`), and by `triage reconcile`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import partial

from triage.core.reconciliation import UNDECIDED_AFTER, FolderStanding, Kept, Reconciliation, compare, kept_from_json, kept_to_json
from triage.core.seams import Mailbox
from triage.store import folders, ledger, service
from triage.store.database import Store
from triage.store.folders import Folder

_FACT = "reconciliation"


def look(store: Store, mailbox: Mailbox, now: datetime) -> Reconciliation:
    """Reads only. Raises what the mailbox raises."""
    standings = tuple(_standing(store, mailbox, folder) for folder in folders.watched(store))
    return Reconciliation(now, standings, ledger.undecided_since(store, now - UNDECIDED_AFTER))


def repair(store: Store, found: Reconciliation) -> None:
    """Inside a write transaction: the next sweep begins before the first message that is missing."""
    for one in found.folders:
        if one.missing:
            folders.step_back(store, one.folder, one.missing[0])
    keep(store, replace(found, folders=tuple(replace(one, missing=()) for one in found.folders)))


def keep(store: Store, found: Reconciliation) -> None:
    """Inside a write transaction: for the self-audit and the metrics."""
    service.put(store, _FACT, json.dumps(kept_to_json(found), ensure_ascii=False))


def latest(store: Store) -> Kept | None:
    """What came of the last look; None before the first."""
    try:
        return kept_from_json(json.loads(service.get(store, _FACT) or "null"))
    except ValueError:
        return None


def _standing(store: Store, mailbox: Mailbox, folder: Folder) -> FolderStanding:
    found = mailbox.sweep(folder.name, None)
    known = partial(ledger.uids_between, store, folder.name, found.uidvalidity)
    return compare(folder.name, folder.position, found.uidvalidity, found.uids, known)
