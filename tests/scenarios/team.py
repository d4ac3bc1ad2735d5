"""What the team does on the command line, in the words of the stories: a desk of its own on the daemon's store, as the commands have it."""

from __future__ import annotations

from dataclasses import replace

from tests.scenarios.office import Office
from triage.core.cases.case import Case
from triage.store.database import open_store
from triage.workers.merging import merge_cases
from triage.workers.splitting import split_message


def merge(office: Office, number: int, into: int, *, force: bool = False) -> Case:
    assert office.daemon is not None
    with open_store(office.config.instance.state_dir) as store:
        desk = replace(office.daemon.desk, store=store)
        with store.write():
            left = merge_cases(desk, number, into, "ana", office.clock.now(), force=force)
    office.settle()
    return left


def split(office: Office, number: int, ledger_id: int) -> Case:
    assert office.daemon is not None
    with open_store(office.config.instance.state_dir) as store:
        desk = replace(office.daemon.desk, store=store)
        with store.write():
            new = split_message(desk, number, ledger_id, "ana", office.clock.now())
    office.settle()
    return new
