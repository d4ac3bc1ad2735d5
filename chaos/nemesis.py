"""Nemesis: carries the plan out on a rig, life after life of the service, and writes down what it did and when.

A life begins with a start and ends with kill -9. Between the two, perhaps one trouble. Some troubles must be endured: without a kill, until
a mail that came afterwards is decided. Called by `run`.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chaos.disk import why_no_small_disk
from chaos.letters import Letter, Part
from chaos.plan import Plan, Trouble
from chaos.post_office import PostOffice
from chaos.proxy import Fault, Proxy
from chaos.rig import Rig
from chaos.service import NothingRunsError, faketime_library
from tests.servers.waiting import comes_true

RECOVERS_WITHIN_S = 120.0
"""The longest pause between two tries to connect is a minute."""
FIRST_LOOK_WITHIN_S = 60.0
UP_WITHIN_S = 20.0
PROBE_SHOPS = 1_000_000
"""Numbers of shops that write only to see whether anybody is there: they ask one question each."""
CLOCK_STEPS_S = (-3600, -90, 60, 600, 3600)
ROOM = 2
"""Descriptors that are left when there are hardly any."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, from when to when."""

    what: str
    begun_at: datetime
    ended_at: datetime


@dataclass
class Diary:
    done: list[Done] = field(default_factory=list)
    recovered_s: dict[Trouble, list[float]] = field(default_factory=dict)
    restarts: Counter[Trouble] = field(default_factory=Counter)
    """By systemd, as it were, while the trouble was endured."""
    never_recovered: list[str] = field(default_factory=list)
    skipped: dict[Trouble, str] = field(default_factory=dict)
    """Always or once; what was done is counted in `done`."""

    @contextmanager
    def entry(self, what: str) -> Iterator[None]:
        """What raises has not been done: of that there is none."""
        begun_at = datetime.now(UTC)
        yield
        self.done.append(Done(what, begun_at, datetime.now(UTC)))

    def counts(self) -> Counter[str]:
        return Counter(done.what for done in self.done)


KILL = "kill -9"


class Nemesis:
    def __init__(self, rig: Rig, post_office: PostOffice, plan: Plan, dice: random.Random) -> None:
        self.diary = Diary()
        self._rig = rig
        self._post_office = post_office
        self._plan = plan
        self._dice = dice
        self._probes = PROBE_SHOPS
        self._restarts = 0
        self._do: dict[Trouble, Callable[[], None]] = {
            Trouble.IMAP: lambda: self._hurt(rig.imap),
            Trouble.SMTP: lambda: self._hurt(rig.smtp),
            Trouble.WEBHOOK: lambda: self._hurt(rig.webhook),
            Trouble.ALL_WIRES: lambda: self._hurt(*rig.proxies),
            Trouble.IMAP_RESTART: rig.dovecot.restart,
            Trouble.IMAP_KILL: self._kill_dovecot,
            Trouble.RENUMBERED: lambda: rig.dovecot.restart_uids(dice.choice(("INBOX", "Sent"))),
            Trouble.SMTP_AWAY: self._submission_away,
            Trouble.DISK_FULL: self._disk_full,
            Trouble.READ_ONLY: self._read_only,
            Trouble.NO_DESCRIPTORS: self._starve,
            Trouble.CLOCK: self._set_clock,
        }

    def first_start(self) -> None:
        """Until the empty mailbox was observed: what comes from now on is the service's."""
        self._rig.service.start()
        watched = "SELECT count(*) FROM folders WHERE swept_at IS NOT NULL"
        if not comes_true(lambda: self._rig.number_so_far(watched) == 2, FIRST_LOOK_WITHIN_S):
            raise RuntimeError(f"the first start did not observe the mailbox\n{self._rig.service.last_words()}")

    def carry_out(self, tell: Callable[[str], None]) -> None:
        deck = self._plan.deck(self._dice)
        for number, (trouble, patient) in enumerate(deck, 1):
            if trouble is not None and (why := _impossible(trouble)):
                self.diary.skipped[trouble] = why
                trouble = None
            if patient and trouble is not None:
                self._endure(trouble)
            else:
                self._live(trouble)
            if number % 50 == 0 or number == len(deck):
                tell(f"{number} of {len(deck)} lives, {len(self._post_office.posted)} mails posted, {self._post_office.left} to come")

    def _live(self, trouble: Trouble | None) -> None:
        if trouble is None:
            if self._dice.random() < 0.5:
                self._wait_until_up()
            time.sleep(self._dice.uniform(0.0, self._plan.longest_life_s))
        else:
            self._pass(0.3, 2.0)
            if trouble is Trouble.NO_DESCRIPTORS:
                self._wait_until_up()
            self._inflict(trouble)
            self._pass(0.0, 2.0)
        self._kill()
        self._rig.service.start()

    def _endure(self, trouble: Trouble) -> None:
        self._wait_until_up()
        before = self._restarts
        if self._inflict(trouble):
            self._must_recover(trouble)
            self.diary.restarts[trouble] += self._restarts - before

    def _inflict(self, trouble: Trouble) -> bool:
        """The entry has the trouble alone, no waiting for a good moment: a repeat within it counts as explained."""
        if trouble is Trouble.CLOCK:
            self._wait_for_answers()
        try:
            with self.diary.entry(trouble.value):
                self._do[trouble]()
        except NothingRunsError as error:
            self.diary.skipped[trouble] = f"once: {error}"
            return False
        return True

    def _pass(self, least_s: float, most_s: float) -> None:
        time.sleep(self._dice.uniform(least_s, most_s) * self._plan.pace)

    def _kill(self) -> None:
        with self.diary.entry(KILL):
            killed = self._rig.service.kill()
        if not killed:
            self.diary.done[-1] = Done("ended by itself", self.diary.done[-1].begun_at, self.diary.done[-1].ended_at)

    def _must_recover(self, trouble: Trouble) -> None:
        """Nobody helps, but systemd as the shipped unit tells it to: what has given up for good has not recovered."""
        begun = time.monotonic()
        probe = Letter(self._probes, Part.QUESTION)
        self._probes += 20  # their story is the one of shop 0
        self._post_office.post_now(probe)
        decided = "SELECT count(*) FROM ledger WHERE message_id = ? AND outcome IS NOT NULL"

        def is_decided() -> bool:
            self.keep_up()
            return self._rig.number_so_far(decided, probe.message_id) > 0

        comes_true(lambda: is_decided() or self._rig.service.has_given_up, RECOVERS_WITHIN_S)
        if is_decided():
            self.diary.recovered_s.setdefault(trouble, []).append(time.monotonic() - begun)
        else:
            self.diary.never_recovered.append(f"{trouble.value}\n{self._rig.service.last_words()}")
        if self._rig.service.has_given_up:
            self._rig.service.start()  # by hand: the rest of the run is to be seen as well

    def keep_up(self) -> None:
        """Does for the service what systemd does for it."""
        self._restarts += self._rig.service.keep_up()

    def _wait_until_up(self) -> None:
        before = self._rig.swept_at()

        def has_looked() -> bool:
            self.keep_up()
            return self._rig.swept_at() != before

        comes_true(has_looked, UP_WITHIN_S)

    # --- the troubles ------------------------------------------------------------------------------------------------------

    def _hurt(self, *proxies: Proxy) -> None:
        faults = self._dice.sample(list(Fault), self._dice.randrange(1, len(Fault) + 1))
        for proxy in proxies:
            proxy.hurt(*faults)
        self._pass(1.0, 5.0)
        for proxy in proxies:
            proxy.heal()

    def _kill_dovecot(self) -> None:
        self._rig.dovecot.kill()
        self._pass(0.0, 2.0)
        self._rig.dovecot.start()

    def _submission_away(self) -> None:
        self._rig.mails.go_away()
        self._pass(0.5, 3.0)
        self._rig.mails.come_back()

    def _disk_full(self) -> None:
        assert self._rig.disk is not None
        self._rig.disk.fill(self._dice.choice((0, 20_000)))
        self._pass(1.0, 5.0)
        self._rig.disk.empty()

    def _read_only(self) -> None:
        """A file system can only be sealed while nobody writes there, so the service is killed first. It then starts on it, again and
        again."""
        assert self._rig.disk is not None
        self._kill()
        self._rig.disk.seal()
        self._rig.service.start()
        before = self._restarts

        def has_tried() -> bool:
            self.keep_up()
            return self._restarts > before or self._rig.service.has_given_up

        comes_true(has_tried, UP_WITHIN_S)
        self._pass(0.0, 2.0)
        self._rig.disk.unseal()

    def _starve(self) -> None:
        """Together with dead connections and dead parser processes, which need new descriptors. The program was up before: while Python
        loads it no line of it runs yet, and a limit that is lowered just then is none that machines have."""
        self._rig.service.starve(self._dice.randrange(ROOM + 1))
        self._rig.service.kill_children()
        self._rig.imap.hurt(Fault.CUT, Fault.RESET)
        self._pass(0.2, 1.0)
        self._rig.imap.heal()
        self._pass(1.0, 4.0)
        self._rig.service.feed()

    def _wait_for_answers(self) -> None:
        """No answer may be on its way: by a clock that is ahead its window would be over before it comes, and rightly so."""
        self._post_office.hold()
        time.sleep(1.0)  # for the reply that is being handed over
        comes_true(lambda: self._post_office.answers_left() == 0, 60.0)

    def _set_clock(self) -> None:
        self._kill()
        self._rig.service.start(own_clock=True)
        self._pass(1.0, 3.0)
        for _ in range(self._dice.randrange(1, 3)):
            self._rig.service.set_clock(self._dice.choice(CLOCK_STEPS_S))
            self._pass(1.0, 3.0)
        self._rig.service.set_clock(0)
        self._post_office.go_on()


def _impossible(trouble: Trouble) -> str:
    if trouble in {Trouble.DISK_FULL, Trouble.READ_ONLY}:
        return why_no_small_disk()
    if trouble is Trouble.CLOCK and faketime_library() is None:
        return "Debian's package faketime is not installed"
    return ""
