"""History: a partner inbox of some months in a store, made by the workers' own code under a clock that leaps from one thing to the next.

Who writes what when comes from one seed; what becomes of it is the program's. `python -m tests.reports.history DIR` leaves the store in a
state directory with a config.toml, so that `triage report` can be looked at.
"""

from __future__ import annotations

import heapq
import itertools
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from random import Random

from tests.scenarios.office import RULES
from triage.adapters.clock import SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import load_rules
from triage.core.cases.events import Event, EventKind
from triage.core.deliveries import Channel
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.core.seams import FetchedMessage, SendOutcome, SendResult
from triage.core.settings import Config, Imap, Instance, Server, Smtp
from triage.daemon.wiring import contact_kinds
from triage.store import cases, folders, outbox, pages
from triage.store.database import open_store
from triage.store.folders import Role
from triage.workers import casework, paging
from triage.workers.desk import Desk
from triage.workers.dispatcher import Dispatcher
from triage.workers.intake import Intake
from triage.workers.judging import Judgement
from triage.workers.promise_keeper import PromiseKeeper
from triage.workers.sync import Arrivals
from triage.workers.timekeeper import Timekeeper

ADDRESS = "api@wise.example"
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
ONCALL = """
[[person]]
name = "ana"
display = "Ana Kask"
zone = "Europe/Tallinn"
[[person.contact]]
name = "mail"
kind = "email"
to = "ana@pager.example"

[[person]]
name = "bo"
display = "Bo Lind"
zone = "Europe/London"
[[person.contact]]
name = "mail"
kind = "email"
to = "bo@pager.example"

[rota.primary]
people = ["ana", "bo"]
[rota.second]
people = ["bo", "ana"]
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
CALENDAR = '[team]\nzone = "Europe/London"\nhours = "09:00-18:00"\n'
AGREEMENTS = """
[agreement.default]
first_response = { 1 = "30m", 2 = "4h on team", 3 = "8h on team" }
next_response = { 1 = "1h", 2 = "8h on team", 3 = "16h on team" }
resolution = { 1 = "8h", 2 = "24h on team", 3 = "60h on team" }
"""
_PARTNERS = ("acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka", "tyrell", "cyberdyne", "soylent", "vandelay",
             "oceanic", "aperture", "monarch", "gringotts")  # fmt: skip
_ENDPOINTS = ("POST /v1/transfers", "POST /v3/profiles/16556123/batch-payments", "GET /v4/profiles/16556123/balances", "POST /v3/quotes",
              "POST /v1/accounts", "GET /v1/transfers/4412234", "POST /v3/profiles/16556123/transfers/4412234/payments")  # fmt: skip
_PROBLEMS = ("fails with 422", "times out", "returns an empty list", "answers 503 since this morning", "rejects our token")
_QUESTIONS = ("How do we rotate webhook keys?", "Which currencies can be quoted?", "Is there a sandbox for batch payments?")
_ENDINGS = ("", "This is production.", "It is in the sandbox only.", "About 40 payouts are stuck; payroll is due at noon.",
            "x-trace-id: 1f6b2c3d-4e5f-6789-abcd-ef0123456789", "Since 08:40 UTC today.")  # fmt: skip
_GERMAN = "Guten Tag,\n\nseit heute Morgen schlägt {endpoint} fehl, und wir können keine Zahlungen auslösen. Bitte helfen Sie uns.\n"


@dataclass
class Bureau:
    """A mailbox, a team and a store. `at` is the clock."""

    directory: Path
    at: datetime = FIRST

    def __post_init__(self) -> None:
        rules = self.directory / "rules"
        shutil.copytree(RULES, rules)
        for name, text in (("oncall", ONCALL), ("calendar", CALENDAR), ("agreements", AGREEMENTS)):
            (rules / f"{name}.toml").write_text(text)
        state = self.directory / "state"
        instance = Instance("Wise partner support", ADDRESS, frozenset({"wise.example"}), state_dir=state, rules_dir=rules)
        self.config = Config(instance, Imap(Server("localhost", 1)), Smtp(Server("localhost", 1)))
        self.store = open_store(state, create=True)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        loaded = load_rules(rules, self.at, contact_kinds())
        self.desk = Desk(self.config, self.store, lambda: loaded, SystemEntropy(), (bytes(32),))
        folders.watch(self.store, {"INBOX": Role.INTAKE, "Sent": Role.SENT})
        self._judgement: Judgement | None = None
        self._intake = Intake(self.desk, InlineParser(self.config.limits), self._judged)
        self._keeper, self._timekeeper, self._dispatcher = PromiseKeeper(self.desk), Timekeeper(self.desk), Dispatcher(self.desk)
        self._uid = itertools.count(1)
        self._planned: list[tuple[datetime, int, Callable[[], None]]] = []

    def _judged(self, _ledger_id: int, judgement: Judgement) -> None:
        self._judgement = judgement

    def close(self) -> None:
        self.store.close()

    # --- time ----------------------------------------------------------------------------------------------------------

    def plan(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._planned, (at, next(self._uid), what))

    def run(self, until: datetime) -> None:
        """Everything that is planned, and everything that becomes due in between."""
        while self._planned and self._planned[0][0] <= until:
            at, _, what = heapq.heappop(self._planned)
            self._leap(at)
            what()
            self._settle()
        self._leap(until)

    def _leap(self, to: datetime) -> None:
        for _ in range(10_000):
            dues = (cases.next_due_at(self.store), pages.next_due_at(self.store), outbox.next_due_at(self.store), self._promised_at())
            due = min((one for one in dues if one is not None), default=None)
            if due is None or due > to:
                break
            self.at = max(due, self.at) + INSTANT
            self._settle()
        self.at = max(to, self.at)

    def _promised_at(self) -> datetime | None:
        row = self.store.connection.execute("SELECT min(promise_at) AS at FROM cases").fetchone()
        return datetime.fromisoformat(row["at"]) if row["at"] else None

    def _settle(self) -> None:
        with self.store.write():
            for folder in ("INBOX", "Sent"):
                folders.swept(self.store, folder, self.at)
        self._keeper.step(self.at)
        self._timekeeper.step(self.at)
        while claimed := self._dispatcher.claim(self.at, list(Channel)):
            for delivery in claimed:
                self._dispatcher.record(delivery, SendResult(SendOutcome.ACCEPTED), self.at)

    # --- people --------------------------------------------------------------------------------------------------------

    def mail(self, sender: str, to: str, subject: str, text: str, answers: str = "", folder: str = "INBOX") -> tuple[str, int | None]:
        """It arrives now; its Message-ID, and the case it is on."""
        message = EmailMessage(policy=policy.SMTP)
        uid = next(self._uid)
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Date"] = format_datetime(self.at)
        message["Message-ID"] = f"<{uid}@{sender.rpartition('@')[2]}>"
        if answers:
            message["In-Reply-To"] = message["References"] = answers
        message.set_content(text)
        self._intake.receive(Arrivals(folder, (FetchedMessage(folder, 1, uid, self.at, message.as_bytes()),)), self.at)
        self._intake.step(self.at)
        assert self._judgement is not None
        return str(message["Message-ID"]), self._judgement.case_number

    def replies(self, partner: str, subject: str, answers: str) -> str:
        return self.mail(ADDRESS, partner, f"Re: {subject}", "We look into it.", answers, "Sent")[0]

    def acts(self, number: int, kind: EventKind, **fields: int) -> None:
        with self.store.write():
            casework.apply_to(self.desk, number, replace(Event(kind, self.at, actor="ana"), **fields), self.at)

    def acknowledges(self, number: int, by: str) -> None:
        with self.store.write():
            stored = pages.open_of_case(self.store, number)
            if stored is not None:
                paging.advance(self.desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=by), self.at)


class Months:
    """What partners and the team do, from one seed."""

    def __init__(self, bureau: Bureau, seed: int = 7) -> None:
        self._bureau, self._random = bureau, Random(seed)

    def plan(self, first: datetime, days: int, cases_a_day: float) -> None:
        for day in range(days):
            midnight = first + timedelta(days=day)
            weekend = midnight.weekday() >= 5
            count = round(cases_a_day * (0.25 if weekend else 1.0) * self._random.uniform(0.6, 1.4))
            for _ in range(count):
                hour = self._random.choice((2, 7, 8, 9, 9, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16, 17, 19, 22))
                self._bureau.plan(midnight + timedelta(hours=hour, minutes=self._random.randrange(60)), self._writes)

    def _writes(self) -> None:
        random, bureau = self._random, self._bureau
        partner = f"ops@{random.choices(_PARTNERS, [30 // (n + 1) + 1 for n in range(len(_PARTNERS))])[0]}.example"
        endpoint = random.choice(_ENDPOINTS)
        roll = random.random()
        if roll < 0.15:
            subject = random.choice(_QUESTIONS)
            text = f"Hello,\n\n{subject}\n\nThank you\n"
        elif roll < 0.25:
            subject, text = f"{endpoint.split()[1]} schlägt fehl", _GERMAN.format(endpoint=endpoint)
        else:
            subject = f"{endpoint.split()[1]} {random.choice(_PROBLEMS)}"
            text = f"Hello,\n\n{endpoint} {random.choice(_PROBLEMS)}.\n" + "\n".join(random.sample(_ENDINGS, random.randrange(4))) + "\n"
        urgent = random.random() < 0.07
        subject = f"URGENT: {subject}" if urgent else subject
        message_id, number = bureau.mail(partner, ADDRESS, subject, text)
        if number is None:
            return
        if urgent:
            self._emergency(number)
        elif random.random() < 0.15:
            self._later(0.5, lambda: bureau.acts(number, EventKind.SEVERITY_SET, severity=2))
        if random.random() < 0.04:
            self._later(20, lambda: bureau.acts(number, EventKind.CLOSED_BY_TEAM))
            return
        self._later(self._patience(urgent), lambda: self._replied(partner, subject, message_id, 0))

    def _emergency(self, number: int) -> None:
        bureau, minutes = self._bureau, self._random.choice((1, 2, 3, 4, 6, 8, 12, 26))
        by = "ana" if minutes < 5 else self._random.choice(("ana", "bo"))
        self._later(minutes / 60, lambda: bureau.acknowledges(number, by))
        if self._random.random() < 0.35:
            self._later(minutes / 60 + 0.4, lambda: bureau.acts(number, EventKind.SEVERITY_SET, severity=3))

    def _patience(self, urgent: bool) -> float:
        if urgent:
            return self._random.uniform(0.2, 1.0)
        hour = self._bureau.at.hour
        night = 0 if 8 <= hour < 16 else (9 - hour) % 24
        weekend = 24 * max(0, 7 - self._bureau.at.weekday()) if self._bureau.at.weekday() >= 5 else 0
        return night + weekend + self._random.lognormvariate(0.6, 0.9)

    def _replied(self, partner: str, subject: str, answers: str, turn: int) -> None:
        reply = self._bureau.replies(partner, subject, answers)
        roll = self._random.random()
        if roll < 0.35 and turn < 4:
            self._later(self._random.uniform(1, 60), lambda: self._answers(partner, subject, reply, turn))
        elif roll < 0.43:
            self._later(80, lambda: self._answers(partner, subject, reply, 3))

    def _answers(self, partner: str, subject: str, answers: str, turn: int) -> None:
        message_id, number = self._bureau.mail(partner, ADDRESS, f"Re: {subject}", "It still fails, please look again.", answers)
        if number is not None:
            self._later(self._random.choice((2, 4, 7)) / 60, lambda: self._bureau.acknowledges(number, "ana"))
        stored = cases.get(self._bureau.store, number or 0)
        urgent = stored is not None and stored.case.severity == 1
        self._later(self._patience(urgent), lambda: self._replied(partner, subject, message_id, turn + 1))

    def _later(self, hours: float, what: Callable[[], None]) -> None:
        self._bureau.plan(self._bureau.at + timedelta(hours=hours), what)


def main(directory: Path, days: int = 66, cases_a_day: float = 7.0) -> None:
    bureau = Bureau(directory)
    Months(bureau).plan(FIRST, days, cases_a_day)
    bureau.run(FIRST + timedelta(days=days))
    bureau.close()
    (directory / "config.toml").write_text(
        f'[instance]\nname = "Wise partner support"\naddress = "{ADDRESS}"\nteam_domains = ["wise.example"]\n'
        f'state_dir = "{directory}/state"\nrules_dir = "{directory}/rules"\n[imap]\nhost = "localhost"\nusername = "api"\npassword = "x"\n'
        '[smtp]\nhost = "localhost"\n'
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
