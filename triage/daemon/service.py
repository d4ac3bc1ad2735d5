"""Daemon: the composition root. Builds every object, starts the threads, stops them in order.

`start`, `settle` and `stop` serve tests and the demo as well, under a pushed clock; `run.py` adds signals and systemd for the real
service. Everything that can be wrong at start is raised as a TriageError with a sentence and a hint, before the first thread runs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from triage import __version__
from triage.adapters.deadman import DeadmanSwitch
from triage.adapters.imap.doorbell import Doorbell
from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.fast_poll import FastPoll
from triage.adapters.keys import load_keys
from triage.adapters.logs import LogEvent, log
from triage.adapters.measured import Measured
from triage.adapters.pagers.settings import Wiring
from triage.adapters.parsing import ParserPool
from triage.adapters.secrets import resolve_secret
from triage.adapters.sender import Sender
from triage.core.deliveries import Channel, Delivery
from triage.core.failures import TriageError
from triage.core.metrics import Reading
from triage.core.outcomes import Outcome
from triage.core.reconciliation import Reconciliation
from triage.core.seams import Clock, Entropy, Mailbox, Parser, SendResult
from triage.core.settings import Config
from triage.daemon.audit_duty import AuditDuty
from triage.daemon.connections import tokens_for
from triage.daemon.engine import Attempted, Call, Engine, Message, no_audit
from triage.daemon.incidents import IncidentWatch
from triage.daemon.label_errands import LabelErrands
from triage.daemon.mailbox import MailboxThread
from triage.daemon.outside import Outside, real
from triage.daemon.reconciling import HourlyReconcile
from triage.daemon.rules import RulesInForce
from triage.daemon.schedule import Schedule
from triage.daemon.sign_in import SignInWatch
from triage.daemon.web_door import open_web
from triage.store import checkpoint, folders, ledger, outbox
from triage.store.database import Lock
from triage.store.folders import Role
from triage.workers import own_copies, paging, reconcile
from triage.workers.audit import Outlook
from triage.workers.desk import Desk
from triage.workers.digest import MorningDigest
from triage.workers.dispatcher import Dispatcher
from triage.workers.duties import Duties
from triage.workers.intake import Intake
from triage.workers.judging import Judgement
from triage.workers.labelling import Labelling, Relabel
from triage.workers.log_keeper import LogKeeper
from triage.workers.metrics import read_process
from triage.workers.promise_keeper import PromiseKeeper
from triage.workers.retention import Retention
from triage.workers.timekeeper import Timekeeper
from triage.workers.urgency import Urgency
from triage.workers.weekly_drill import WeeklyDrill


class Daemon:
    def __init__(
        self,
        config: Config,
        clock: Clock,
        entropy: Entropy,
        *,
        parser: Parser | None = None,
        audited: bool = True,
        outside: Outside | None = None,
    ) -> None:
        """Raises TriageError (BrokenFiles among them) for whatever a person must mend first; nothing runs yet.

        `audited` is False under a clock that is pushed by hours, where every look would find a mailbox nobody has swept for hours.
        `outside` takes the place of what config.toml names.
        """
        self.config = config
        self.refusal: TriageError | None = None
        """Set when the mailbox cannot be used until a person mends something, and never has been."""
        self._clock = clock
        self._started_at = clock.now()
        self._lock = Lock(config.instance.state_dir)
        self._parse_time = Measured()
        self._parser = parser or ParserPool(config.limits, on_result=self._nudge, took=self._parse_time.add)
        try:
            if isinstance(self._parser, ParserPool):
                self._parser.warm()  # while everything else is read and opened
            self._build(entropy, outside or real(config, clock), audited)
        except BaseException:
            self._parser.close()
            self._lock.release()
            raise

    def _build(self, entropy: Entropy, outside: Outside, audited: bool) -> None:
        config = self.config
        self._outside = outside
        self.rules = RulesInForce(config, self._clock.now())
        self._store = outside.open_store(config.instance.state_dir, create=True)
        with self._store.write():
            outbox.release_leases(self._store, self._clock.now())
            folders.begin_life(self._store)
        self._reader = outside.open_store(config.instance.state_dir)
        self.rules.keep_status(self._store)
        keys = load_keys(config.instance.state_dir, entropy)
        self._loop = outside.loop
        self.incidents = IncidentWatch(outside.status_page, self._store, self._loop.begin)
        self.desk = Desk(config, self._store, lambda: self.rules.current, entropy, keys, self.incidents.latest)
        self._sign_in = SignInWatch(outside.tokens, self._loop.begin)
        self._sender = self._open_sender(keys)
        self._audit = self._audit_duty() if audited else None
        intake = Intake(self.desk, self._parser, self._judged)
        self._labelling = Labelling(self.desk, self._relabel)
        self.engine = Engine(
            intake,
            Timekeeper(self.desk),
            Dispatcher(self.desk),
            self._clock,
            self._hand_out,
            self._recorded,
            self.request_sweep,
            self._store.data_version,
            duties=self._duties(),
            audit=self._audit.step if self._audit is not None else no_audit,
            monotonic=outside.monotonic,
            stepped=outside.stepped,
        )
        self.mailbox = MailboxThread(
            outside.mailbox,
            self._reader,
            partial(own_copies.is_known, self.desk),
            Urgency(self.desk.rules, config.limits),
            config.limits,
            config.imap.start_from,
            self._clock,
            self._post,
            self._choose_folders,
            self._refused,
            LabelErrands(outside.mailbox, self._clock, config.labels, config.imap.intake, self._relabelled, self._labels_seen),
            HourlyReconcile(outside.mailbox, self._clock, self._reconciled),
            outside.later,
            self.engine.has_room,
        )
        self._doorbell = Doorbell(config.imap.server, config.imap.intake, token=tokens_for(config.imap.server, outside.tokens))
        self._fast_poll = self._open_fast_poll()
        self._schedule = Schedule(
            self._loop, config.imap.poll_every, self._clock, self.request_sweep, self.look_at_rules, self.clock_jumped
        )
        self.web = (
            open_web(self.desk, self.engine, self._clock, lambda: self.rules.status, self._process_readings) if outside.listens else None
        )
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def _open_sender(self, keys: Sequence[bytes]) -> Sender:
        config, outside = self.config, self._outside
        address = config.instance.address
        wiring = Wiring(self._clock, outside.page_mails, address, config.smtp.from_name, resolve_secret)
        notices = outside.notices, outside.urgent_notices
        return Sender(*notices, wiring, lambda: self.rules.current, address, keys, config.incidents, outside.build_contact)

    def _audit_duty(self) -> AuditDuty:
        tokens, free_bytes = self._outside.tokens, self._outside.free_bytes
        url = self.config.deadman.url()
        outlook = Outlook(
            started_at=self._clock.now(),
            mailbox=lambda: self.mailbox.state,
            progress_at=lambda: self.mailbox.progress_at,
            free_bytes=lambda: free_bytes(self.config.instance.state_dir),
            sign_in=lambda: tokens.problem if tokens is not None else "",
        )
        return AuditDuty(self.desk, outlook, DeadmanSwitch(url, self._clock) if url else None, self._loop.begin)

    def _open_fast_poll(self) -> FastPoll | None:
        imap = self.config.imap
        if imap.fast_poll is None:
            return None
        return FastPoll(imap.server, imap.intake, imap.fast_poll.total_seconds(), token=tokens_for(imap.server, self._outside.tokens))

    def _duties(self) -> tuple[Callable[[datetime], bool], ...]:
        clocked = (PromiseKeeper(self.desk).step, Duties(self.desk).step, WeeklyDrill(self.desk).step, MorningDigest(self.desk).step)
        log_keeper = LogKeeper(self._store, self.config.instance.state_dir)
        return (self._sign_in.step, self.incidents.step, *clocked, self._labelling.step, Retention(self.desk).step, log_keeper.step)

    # --- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._loop.start()
        self._loop.run_soon(self._sender.warm)
        self._begin("triage-engine", self.engine.run)
        self._begin("triage-mailbox", self.mailbox.run)
        if self.config.imap.idle:
            self._begin("triage-doorbell", self._listen)
        if self._fast_poll is not None:
            self._begin("triage-fast-poll", partial(self._fast_poll.run, self.request_sweep))
        self._schedule.start()
        if self.web is not None:
            self.web.start(self._loop.loop)
        if self._audit is not None:
            self._audit.start()
        self.request_sweep()
        log(LogEvent.STARTED, instance=self.config.instance.name, rules=self.rules.current.hash)

    def stop(self) -> None:
        """In order: no new work, then the answers of what is on its way, then the threads, the store and the lock."""
        self._schedule.stop()
        if self.web is not None:
            self.web.stop()
        self._doorbell.stop()
        if self._fast_poll is not None:
            self._fast_poll.stop()
        self.mailbox.stop()
        self.engine.rest()
        deadline = time.monotonic() + 10.0
        while not self.engine.is_quiet_outside and time.monotonic() < deadline:
            time.sleep(0.02)
        self._stopping.set()
        self.engine.stop()
        for thread in self._threads:
            thread.join(timeout=10.0)
        self._loop.stop(self._sender)
        self._parser.close()
        self._reader.close()
        checkpoint.empty_log(self._store)
        self._store.close()
        self._lock.release()
        log(LogEvent.STOPPED)

    def abandon(self) -> None:
        """What the end of a process does by itself, for one that only seems to end: connections and the lock are gone, nothing is
        finished."""
        self._parser.close()
        self._reader.close()
        self._store.close()
        self._lock.release()

    def settle(self, timeout_s: float = 30.0) -> None:
        """Until everything that can happen now has happened: a sweep that found nothing new, and nothing left to decide or to send.

        For tests and the demo, where the clock is pushed. Raises TimeoutError.
        """
        deadline = time.monotonic() + timeout_s
        calm = 0
        while calm < 2:
            worked = self.engine.steps_worked
            number = self.request_sweep()
            while self.engine.ended_sweeps < number or not self.engine.is_quiet or not self._labelling.is_quiet:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not settled after {timeout_s} s: mailbox {self.mailbox.state}")
                time.sleep(0.003)
            self.engine.call(lambda _now: None)
            calm = calm + 1 if self.engine.steps_worked == worked else 0

    # --- what the parts ask of each other ------------------------------------------------------------------------------

    def _process_readings(self) -> Iterable[Reading]:
        return read_process(__version__, self._started_at, self._parse_time.distribution(), self._loop.lag.distribution())

    def request_sweep(self) -> int:
        return self.mailbox.request_sweep()

    def reload_rules(self, done: Callable[[], None] | None = None) -> None:
        """SIGHUP. As after every save under rules/, the set is swapped between two messages, on the engine's thread. `done` is called there
        when the files were read, usable or not."""

        def reload(now: datetime) -> None:
            try:
                self.rules.reload(self.desk, now, asked=True)
            finally:
                if done is not None:
                    done()

        self.engine.call(reload, wait=False)

    def look_at_rules(self) -> None:
        """As is done once a second."""
        self.rules.look(lambda: self.engine.call(lambda now: self.rules.reload(self.desk, now), wait=False))

    def clock_jumped(self) -> None:
        """The wall clock was set."""

        def tell(now: datetime) -> None:
            with self._store.write():
                paging.clock_jumped(self.desk, now)
                outbox.clock_jumped(self._store, now)

        self.engine.call(tell, wait=False)

    def _begin(self, name: str, function: Callable[[], None]) -> None:
        thread = threading.Thread(target=function, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            if self._doorbell.wait(self.config.imap.poll_every.total_seconds()):
                self.request_sweep()

    def _post(self, message: Message) -> None:
        self.engine.post(message)

    def _nudge(self) -> None:
        self.engine.nudge()

    def _hand_out(self, delivery: Delivery) -> None:
        if delivery.outgoing.channel in {Channel.SENT_COPY, Channel.MOVE}:
            self.mailbox.run_errand(delivery)
        else:
            self._loop.send(self._sender, delivery, self._answered)

    def _answered(self, delivery: Delivery, result: SendResult) -> None:
        self._post(Attempted(delivery, result))

    def _recorded(self, answers: Sequence[Attempted]) -> None:
        if any(one.result.throttled for one in answers):
            self._loop.run_soon(self._sender.go_on)

    def _relabel(self, batch: Relabel) -> None:
        self.mailbox.relabel(batch)

    def _relabelled(self, batch: Relabel, succeeded: bool) -> None:
        self._post(Call(lambda now: self._labelling.done(batch, succeeded, now)))

    def _labels_seen(self, flags: Mapping[int, frozenset[str]]) -> None:
        self._post(Call(lambda now: self._labelling.seen(flags, now)))

    def _reconciled(self, found: Reconciliation) -> None:
        def keep(_now: datetime) -> None:
            with self._store.write():
                reconcile.keep(self._store, found)

        if not found.agrees:
            log(LogEvent.LEDGER_DIFFERS, logging.WARNING, missing=found.missing, undecided=found.undecided, problem=found.problem)
        self.engine.call(keep, wait=False)

    def _choose_folders(self, mailbox: Mailbox) -> None:
        """On the first connection: which folders are watched. Without a Sent folder team replies are only seen as copies."""
        wanted = {self.config.imap.intake: Role.INTAKE}
        sent = mailbox.sent_folder() if self.config.imap.sent == "auto" else self.config.imap.sent
        if sent and sent != "none":
            wanted[sent] = Role.SENT
        else:
            log(LogEvent.NO_SENT_FOLDER, logging.WARNING)
        there = mailbox.folders()
        for name in wanted:
            if name.upper() != "INBOX" and name not in there:
                raise UnknownFolder(f"{self.config.imap.server.host} has no folder {name!r}", hint=f"it has: {', '.join(there)}")
        self.engine.call(lambda _now: folders.watch(self._store, wanted))

    def _refused(self, failure: TriageError) -> None:
        self.refusal = failure

    def _judged(self, ledger_id: int, judgement: Judgement) -> None:
        folder, uid = ledger.place(self._store, ledger_id)
        quarantined = judgement.outcome is Outcome.QUARANTINED
        log(
            LogEvent.QUARANTINED if quarantined else LogEvent.JUDGED,
            logging.ERROR if quarantined else logging.INFO,
            ledger=ledger_id,
            folder=folder,
            uid=uid,
            outcome=judgement.outcome.value,
            case=judgement.case_number,
        )
