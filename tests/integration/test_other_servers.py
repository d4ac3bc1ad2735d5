"""Cyrus and Courier: the conformance suite, and the main story of the whole daemon, to find what is true of Dovecot only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.imap_conformance import MailboxConformance, mail
from tests.scenarios.office import ADDRESS, PARTNER, Office, make_config
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.adapters.imap.doorbell import Doorbell
from triage.core.cases.case import Status
from triage.core.settings import Imap, Security, Server, StartFrom
from triage.daemon.service import Daemon
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import SmtpSink

pytestmark = pytest.mark.dovecot


class OtherWorld:
    """A server as the conformance suite wants it."""

    keeps_keywords = True

    def __init__(self, running: Cyrus | Courier) -> None:
        self.running = running
        self.sent = running.sent
        self.server = Server("localhost", running.port, Security.NONE, running.user, lambda: running.password, timeout_s=10)

    def put(self, raw: bytes, folder: str, at: datetime) -> None:
        self.running.append(raw, folder, at)

    def flags(self, folder: str) -> list[frozenset[str]]:
        return [found - {"\\Recent"} for found in flags(self.running, folder)]

    def remove_first(self, folder: str) -> None:
        with self.running.client() as client:
            client.select(folder)
            client.store("1", "+FLAGS", "(\\Deleted)")
            client.expunge()

    def restart_uids(self, folder: str) -> None:
        self.running.restart_uids(folder)

    def cut_off(self) -> None:
        self.running.kill()
        if isinstance(self.running, Cyrus):
            self.running.start()

    def wrong_password(self) -> Server:
        return replace(self.server, secret=lambda: "wr\u00f6ng")


def flags(running: Cyrus | Courier, folder: str) -> list[frozenset[str]]:
    with running.client() as client:
        client.select(folder, readonly=True)
        _, lines = client.fetch("1:*", "(FLAGS)")
    found = [re.search(rb"FLAGS \((.*?)\)", line) for line in lines if isinstance(line, bytes)]
    return [frozenset(match.group(1).decode().split()) for match in found if match]


def emptied(running: Cyrus | Courier) -> None:
    """A fresh mailbox without another start: starts are what takes long."""
    for folder in ("INBOX", running.sent):
        with running.client() as client:
            _, (count,) = client.select(folder)
            if count != b"0":
                client.store("1:*", "+FLAGS", "(\\Deleted)")
                client.expunge()


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    with Cyrus(ADDRESS, "secret") as running:
        yield running


class TestCyrus(MailboxConformance):
    @pytest.fixture
    def world(self, cyrus: Cyrus) -> OtherWorld:
        emptied(cyrus)
        return OtherWorld(cyrus)


class TestCourier(MailboxConformance):
    @pytest.fixture
    def world(self) -> Iterator[OtherWorld]:
        with Courier(ADDRESS, "secret") as running:
            yield OtherWorld(running)


@pytest.fixture(params=[Cyrus, Courier], ids=["cyrus", "courier"])
def running(request: pytest.FixtureRequest) -> Iterator[Cyrus | Courier]:
    with request.param(ADDRESS, "secret") as running:
        yield running


class OtherOffice(Office):
    """An office whose mailbox is that server and whose clock is the real one. The poll is an hour away: IDLE alone makes it look."""

    def __init__(self, running: Cyrus | Courier, smtp: SmtpSink, directory: Path) -> None:
        self.running = running
        with EmbeddedImap({"api": "secret"}) as unused:
            config = make_config(directory, unused, smtp)
        imap = Imap(OtherWorld(running).server, idle=True, poll_every=timedelta(hours=1), start_from=StartFrom.NOW)
        super().__init__(unused, smtp, SystemClock(), replace(config, imap=imap))  # type: ignore[arg-type]

    def start(self, *, settled: bool = True) -> None:
        self.daemon = Daemon(self.config, SystemClock(), SystemEntropy())
        self.daemon.start()
        self.daemon.settle()

    def written(self, *arguments: str, **headers: str) -> bytes:
        self.clock = NoPush()  # type: ignore[assignment]
        return super().mail(*arguments, **headers)

    def read_once(self) -> list[str]:
        """Without copies of our own, and without `duplicate`: Courier gives a folder that was empty another UIDVALIDITY when it is opened
        again, and the other folder of a Cyrus account that is put back is a new one, too."""
        return sorted(one for one in self.outcomes() if one not in {"duplicate", "own"})

    def eventually(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 30
        while not true():
            assert time.monotonic() < deadline, f"{what}: {self.outcomes()}"
            time.sleep(0.05)


class NoPush(SystemClock):
    def push(self, _span: timedelta) -> None:
        """Real time passes by itself."""


@pytest.fixture
def office(running: Cyrus | Courier, tmp_path: Path) -> Iterator[OtherOffice]:
    with SmtpSink() as smtp:
        office = OtherOffice(running, smtp, tmp_path)
        office.start()
        yield office
        office.stop()


def id_of(raw: bytes) -> str:
    found = re.search(rb"^Message-ID: (<.*?>)", raw, re.MULTILINE | re.IGNORECASE)
    assert found is not None
    return found.group(1).decode()


def test_the_main_story(office: OtherOffice) -> None:
    """Taken in by IDLE, confirmed with a copy in Sent, paged, answered from Sent, followed up, labelled, unseen; renumbered; killed."""
    running = office.running
    question = office.written(PARTNER, ADDRESS, "URGENT transfers fail")
    time.sleep(1.0)  # until the doorbell is armed
    running.deliver(question)
    office.eventually(lambda: "case" in office.outcomes(), "taken in, rung by IDLE alone")
    office.settle()
    assert "own" in office.outcomes(), "the copy of the notice has come back from Sent"
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    time.sleep(1.1)  # INTERNALDATE counts in seconds
    reply = office.written(ADDRESS, PARTNER, "Re: URGENT transfers fail", "on it", answers=id_of(question))
    running.append(reply, running.sent)
    office.settle()
    assert (office.case(1001).status, office.page_states(1001)) == (Status.PENDING, ["acked"])
    assert office.notices() == ["page ana"], "she hears that somebody has it"
    time.sleep(1.1)
    running.deliver(office.written(PARTNER, ADDRESS, "Re: URGENT transfers fail", "still failing", answers=id_of(reply)))
    office.eventually(lambda: office.case(1001).status is Status.OPEN, "the answer follows up")
    office.eventually(lambda: all("triage-sev1" in found for found in flags(running, "INBOX")), "both are labelled")
    assert not any("\\Seen" in found for found in flags(running, "INBOX"))
    before, repeated = office.read_once(), office.outcomes().count("duplicate")
    running.restart_uids("INBOX")
    office.settle()
    running.deliver(office.written("ops@late.example", ADDRESS, "one more"))
    office.eventually(lambda: office.case_numbers() == [1001, 1002], "a renumbered folder is read on")
    office.settle()
    assert office.read_once() == sorted([*before, "case"])
    assert office.outcomes().count("duplicate") >= repeated + 2
    assert office.notices() == ["receipt"]
    OtherWorld(running).cut_off()
    running.deliver(office.written("ops@later.example", ADDRESS, "and one more"))
    office.settle(60)
    assert office.case_numbers() == [1001, 1002, 1003]
    assert office.notices() == ["receipt"]


def test_the_doorbell_hears_a_delivery(running: Cyrus | Courier) -> None:
    doorbell = Doorbell(OtherWorld(running).server, "INBOX")
    assert doorbell.wait(0.5) in {True, False}  # connects and arms
    running.deliver(mail(1))
    begun = time.monotonic()
    assert doorbell.wait(20.0)
    print(f"rang after {time.monotonic() - begun:.1f} s")
    doorbell.close()
