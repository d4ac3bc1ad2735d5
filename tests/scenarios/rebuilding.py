"""Rebuilding: what a test needs to lose a store and to make it again from an office's mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.scenarios.office import Office
from triage.adapters.clock import SystemEntropy
from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.keys import load_keys
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.cases.by_hand import HandEntry, from_line, is_by_hand, to_line
from triage.core.cases.events import Event, EventKind
from triage.core.rebuilding import Difference, differences
from triage.daemon.wiring import contact_kinds
from triage.store import journal
from triage.store.backup import open_store_file
from triage.store.database import open_store
from triage.store.folders import Role
from triage.store.fresh import fresh_store
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.rebuild import Plan, Rebuilt, rebuild
from triage.workers.rebuilt_cases import sketches

WATCHED = {"INBOX": Role.INTAKE, "Sent": Role.SENT}


def rules_of(office: Office) -> RuleFiles:
    return load_rules(office.config.instance.rules_dir, office.clock.now(), contact_kinds())


def rebuild_into(office: Office, target: Path, *, by_hand: tuple[HandEntry, ...] = (), **changes: object) -> Rebuilt:
    """The mailbox as it is now becomes a new store in `target`."""
    config = office.config
    mailbox, entropy = ImapMailbox(config.imap.server), SystemEntropy()
    plan = replace(Plan(WATCHED, by_hand=by_hand), **changes)  # type: ignore[arg-type]
    keys = load_keys(config.instance.state_dir, entropy)
    try:
        with fresh_store(target) as store:
            rules = rules_of(office)
            desk = Desk(config, store, lambda: rules, entropy, keys)
            return rebuild(desk, mailbox, InlineParser(config.limits), plan, office.clock.now())
    finally:
        mailbox.close()


def compared(office: Office, target: Path) -> list[Difference]:
    """What differs between the office's own store and the rebuilt one."""
    with open_store(office.config.instance.state_dir) as lost, open_store_file(target) as rebuilt:
        return differences(sketches(lost), sketches(rebuilt))


def by_hand(office: Office, number: int, kind: EventKind, **values: object) -> None:
    """Somebody at the command line."""
    assert office.daemon is not None
    daemon = office.daemon

    def act(now: datetime) -> None:
        with daemon.desk.store.write():
            casework.apply_to(daemon.desk, number, Event(kind, now, actor="ana", **values), now)  # type: ignore[arg-type]

    daemon.engine.call(act)
    office.settle()


def export(office: Office) -> tuple[HandEntry, ...]:
    with office.store() as store:
        return tuple(from_line(to_line(entry)) for entry in journal.each(store) if is_by_hand(entry))
