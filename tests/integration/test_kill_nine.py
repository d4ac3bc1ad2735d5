"""kill -9 of the real process, `triage run` on a real Dovecot, at random instants while 200 mails come in.

No mail without an outcome, no notice twice but the one that was on its way when the process died (S5, counted, with the same
Message-ID), every urgent mail paged.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from floods.bed import Bed
from tests.scenarios.office import ADDRESS
from tests.servers.dovecot import require_dovecot
from tests.servers.waiting import comes_true
from triage.core.failures import TriageError
from triage.store import cases, pages
from triage.store.database import open_store

pytestmark = pytest.mark.dovecot

MAILS = 200
KILLS = int(os.environ.get("TRIAGE_KILLS", "50"))


def mail(number: int) -> bytes:
    urgent = number % 10 == 3
    subject = f"URGENT payouts of shop {number} fail" if urgent else f"question {number}"
    lines = [f"From: Shop {number} <ops@shop{number}.example>", f"To: {ADDRESS}", f"Subject: {subject}", f"Message-ID: <m{number}@shop>"]
    return "\r\n".join([*lines, "Date: Mon, 23 Nov 2026 09:00:00 +0000", "", "POST /v1/transfers answers 500", ""]).encode()


def eventually(true: Callable[[], bool], within_s: float, what: str) -> None:
    assert comes_true(true, within_s), what


def undone(state: Path) -> int:
    """Messages that are not in the ledger yet or have no outcome, and deliveries that are on their way."""
    if not (state / "triage.sqlite3").exists():
        return MAILS
    with open_store(state) as store:
        count = store.connection.execute(
            "SELECT (SELECT count(*) FROM ledger WHERE message_id LIKE '<m%@shop>' AND outcome IS NOT NULL) AS decided,"
            " (SELECT count(*) FROM outbox WHERE settled_at IS NULL AND channel != 'page') AS sending"
        ).fetchone()
    return MAILS - int(count["decided"]) + int(count["sending"])


def sent_copies(state: Path) -> int:
    """Of our own notices, as the daemon has found them in Sent."""
    with open_store(state) as store:
        return int(store.connection.execute("SELECT count(*) AS n FROM ledger WHERE folder = 'Sent'").fetchone()["n"])


def unpaged(state: Path) -> set[int]:
    """Severity 1 cases that are on no page that reached somebody."""
    with open_store(state) as store:
        urgent = {stored.case.number for stored in cases.find(store, severity=1)}
        delivered = {row["page_id"] for row in store.connection.execute("SELECT page_id FROM outbox WHERE state = 'delivered'")}
        return urgent - {number for stored in pages.all_open(store) if stored.page.id in delivered for number in stored.page.cases}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_nine_at_random_instants_loses_and_repeats_nothing() -> None:
    require_dovecot()
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    with Bed(poll_every="1s") as bed:
        bed.start(ready=False)
        eventually(lambda: _watching(bed.state), 60, "the first start did not observe the empty mailbox")

        def post_office() -> None:
            for number in range(MAILS):
                bed.dovecot.deliver(mail(number))
                time.sleep(0.25)

        postman = threading.Thread(target=post_office)
        postman.start()
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.0, 2.5))
            assert bed.stop(signal.SIGKILL) == -signal.SIGKILL, bed.log()
            bed.start(ready=False)
        postman.join()
        bed.stop(signal.SIGKILL)
        bed.start()
        eventually(lambda: undone(bed.state) == 0, 120, f"seed {seed}: not everything was handled")
        eventually(lambda: sent_copies(bed.state) >= MAILS, 120, f"seed {seed}: not every copy in Sent was seen")
        eventually(lambda: not unpaged(bed.state), 60, f"seed {seed}: an urgent mail is on no page that reached somebody")
        assert bed.stop() == 0, bed.log()

        sent = [message_from_bytes(one.raw) for _, one in bed.sent_at]
        notices = Counter((one["X-Triage-Case"], one["X-Triage-Notice"]) for one in sent if one["X-Triage-Notice"])
        ids = {(one["X-Triage-Case"], one["X-Triage-Notice"], one["Message-ID"]) for one in sent if one["X-Triage-Notice"]}
        assert len(ids) == len(notices) == MAILS, f"seed {seed}: a notice was composed twice, or never"
        repeated = sum(count - 1 for count in notices.values())
        assert repeated <= KILLS, f"seed {seed}"
        print(f"seed {seed}: {KILLS} kills, {MAILS} mails, {repeated} notices repeated (S5)")
        with open_store(bed.state) as store:
            urgent = cases.find(store, severity=1)
            outcomes = Counter(row["outcome"] for row in store.connection.execute("SELECT outcome FROM ledger WHERE folder = 'INBOX'"))
        assert len(urgent) == MAILS // 10
        assert outcomes == {"case": MAILS}
        assert MAILS <= sent_copies(bed.state) <= MAILS + KILLS


def _watching(state: Path) -> bool:
    if not (state / "triage.sqlite3").exists():
        return False
    try:
        store = open_store(state)
    except TriageError:  # the daemon is still making it, migration by migration
        return False
    with store:
        rows = store.connection.execute("SELECT count(*) AS n FROM folders WHERE swept_at IS NOT NULL").fetchone()
    return int(rows["n"]) == 2
