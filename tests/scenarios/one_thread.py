"""OneThread: the workers of the daemon on one thread, against real servers, with a process that may die at every boundary.

A boundary is an instant at which a crash can leave something half done: before and after every commit, after every attempt to send and
before it is recorded, after every append. `Crashed` at the n-th one throws away everything but the store, the mailbox and what was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tests.scenarios.office import Office
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.keys import load_keys
from triage.adapters.pagers.settings import Wiring
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import load_rules
from triage.adapters.sender import Sender
from triage.adapters.smtp import SmtpSubmission
from triage.core.deliveries import Channel, Delivery
from triage.core.seams import SendOutcome, SendResult
from triage.daemon.wiring import contact_kinds
from triage.store import folders, ledger, outbox
from triage.store.database import Store, open_store
from triage.store.folders import Role
from triage.workers.desk import Desk
from triage.workers.dispatcher import Dispatcher
from triage.workers.intake import Intake
from triage.workers.sync import Knowledge, sweep
from triage.workers.timekeeper import Timekeeper


class Crashed(BaseException):
    """The process is gone. A BaseException, as `except Exception` does not survive kill -9 either."""


class Fuse:
    """Burns through at the n-th boundary; n = 0 never does."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed = 0
        self.where = ""

    def pass_(self, where: str) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.where = where
            raise Crashed(where)


class FusedStore(Store):
    def __init__(self, store: Store, fuse: Fuse) -> None:
        super().__init__(store.connection)
        self._fuse = fuse

    @contextmanager
    def write(self) -> Iterator[None]:
        with super().write():
            yield
            self._fuse.pass_("before commit")
        self._fuse.pass_("after commit")


class OneThread:
    def __init__(self, office: Office, fuse: Fuse) -> None:
        config = office.config
        self._office = office
        self._fuse = fuse
        plain = open_store(config.instance.state_dir, create=True)
        self._store = FusedStore(plain, fuse)
        rules = load_rules(config.instance.rules_dir, office.clock.now(), contact_kinds())
        entropy = SystemEntropy()
        desk = Desk(config, self._store, lambda: rules, entropy, load_keys(config.instance.state_dir, entropy))
        self._mailbox = ImapMailbox(config.imap.server)
        self._intake = Intake(desk, InlineParser(config.limits))
        self._timekeeper = Timekeeper(desk)
        self._dispatcher = Dispatcher(desk)
        wiring = Wiring(SystemClock(), SmtpSubmission(config.smtp.server), config.instance.address)
        self._sender = Sender(SmtpSubmission(config.smtp.server), wiring, lambda: rules, config.instance.address)
        self._loop = asyncio.new_event_loop()
        self._intake.resume()
        with self._store.write():
            outbox.release_leases(self._store, office.clock.now())
            folders.begin_life(self._store)
        folders.watch(self._store, {"INBOX": Role.INTAKE, "Sent": Role.SENT})

    def close(self) -> None:
        """Also what is left of a crashed process: sockets close when a process dies."""
        self._loop.run_until_complete(self._sender.close())
        self._loop.close()
        self._mailbox.close()
        self._store.close()

    def settle(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        now = self._office.clock.now()
        worked = self._sweep()
        while self._intake.step(now):
            worked = True
        worked |= self._timekeeper.step(now)
        for delivery in self._dispatcher.claim(now, list(Channel)):
            result = self._attempt(delivery)
            self._fuse.pass_("sent, not recorded")
            self._dispatcher.record(delivery, result, now)
            worked = True
        return worked

    def _sweep(self) -> bool:
        knowledge = Knowledge(
            uids=lambda folder, uidvalidity, above: ledger.known_uids(self._store, folder, uidvalidity, above),
            headers=lambda hashes: ledger.known_headers(self._store, hashes),
        )
        config = self._office.config
        worked = False
        for folder in folders.watched(self._store):
            for item in sweep(self._mailbox, folder, config.imap.start_from, knowledge, config.limits, self._office.clock):
                worked |= self._intake.receive(item, self._office.clock.now())
        return worked

    def _attempt(self, delivery: Delivery) -> SendResult:
        outgoing = delivery.outgoing
        if outgoing.channel is not Channel.SENT_COPY:
            return self._loop.run_until_complete(self._sender.send(delivery))
        if not self._mailbox.holds("Sent", outgoing.message_id):
            self._mailbox.append("Sent", outgoing.mail, self._office.clock.now())
        return SendResult(SendOutcome.ACCEPTED)
