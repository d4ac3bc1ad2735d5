"""What a long history costs: start, one sweep and memory with 1,000 to 1,000,000 cases in the store.

`python -m bench.sizes CONFIG` measures sweeps in the process it is started as, and prints the CPU seconds of one: a poll that finds
nothing, the look at what is due, and the look at what is to be sent, across all threads of the daemon.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.place import Place, Ports
from bench.service import Service
from bench.sinks import PageSink, smtp_sink
from tests.servers.ports import free_port
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.config import load
from triage.core.cases.case import Case, Status
from triage.core.cases.journal import to_json
from triage.daemon.service import Daemon
from triage.store.database import Store, open_store
from triage.store.times import to_text

SWEEPS = 200
SWEEPS_WITHIN_S = 600.0
OPEN_EVERY = 500
"""One case in so many is not closed."""


@dataclass(frozen=True, slots=True)
class Size:
    start_s: float
    sweep_cpu_s: float
    pss: int


def measure(place: Place, count: int, runs: int) -> list[Size]:
    user = place.mailbox(0)
    sizes = []
    with smtp_sink() as smtp, PageSink() as pages:
        ports = Ports(smtp.port, free_port(), place.dovecot.imap_port)
        home = place.configure(f"size-{count}", user, ports, pages.url, imap='poll_every = "1h"')
        with open_store(home / "state", create=True) as store:
            fill(store, count)
        with Service(home):
            pass  # the first start ever settles which folders are watched
        for _ in range(runs):
            with Service(home) as service:
                start = service.ready_at - service.begun_at
                time.sleep(2.0)
                pss = service.pss()
            sizes.append(Size(start, _sweep(home), pss))
    return sizes


def _sweep(home: Path) -> float:
    command = [sys.executable, "-m", "bench.sizes", str(home / "config.toml")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=SWEEPS_WITHIN_S)
    return float(done.stdout.split()[-1])


def sweep_cpu_s(config: Path) -> float:
    os.chdir(config.parent)
    daemon = Daemon(load(config)[0], SystemClock(), SystemEntropy())
    daemon.start()
    daemon.settle(120)
    # This thread only waits, and longer on a busy machine: that is not the daemon's.
    before = time.process_time() - time.thread_time()
    for _ in range(SWEEPS):
        number = daemon.request_sweep()
        while daemon.engine.ended_sweeps < number:
            time.sleep(0.0005)
    spent = time.process_time() - time.thread_time() - before
    daemon.stop()
    return spent / SWEEPS


def fill(store: Store, count: int) -> None:
    """Cases with one mail, two entries in the journal and one receipt each, written by SQLite itself: the program would take an hour."""
    now = datetime.now(UTC)
    old, later = now - timedelta(days=200), now + timedelta(days=30)
    closed = Case(0, Status.CLOSED, 3, "partner.example", "ops@partner.example", "Question about quotes", old, closed_at=old)
    values = {"closed": json.dumps(to_json(closed)), "old": to_text(old), "later": to_text(later), "count": count, "each": OPEN_EVERY}
    with store.write():
        for statement in _HISTORY:
            store.connection.execute(statement, values)
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_EACH = "WITH RECURSIVE each (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < :count) "
_HISTORY = (
    _EACH
    + "INSERT INTO cases (number, version, status, severity, partner, requester, subject, opened_at, updated_at, next_deadline_at, value)"
    " SELECT n, 1, iif(n % :each, 'closed', 'pending'), 3, 'partner' || n % 400 || '.example', 'ops@partner' || n % 400 || '.example',"
    " 'Question ' || n, :old, :old, iif(n % :each, NULL, :later),"
    " json_set(:closed, '$.number', n, '$.status', iif(n % :each, 'closed', 'pending')) FROM each",
    _EACH + "INSERT INTO participants (case_number, address) SELECT n, 'ops@partner' || n % 400 || '.example' FROM each",
    _EACH + "INSERT INTO thread_ids (message_id, case_number) SELECT '<' || n || '@partner.example>', n FROM each",
    _EACH + "INSERT INTO thread_subjects (case_number, subject, normalised) SELECT n, 'Question ' || n, 'question ' || n FROM each",
    _EACH
    + "INSERT INTO ledger (folder, uidvalidity, uid, internaldate, received_at, size, header_hash, identity, message_id, author, subject,"
    " new_text, outcome, reason, case_number, decided_at) SELECT 'INBOX', 1, n, :old, :old, 4000, 'hash' || n, 'identity' || n,"
    " '<' || n || '@partner.example>', 'ops@partner' || n % 400 || '.example', 'Question ' || n, 'What is this quote about?', 'case',"
    " 'no claim', n, :old FROM each",
    _EACH + "INSERT INTO case_journal (case_number, at, recorded_at, event, reason, actor, changes, detail, ledger_id, rules, ruleset)"
    " SELECT n, :old, :old, 'partner-wrote', 'opened', 'ops@partner.example', '{}', '', n, '[]', '' FROM each",
    _EACH + "INSERT INTO outbox (key, channel, purpose, lane, case_number, state, created_at, settled_at)"
    " SELECT 'receipt/' || n, 'mail', 'receipt', 2, n, 'delivered', :old, :old FROM each",
    "DELETE FROM labels_due",
)


if __name__ == "__main__":
    print(sweep_cpu_s(Path(sys.argv[1]).resolve()))
