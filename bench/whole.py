"""What is measured: the real intake, from bytes to cases, with parser pool, rules, journal and receipts, every mail durable.

The network is left out on both sides: the mails come from memory, nothing is sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.mails import ADDRESS, START
from triage.adapters.clock import SystemEntropy
from triage.adapters.keys import load_keys
from triage.adapters.parsing import ParserPool
from triage.adapters.rulefiles import load_rules
from triage.core.seams import FetchedMessage
from triage.core.settings import Config, Imap, Instance, Server, Smtp
from triage.daemon.wiring import contact_kinds
from triage.shipped import rules_dir
from triage.store import cases, folders
from triage.store.database import open_store
from triage.store.folders import Role
from triage.workers.desk import Desk
from triage.workers.intake import Intake
from triage.workers.sync import BODY_BATCH, Arrivals

_AHEAD = 400
"""How far receiving runs ahead of deciding, as in the daemon, where the mailbox thread waits for the engine."""


def run(mails: list[tuple[bytes, datetime]], directory: Path) -> int:
    """Returns how many cases there are in the end."""
    config = _config(directory)
    now = START + timedelta(seconds=len(mails))
    store = open_store(config.instance.state_dir, create=True)
    folders.watch(store, {"INBOX": Role.INTAKE})
    rules = load_rules(config.instance.rules_dir, now, contact_kinds())
    entropy = SystemEntropy()
    pool = ParserPool(config.limits)
    intake = Intake(Desk(config, store, lambda: rules, entropy, load_keys(config.instance.state_dir, entropy)), pool)
    fetched = [FetchedMessage("INBOX", 1, uid, at, raw) for uid, (raw, at) in enumerate(mails, 1)]
    for start in range(0, len(fetched), BODY_BATCH):
        intake.receive(Arrivals("INBOX", tuple(fetched[start : start + BODY_BATCH])), now)
        while intake.backlog > _AHEAD:
            _step(intake, pool, now)
    while intake.backlog:
        _step(intake, pool, now)
    pool.close()
    found = cases.next_number(store, config.cases.first_number) - config.cases.first_number
    store.close()
    return found


def _step(intake: Intake, pool: ParserPool, now: datetime) -> None:
    if not intake.step(now):
        pool.wait(0.01)


def _config(directory: Path) -> Config:
    instance = Instance("bench", ADDRESS, team_domains=frozenset({"wise.example"}), state_dir=directory / "state", rules_dir=rules_dir())
    server = Server("localhost", 143)
    config = Config(instance, Imap(server), Smtp(server))
    # No budget is to hold back a receipt: that would be less work.
    return replace(config, limits=replace(config.limits, notices_per_address=100_000, notices_per_case=100_000))
