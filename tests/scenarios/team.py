"""What the team does on the command line and in its files, in the words of the stories.

The command line has a desk of its own on the daemon's store.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.scenarios.office import Office
from triage.core.cases.case import Case
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.store.database import open_store
from triage.workers import casework
from triage.workers.merging import merge_cases
from triage.workers.splitting import split_message


def by_hand(office: Office, number: int, kind: EventKind, detail: str = "", **values: object) -> None:
    """Somebody at the command line."""
    assert office.daemon is not None
    daemon = office.daemon

    def act(now: datetime) -> None:
        with daemon.desk.store.write():
            casework.apply_to(daemon.desk, number, Event(kind, now, actor="ana", **values), now, Cause(detail=detail))  # type: ignore[arg-type]

    daemon.engine.call(act)
    office.settle()


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


def promise_an_answer(office: Office) -> None:
    """Within four hours, at any time of the day: a save of rules/agreements.toml."""
    text = '[agreement.default]\nfirst_response = { 3 = "4h" }\n[agreement.gold]\n'
    (office.config.instance.rules_dir / "agreements.toml").write_text(text)
    daemon = office.daemon
    assert daemon is not None
    daemon.engine.call(lambda now: daemon.rules.reload(daemon.desk, now))
    office.settle()
