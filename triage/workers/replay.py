"""Replay: past mails through one set of rules, on a store in memory, with the workers' own code and a clock that follows the mails.

Answers what rules would have done: severities, pages, notices, re-openings, closings. Sends nothing and touches no other store. What people
did by other means than mail (commands, acknowledges) did not happen in a replay; every page is over as soon as it was opened, so that each
emergency counts for itself. Cases keep their real numbers while the replay opens the same cases as reality did. Called by `triage rules
backtest` and `triage rules diff`, once for each of the two sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.events import NoticeKind, Reason
from triage.core.deliveries import Channel
from triage.core.mail.message import InboundMessage
from triage.core.outcomes import Outcome
from triage.core.seams import Entropy, FetchedMessage, Parsed
from triage.core.settings import Config
from triage.store import cases, folders, ledger, outbox, pages
from triage.store.database import Store
from triage.store.folders import Role
from triage.workers import paging
from triage.workers.desk import Desk
from triage.workers.intake import Intake
from triage.workers.judging import Judgement
from triage.workers.past_clock import PastClock
from triage.workers.sync import Arrivals

SENT_FOLDER = "(sent)"
LAST_WINDOW = timedelta(days=5)
"""How long the clock goes on after the last mail, so that its case may close."""


@dataclass(frozen=True, slots=True)
class PastMail:
    """`case_number` is the case it was on in reality, None when nobody knows."""

    at: datetime
    sent: bool
    raw: bytes
    message: InboundMessage | None
    error: str = ""
    case_number: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one mail did. `pages` counts pages that were opened for it; `closed` how often the case it opened was closed in the end."""

    outcome: Outcome
    case_number: int | None
    severity: int | None
    rules: tuple[str, ...]
    pages: int
    notices: tuple[str, ...]
    reopened: bool
    closed: int = 0


class Replay:
    def __init__(self, config: Config, rules: RuleFiles, store: Store, entropy: Entropy, keys: tuple[bytes, ...]) -> None:
        """`store` is an empty one in memory; `keys` are the instance's own, so that its notices are known as such."""
        self._store = store
        self._config = config
        self._number = config.cases.first_number
        self._desk = Desk(config, store, lambda: rules, entropy, keys)
        self._given = _Given()
        self._judgement: Judgement | None = None
        self._folder = config.imap.intake
        folders.watch(store, {self._folder: Role.INTAKE, SENT_FOLDER: Role.SENT})
        self._clock = PastClock(self._desk, (self._folder, SENT_FOLDER))
        self._uid = 0
        self._outbox_id = 0
        self._effects: list[Effect] = []
        self._opened_by: dict[int, int] = {}
        """Case number to the position of the mail that opened it."""
        self._last_at: datetime | None = None

    def judge(self, mail: PastMail) -> Effect:
        """The next mail, not older than the one before."""
        self._clock_until(mail.at)
        first_page = pages.next_id(self._store)
        judgement = self._take_in(mail)
        number = judgement.case_number
        stored = cases.get_final(self._store, number) if number is not None else None
        effect = Effect(
            outcome=judgement.outcome,
            case_number=number,
            severity=stored.case.severity if stored else None,
            rules=tuple(hit.rule for hit in judgement.verdict.hits) if judgement.verdict else (),
            pages=pages.next_id(self._store) - first_page,
            notices=self._new_notices(),
            reopened=judgement.reason == Reason.PARTNER_REOPENED.value,
        )
        if judgement.outcome is Outcome.CASE and number is not None:
            self._opened_by[number] = len(self._effects)
        self._effects.append(effect)
        if effect.pages:
            self._end_pages(mail.at)
        self._last_at = mail.at
        return effect

    def finish(self, now: datetime) -> list[Effect]:
        """The clock runs on, at most to `now`; then one effect for each mail, in order."""
        if self._last_at is not None:
            self._clock_until(min(now, self._last_at + LAST_WINDOW))
        for number, position in self._opened_by.items():
            stored = cases.get(self._store, number)
            if stored is not None:
                self._effects[position] = replace(self._effects[position], closed=stored.case.closings)
        return self._effects

    def _take_in(self, mail: PastMail) -> Judgement:
        self._uid += 1
        folder = SENT_FOLDER if mail.sent else self._folder
        self._given.parsed = (mail.message, mail.error)
        intake = self._intake_for(mail)
        intake.receive(Arrivals(folder, (FetchedMessage(folder, 1, self._uid, mail.at, mail.raw),)), mail.at)
        intake.step(mail.at)
        assert self._judgement is not None  # noqa: S101 (every message ends in one)
        return self._judgement

    def _intake_for(self, mail: PastMail) -> Intake:
        """The number its case had in reality is the next one, unless it is taken: tokens and our own Message-IDs name it."""
        desk = self._desk
        if mail.case_number is not None:
            numbers = replace(self._config.cases, first_number=mail.case_number)
            desk = replace(desk, config=replace(self._config, cases=numbers))
        return Intake(desk, self._given, self._judged)

    def _judged(self, ledger_id: int, judgement: Judgement) -> None:
        self._judgement = judgement
        with self._store.write():
            ledger.drop_raw(self._store, ledger_id)

    def _new_notices(self) -> tuple[str, ...]:
        new = outbox.sent_since(self._store, self._outbox_id)
        if new:
            with self._store.write():
                outbox.drop_bytes(self._store, self._outbox_id)
            self._outbox_id = new[-1][0]
        return tuple(purpose for _, channel, purpose in new if channel is Channel.MAIL and purpose in _NOTICES)

    def _clock_until(self, at: datetime) -> None:
        """Everything that became due before the mail, each at its time; every folder has been swept by then."""
        self._clock.until(at)
        self._new_notices()

    def _end_pages(self, now: datetime) -> None:
        for stored in pages.all_open(self._store):
            with self._store.write():
                for number in stored.page.open_cases:
                    paging.end_page(self._desk, cases.get_existing(self._store, number).case, "replay", now)


_NOTICES = frozenset(kind.value for kind in NoticeKind)


class _Given:
    """A parser that was told the answer before."""

    def __init__(self) -> None:
        self.parsed: tuple[InboundMessage | None, str] = (None, "")
        self._done: list[Parsed] = []

    def submit(self, number: int, _raw: bytes, _urgent: bool = False, /) -> None:
        self._done.append(Parsed(number, *self.parsed))

    def finished(self) -> list[Parsed]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        self._done = []
