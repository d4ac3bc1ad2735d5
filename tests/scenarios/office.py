"""Office: the whole daemon, on a real store, a real IMAP server, a real SMTP server and a clock that is pushed.

A story says what people do (`partner_writes`, `team_replies`, `wait`) and then what must have come of it. Every mail that goes out must
be asked for with `outgoing`: what nobody has asked for at the end of a story fails it.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from triage.adapters.clock import SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.core.cases.case import Case
from triage.core.cases.journal import JournalEntry, fold
from triage.core.settings import Cases, Config, Imap, Instance, Limits, Security, Server, Smtp, StartFrom
from triage.daemon.service import Daemon
from triage.demo.clock import PushedClock
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import AcceptedMail, SmtpSink
from triage.store import cases, journal, ledger, outbox, pages
from triage.store.database import Store, open_store

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""
ADDRESS = "api@wise.example"
TEAM = "team@wise.example"
PARTNER = "ops@acme.example"
RULES = Path(__file__).parents[2] / "rules"

PEOPLE = """
[[person]]
name = "ana"
[[person.contact]]
name = "mail"
kind = "email"
to = "ana@pager.example"

[[person]]
name = "bo"
[[person.contact]]
name = "mail"
kind = "email"
to = "bo@pager.example"
"""
ONCALL = f"""{PEOPLE}
[rota.primary]
people = ["ana"]
[rota.second]
people = ["bo"]

[policy.emergency]
broadcast = ["ana", "bo"]
broadcast_at = "20m"
[[policy.emergency.level]]
at = "0m"
to = ["primary"]
[[policy.emergency.level]]
at = "5m"
to = ["second"]
"""

AGREEMENTS = "[agreement.default]\n[agreement.gold]\n"
"""Nothing is promised in a story that is about something else."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that went out, as its reader sees it."""

    to: tuple[str, ...]
    subject: str
    text: str
    notice: str
    message: EmailMessage
    raw: bytes

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


def _step(left: timedelta) -> timedelta:
    if left > timedelta(hours=2):
        return timedelta(hours=1)
    return timedelta(minutes=10 if left > timedelta(minutes=20) else 1)


class Office:
    def __init__(self, imap: EmbeddedImap, smtp: SmtpSink, clock: PushedClock, config: Config) -> None:
        self.imap, self.smtp, self.clock, self.config = imap, smtp, clock, config
        self.daemon: Daemon | None = None
        self._asked_for = 0
        self.audited = False
        """Whether the daemon looks after itself: only a story whose clock goes in minutes can stand that."""
        self.failures_asked_for = 0
        """Deliveries that the story knows to have failed for good."""
        self._serial = itertools.count(1)

    # --- the daemon ----------------------------------------------------------------------------------------------------

    def start(self, *, settled: bool = True) -> None:
        """`settled`: until everything that can happen at once has happened, which needs a mailbox."""
        self.daemon = Daemon(self.config, self.clock, SystemEntropy(), parser=InlineParser(self.config.limits), audited=self.audited)
        self.daemon.start()
        if settled:
            self.daemon.settle()

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.stop()
            self.daemon = None

    def settle(self, timeout_s: float = 30.0) -> None:
        """`timeout_s`: more for a story that has hundreds of mails judged at once, on a machine that is busy."""
        assert self.daemon is not None
        self.daemon.settle(timeout_s)

    def wait(self, **span: float) -> None:
        """Time passes in steps, as it does: whatever becomes due in between happens at about its time. The end of a long wait, and
        the whole of one that is shorter than two hours, goes by the minute."""
        left = timedelta(**span)
        is_long = left > timedelta(hours=2)
        while left > timedelta(0):
            step = min(left, _step(left) if is_long else timedelta(minutes=1))
            self.clock.push(step)
            left -= step
            if self.daemon is not None:
                self.daemon.settle()

    def leap(self, **span: float) -> None:
        """Time passes in one go."""
        self.clock.push(timedelta(**span))
        if self.daemon is not None:
            self.daemon.settle()

    # --- people --------------------------------------------------------------------------------------------------------

    def mail(self, sender: str, to: str, subject: str, text: str = "Hello", *, answers: str = "", cc: str = "", **headers: str) -> bytes:
        self.clock.push(timedelta(seconds=1))  # INTERNALDATE counts in seconds, and no two people write in the same one
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = sender
        message["To"] = to
        if cc:
            message["Cc"] = cc
        message["Subject"] = subject
        message["Date"] = format_datetime(self.clock.now())
        message["Message-ID"] = f"<{next(self._serial)}@{sender.rpartition('@')[2].strip('>')}>"
        if answers:
            message["In-Reply-To"] = answers
            message["References"] = answers
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message.as_bytes()

    def arrives(self, raw: bytes, folder: str = "INBOX", at: datetime | None = None) -> str:
        """A mail is in the mailbox; returns its Message-ID."""
        self.imap.deliver(raw, folder, at or self.clock.now())
        if self.daemon is not None:
            self.daemon.settle()
        return str(message_from_bytes(raw)["Message-ID"] or "")

    def partner_writes(
        self, subject: str, text: str = "POST /v1/transfers fails", *, sender: str = PARTNER, answers: str = "", **headers: str
    ) -> str:
        return self.arrives(self.mail(sender, ADDRESS, subject, text, answers=answers, **headers))

    def team_replies(self, subject: str, *, answers: str, to: str = PARTNER, text: str = "We look into it.", cc: str = "") -> str:
        return self.arrives(self.mail(ADDRESS, to, subject, text, answers=answers, cc=cc), "Sent")

    # --- what came of it -----------------------------------------------------------------------------------------------

    def outgoing(self) -> list[Mail]:
        """The mails that went out since this was last asked for."""
        new = [_read(mail) for mail in self.smtp.mails()[self._asked_for :]]
        self._asked_for += len(new)
        return new

    def notices(self) -> list[str]:
        """The kinds of what went out since last asked, in order; pages are "page ana"."""
        return [mail.notice or f"page {mail.to[0].partition('@')[0]}" for mail in self.outgoing()]

    @contextmanager
    def store(self) -> Iterator[Store]:
        with open_store(self.config.instance.state_dir) as store:
            yield store

    def case(self, number: int) -> Case:
        with self.store() as store:
            stored = cases.get(store, number)
            assert stored is not None, f"there is no case #{number}"
            return stored.case

    def case_numbers(self) -> list[int]:
        with self.store() as store:
            return sorted(stored.case.number for stored in cases.find(store))

    def reasons(self, number: int) -> list[str]:
        with self.store() as store:
            return [entry.reason for entry in journal.of_case(store, number)]

    def journal(self, number: int) -> list[JournalEntry]:
        with self.store() as store:
            return journal.of_case(store, number)

    def outcomes(self) -> list[str]:
        with self.store() as store:
            rows = store.connection.execute("SELECT outcome FROM ledger ORDER BY id")
            return [row["outcome"] for row in rows]

    def page_states(self, number: int) -> list[str]:
        with self.store() as store:
            return [stored.page.state.value for stored in pages.of_case(store, number)]

    def check(self) -> None:
        """What must be true after every story, whatever it was about."""
        assert [mail.subject for mail in self.outgoing()] == [], "mails went out that the story did not ask for"
        with self.store() as store:
            assert ledger.undecided(store) == []
            for number in self.case_numbers():
                stored = cases.get(store, number)
                assert stored is not None
                assert fold(journal.of_case(store, number)) == stored.case
            assert len(outbox.latest(store, failed=True)) == self.failures_asked_for
            assert self._ledger_equals_mailbox(store)

    def _ledger_equals_mailbox(self, store: Store) -> bool:
        for folder in ("INBOX", "Sent"):
            known = {row["uid"] for row in store.connection.execute("SELECT uid FROM ledger WHERE folder = ?", (folder,))}
            assert {message.uid for message in self.imap.messages(folder)} <= known
        return True


def _without_tests(rule_file: str) -> str:
    """The rules alone: that the shipped tests pass is a matter of its own, and takes longer than most stories."""
    tables = re.split(r"(?m)^(?=\[\[)", rule_file)
    return "".join(table for table in tables if not table.startswith("[[test]]"))


def make_config(directory: Path, imap: EmbeddedImap, smtp: SmtpSink, *, rule_tests: bool = False) -> Config:
    rules = directory / "rules"
    shutil.copytree(RULES, rules)
    if not rule_tests:
        for file in rules.glob("*.toml"):
            file.write_text(_without_tests(file.read_text("utf-8")), "utf-8")
    (rules / "oncall.toml").write_text(ONCALL)
    (rules / "agreements.toml").write_text(AGREEMENTS)
    return Config(
        instance=Instance(
            name="Wise partner support",
            address=ADDRESS,
            team_domains=frozenset({"wise.example"}),
            trusted_authserv=("mx.wise.example",),
            team_address=TEAM,
            state_dir=directory / "state",
            rules_dir=rules,
        ),
        imap=Imap(
            Server(imap.host, imap.port, Security.NONE, "api", lambda: "secret"),
            idle=False,
            poll_every=timedelta(hours=1),
            start_from=StartFrom.NOW,
        ),
        smtp=Smtp(Server(smtp.host, smtp.port, Security.NONE), from_name="Wise partner support"),
        cases=Cases(),
        limits=Limits(),
    )


@contextmanager
def open_office(directory: Path, *, rule_tests: bool = False, **changes: object) -> Iterator[Office]:
    """A running office, with the tests beside its rules or without; `changes` replace fields of [cases]."""
    with EmbeddedImap({"api": "secret"}) as imap, SmtpSink() as smtp:
        config = make_config(directory, imap, smtp, rule_tests=rule_tests)
        config = replace(config, cases=replace(config.cases, **changes))  # type: ignore[arg-type]
        office = Office(imap, smtp, PushedClock(T0), config)
        try:
            yield office
        finally:
            office.stop()


def _read(mail: AcceptedMail) -> Mail:
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    assert text is not None
    return Mail(
        to=mail.recipients,
        subject=str(message["Subject"]),
        text=text.get_content(),
        notice=str(message["X-Triage-Notice"] or ""),
        message=message,
        raw=mail.raw,
    )


__all__ = ["ADDRESS", "PARTNER", "T0", "TEAM", "Mail", "Office", "open_office"]
