"""ImapMailbox and Doorbell against a real Dovecot: the conformance suite, and what only a real server does."""

from __future__ import annotations

import imaplib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from tests.adapters.imap_conformance import AT, MailboxConformance, mail
from tests.servers.dovecot import Dovecot, require_dovecot
from triage.adapters.imap.doorbell import REARM_EVERY_S, Doorbell
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import FetchedMessage
from triage.core.settings import Security, Server

pytestmark = pytest.mark.dovecot

USERS = {f"api{number}@example.com": "s\u00e9cret word" for number in range(60)}


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    require_dovecot()
    with Dovecot(USERS) as server:
        yield server


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    return iter(USERS)


class DovecotWorld:
    keeps_keywords = True
    sent = "Sent"

    def __init__(self, dovecot: Dovecot, user: str, security: Security = Security.NONE) -> None:
        self.dovecot = dovecot
        self.user = user
        port = dovecot.imaps_port if security is Security.TLS else dovecot.imap_port
        self.server = Server("localhost", port, security, user, lambda: USERS[user], dovecot.certificate, timeout_s=10)

    def put(self, raw: bytes, folder: str, at: datetime) -> None:
        self.dovecot.append(raw, folder, at, user=self.user)

    def flags(self, folder: str) -> list[frozenset[str]]:
        with self.client(folder) as client:
            _, lines = client.fetch("1:*", "(FLAGS)")
        found = [re.search(rb"FLAGS \((.*?)\)", line) for line in lines if isinstance(line, bytes)]
        return [frozenset(match.group(1).decode().split()) - {"\\Recent"} for match in found if match]

    def remove_first(self, folder: str) -> None:
        with self.client(folder, readonly=False) as client:
            client.store("1", "+FLAGS", "(\\Deleted)")
            client.expunge()

    def restart_uids(self, folder: str) -> None:
        self.dovecot.restart_uids(folder, user=self.user)

    def cut_off(self) -> None:
        self.dovecot.restart()

    def wrong_password(self) -> Server:
        return replace(self.server, secret=lambda: "wr\u00f6ng")

    def client(self, folder: str, *, readonly: bool = True) -> imaplib.IMAP4:
        client = self.dovecot.client(self.user)
        client.select(folder, readonly=readonly)
        return client


@pytest.fixture
def world(dovecot: Dovecot, names: Iterator[str]) -> DovecotWorld:
    """A fresh user on the one server."""
    return DovecotWorld(dovecot, next(names))


class TestDovecot(MailboxConformance):
    pass


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_tls_and_starttls_work_with_a_verified_certificate(dovecot: Dovecot, names: Iterator[str], security: Security) -> None:
    world = DovecotWorld(dovecot, next(names), security)
    world.put(mail(1), "INBOX", AT)
    mailbox = ImapMailbox(world.server)
    (message,) = mailbox.fetch("INBOX", mailbox.sweep("INBOX", None).uids)
    mailbox.close()
    assert isinstance(message, FetchedMessage)
    assert message.raw == mail(1)


def test_an_untrusted_certificate_is_refused_before_the_password_is_sent(world: DovecotWorld, dovecot: Dovecot) -> None:
    server = replace(world.server, port=dovecot.imaps_port, security=Security.TLS, ca_file=None)
    with pytest.raises(PermanentFailure, match="certificate that cannot be accepted") as caught:
        ImapMailbox(server).folders()
    assert "ca_file" in caught.value.hint


def test_a_plain_text_port_does_not_speak_tls(world: DovecotWorld) -> None:
    with pytest.raises(PermanentFailure, match="does not speak TLS") as caught:
        ImapMailbox(replace(world.server, security=Security.TLS)).folders()
    assert "starttls" in caught.value.hint


def test_delivery_by_lmtp_is_swept(world: DovecotWorld) -> None:
    world.dovecot.deliver(mail(1), to=world.user)
    mailbox = ImapMailbox(world.server)
    (message,) = mailbox.fetch("INBOX", mailbox.sweep("INBOX", None).uids)
    mailbox.close()
    assert isinstance(message, FetchedMessage)
    assert b"Return-Path: <sender@partner.example>" in message.raw
    assert message.raw.endswith(mail(1))


def test_a_server_that_dies_in_mid_fetch_loses_nothing(world: DovecotWorld) -> None:
    """The failure is the connection's, not a message's: nothing is called unfetchable, and the next fetch has it all."""
    for number in range(60):
        world.put(mail(number, "text" * 50_000), "INBOX", AT)
    mailbox = ImapMailbox(world.server)
    uids = mailbox.sweep("INBOX", None).uids
    got: list[int] = []
    with pytest.raises(TemporaryFailure):
        for message in mailbox.fetch("INBOX", uids):
            assert isinstance(message, FetchedMessage)
            if not got:
                world.dovecot.kill()
            got.append(message.uid)
    world.dovecot.start()
    rest = [message for message in mailbox.fetch("INBOX", uids) if message.uid not in got]
    mailbox.close()
    assert all(isinstance(message, FetchedMessage) for message in rest)
    assert got + [message.uid for message in rest] == list(uids)


def test_a_full_mailbox_is_temporary_and_says_so() -> None:
    require_dovecot()
    quota = "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=1K\n}\n"
    with Dovecot({"api@example.com": "x"}, extra=quota) as dovecot:
        server = Server("localhost", dovecot.imap_port, Security.NONE, "api@example.com", lambda: "x")
        mailbox = ImapMailbox(server)
        with pytest.raises(TemporaryFailure, match="OVERQUOTA"):
            mailbox.append("Sent", mail(1, "text" * 1000), AT)
        mailbox.close()


@pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
def test_the_bell_rings_for_every_delivery(dovecot: Dovecot, names: Iterator[str], security: Security) -> None:
    world = DovecotWorld(dovecot, next(names), security)
    bell = Doorbell(world.server, "INBOX")
    assert bell.wait(5)  # the new connection itself
    for number in range(5):
        while bell.wait(0.01):
            pass
        dovecot.deliver(mail(number), to=world.user)
        assert bell.wait(5)
    bell.close()


def test_no_mail_is_missed_between_sweep_and_idle(world: DovecotWorld) -> None:
    """Delivered in the instant before every re-arming, when Dovecot sends `+ idling` and `* n EXISTS` in one segment."""
    now = [0.0]
    bell = Doorbell(world.server, "INBOX", monotonic=lambda: now[0])
    assert bell.wait(1)
    for number in range(10):
        while bell.wait(0):
            pass
        world.put(mail(number), "INBOX", AT)
        now[0] += REARM_EVERY_S
        deadline = time.monotonic() + 5
        while not (rang := bell.wait(0)) and time.monotonic() < deadline:
            time.sleep(0.001)  # the bell's clock stands still, so its own waits return at once
        assert rang, number
    bell.close()


def test_the_bell_survives_a_restart_of_the_server(world: DovecotWorld) -> None:
    bell = Doorbell(world.server, "INBOX")
    assert bell.wait(5)
    world.dovecot.restart()
    assert bell.wait(5)  # the loss
    assert bell.wait(10)  # the new connection
    assert bell.state == "listening to INBOX"
    while bell.wait(0.01):
        pass
    world.dovecot.deliver(mail(1), to=world.user)
    assert bell.wait(5)
    bell.close()


def test_stop_ends_a_wait_in_another_thread(world: DovecotWorld) -> None:
    bell = Doorbell(world.server, "INBOX")
    assert bell.wait(5)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(bell.wait(60)))
    waiting.start()
    bell.stop()
    waiting.join(5)
    assert answers == [False]
