"""kill -9 of the real process, `triage run` on a real Dovecot, at random instants while 200 mails come in.

No mail without an outcome, no notice twice but the one that was on its way when the process died (S5, counted, with the same
Message-ID), every urgent mail paged.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, ONCALL, RULES
from tests.servers.dovecot import Dovecot, require_dovecot
from tests.servers.waiting import comes_true
from triage.core.failures import PermanentFailure
from triage.demo.smtp_sink import SmtpSink
from triage.store import cases, pages
from triage.store.database import open_store

pytestmark = pytest.mark.dovecot

MAILS = 200
KILLS = int(os.environ.get("TRIAGE_KILLS", "50"))

CONFIG = """
[instance]
name = "Wise partner support"
address = "{address}"
team_domains = ["wise.example"]
state_dir = "state"
rules_dir = "rules"

[imap]
host = "localhost"
port = {imap_port}
ca_file = "{certificate}"
username = "{address}"
password_file = "password"
poll_every = "1s"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"

[web]
listen = "off"

[log]
level = "warning"
"""


class Service:
    """`triage run`, started and killed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.log = (directory / "log").open("ab")

    def start(self) -> None:
        self._process = self._run({})

    def start_and_wait(self) -> None:
        """Until it tells systemd that it is ready: a signal before that meets a process that has not asked for it yet."""
        address = self._directory / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(address))
            listener.settimeout(60)
            self._process = self._run({"NOTIFY_SOCKET": str(address)})
            while "READY=1" not in listener.recv(4096).decode().splitlines():
                pass

    def _run(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "triage", "run", "--config", str(self._directory / "config.toml")]
        return subprocess.Popen(command, stdout=self.log, stderr=self.log, env=os.environ | environment)

    def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(timeout=30)

    def last_words(self) -> str:
        return (self._directory / "log").read_text()[-4000:]


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
def test_kill_nine_at_random_instants_loses_and_repeats_nothing(tmp_path: Path) -> None:
    require_dovecot()
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    with Dovecot({ADDRESS: "secret"}) as dovecot, SmtpSink() as smtp:
        shutil.copytree(RULES, tmp_path / "rules")
        (tmp_path / "rules" / "oncall.toml").write_text(ONCALL)
        (tmp_path / "password").write_text("secret\n")
        (tmp_path / "password").chmod(0o600)
        settings = {"imap_port": dovecot.imaps_port, "certificate": dovecot.certificate, "smtp_port": smtp.port}
        (tmp_path / "config.toml").write_text(CONFIG.format(address=ADDRESS, **settings))
        service = Service(tmp_path)
        service.start()
        eventually(lambda: _watching(tmp_path / "state"), 60, "the first start did not observe the empty mailbox")

        def post_office() -> None:
            for number in range(MAILS):
                dovecot.deliver(mail(number))
                time.sleep(0.25)

        postman = threading.Thread(target=post_office)
        postman.start()
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.0, 2.5))
            assert service.end(signal.SIGKILL) == -signal.SIGKILL, service.last_words()
            service.start()
        postman.join()
        service.end(signal.SIGKILL)
        service.start_and_wait()
        eventually(lambda: undone(tmp_path / "state") == 0, 120, f"seed {seed}: not everything was handled")
        eventually(lambda: sent_copies(tmp_path / "state") >= MAILS, 120, f"seed {seed}: not every copy in Sent was seen")
        eventually(lambda: not unpaged(tmp_path / "state"), 60, f"seed {seed}: an urgent mail is on no page that reached somebody")
        assert service.end(signal.SIGTERM) == 0, service.last_words()

        sent = [message_from_bytes(one.raw) for one in smtp.mails()]
        notices = Counter((one["X-Triage-Case"], one["X-Triage-Notice"]) for one in sent if one["X-Triage-Notice"])
        ids = {(one["X-Triage-Case"], one["X-Triage-Notice"], one["Message-ID"]) for one in sent if one["X-Triage-Notice"]}
        assert len(ids) == len(notices) == MAILS, f"seed {seed}: a notice was composed twice, or never"
        repeated = sum(count - 1 for count in notices.values())
        assert repeated <= KILLS, f"seed {seed}"
        print(f"seed {seed}: {KILLS} kills, {MAILS} mails, {repeated} notices repeated (S5)")
        with open_store(tmp_path / "state") as store:
            urgent = cases.find(store, severity=1)
            outcomes = Counter(row["outcome"] for row in store.connection.execute("SELECT outcome FROM ledger WHERE folder = 'INBOX'"))
        assert len(urgent) == MAILS // 10
        assert outcomes == {"case": MAILS}
        assert MAILS <= sent_copies(tmp_path / "state") <= MAILS + KILLS


def _watching(state: Path) -> bool:
    if not (state / "triage.sqlite3").exists():
        return False
    try:
        store = open_store(state)
    except PermanentFailure:  # the daemon is still making it, migration by migration
        return False
    with store:
        rows = store.connection.execute("SELECT count(*) AS n FROM folders WHERE swept_at IS NOT NULL").fetchone()
    return int(rows["n"]) == 2
