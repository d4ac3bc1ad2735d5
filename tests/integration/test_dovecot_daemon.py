"""The spine against a real Dovecot, in real time: IDLE, Sent, keywords, a renumbered folder, a server that goes away in mid-fetch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, Office, make_config
from tests.servers.dovecot import Dovecot, require_dovecot
from tests.servers.waiting import comes_true
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.core.cases.case import Status
from triage.core.settings import Imap, Security, Server, StartFrom
from triage.daemon.service import Daemon
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import SmtpSink
from triage.store import folders

pytestmark = pytest.mark.dovecot

USERS = {ADDRESS: "secret"}


class DovecotOffice(Office):
    """An office whose mailbox is a Dovecot and whose clock is the real one."""

    def __init__(self, dovecot: Dovecot, smtp: SmtpSink, directory: Path) -> None:
        self.dovecot = dovecot
        with EmbeddedImap({"api": "secret"}) as unused:
            config = make_config(directory, unused, smtp)
        server = Server("localhost", dovecot.imaps_port, Security.TLS, ADDRESS, lambda: "secret", dovecot.certificate)
        imap = Imap(server, idle=True, poll_every=timedelta(seconds=2), start_from=StartFrom.NOW)
        super().__init__(unused, smtp, SystemClock(), replace(config, imap=imap))  # type: ignore[arg-type]

    def start(self) -> None:
        self.daemon = Daemon(self.config, SystemClock(), SystemEntropy())
        self.daemon.start()
        self.daemon.settle()

    def mail(self, *arguments: str, **headers: str) -> bytes:
        time.sleep(1.1 if headers.get("answers") else 0)  # INTERNALDATE counts in seconds
        self.clock = NoPush()  # type: ignore[assignment]
        return super().mail(*arguments, **headers)

    def eventually(self, true: Callable[[], bool], within_s: float = 20.0) -> None:
        assert comes_true(true, within_s, 0.05), "did not happen in time"

    def keywords(self) -> list[frozenset[str]]:
        client = self.dovecot.client()
        client.select("INBOX", readonly=True)
        _, lines = client.fetch("1:*", "(FLAGS)")
        client.logout()
        found = [re.search(rb"FLAGS \((.*?)\)", line) for line in lines if isinstance(line, bytes)]
        return [frozenset(match.group(1).decode().split()) for match in found if match]


class NoPush(SystemClock):
    def push(self, _span: timedelta) -> None:
        """Real time passes by itself."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DovecotOffice]:
    require_dovecot()
    with Dovecot(USERS) as dovecot, SmtpSink() as smtp:
        running = DovecotOffice(dovecot, smtp, tmp_path)
        running.start()
        yield running
        running.stop()


def test_idle_rings_and_the_whole_path_runs(office: DovecotOffice) -> None:
    """No settle here: the doorbell alone makes the daemon look. The poll is an hour away."""
    office.stop()
    office.config = replace(office.config, imap=replace(office.config.imap, poll_every=timedelta(hours=1)))
    office.start()
    assert office.daemon is not None
    time.sleep(1.0)
    question = office.mail(PARTNER, ADDRESS, "URGENT transfers fail")
    office.dovecot.deliver(question)
    office.eventually(lambda: len(office.smtp.mails()) == 2, within_s=10)
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    office.settle()
    reply = office.mail(ADDRESS, PARTNER, "Re: URGENT transfers fail", "on it", answers=_id(question))
    office.dovecot.append(reply, "Sent")
    office.settle()
    assert office.case(1001).status is Status.PENDING
    assert office.page_states(1001) == ["acked"]
    answer = office.mail(PARTNER, ADDRESS, "Re: URGENT transfers fail", "still failing", answers=_id(reply))
    office.dovecot.deliver(answer)
    office.settle()
    assert office.case(1001).status is Status.OPEN


def test_nothing_is_marked_as_seen_and_keywords_are_set(office: DovecotOffice) -> None:
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.settle()
    office.eventually(lambda: "triage-sev3" in office.keywords()[0])
    assert "\\Seen" not in office.keywords()[0]


def test_the_sent_copy_of_a_notice_is_filed_once_and_recognised(office: DovecotOffice) -> None:
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.settle()
    assert sorted(office.outcomes()) == ["case", "own"]


def test_a_renumbered_folder_repeats_nothing(office: DovecotOffice) -> None:
    for number in range(12):
        office.dovecot.deliver(office.mail(f"ops@p{number}.example", ADDRESS, f"question {number}"))
    office.settle()
    assert office.notices() == ["receipt"] * 12
    with office.store() as store:
        before = {one.name: one.position for one in folders.watched(store)}
    office.dovecot.restart_uids("INBOX")
    office.dovecot.deliver(office.mail("ops@late.example", ADDRESS, "one more"))
    office.eventually(lambda: len(office.case_numbers()) == 13, within_s=30)
    office.settle()
    with office.store() as store:
        after = {one.name: one.position for one in folders.watched(store)}
    assert before["INBOX"] is not None
    assert after["INBOX"] is not None
    assert before["INBOX"].uidvalidity != after["INBOX"].uidvalidity
    assert office.notices() == ["receipt"]
    assert office.outcomes().count("duplicate") == 12


def test_the_server_restarts_in_the_middle_of_a_backlog(office: DovecotOffice) -> None:
    office.stop()
    for number in range(120):
        office.dovecot.append(office.mail(f"ops@p{number}.example", ADDRESS, f"question {number}", "x" * 20_000))
    daemon = Daemon(office.config, SystemClock(), SystemEntropy())
    office.daemon = daemon
    daemon.start()
    office.eventually(lambda: len(office.outcomes()) > 5)
    office.dovecot.kill()
    time.sleep(0.5)
    office.dovecot.start()
    office.eventually(lambda: len([one for one in office.outcomes() if one == "case"]) == 120, within_s=60)
    daemon.settle(60)
    assert office.notices() == ["receipt"] * 120


def _id(raw: bytes) -> str:
    found = re.search(rb"^Message-ID: (<.*?>)", raw, re.MULTILINE | re.IGNORECASE)
    assert found is not None
    return found.group(1).decode()
