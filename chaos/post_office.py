"""PostOffice: brings the letters to the mail server, each at its time, and tries again for as long as the server is away.

A thread of its own. It writes down when a letter was handed over; whether the mailbox has it is the reconciler's business.
"""

from __future__ import annotations

import heapq
import imaplib
import random
import smtplib
import threading
import time
from datetime import UTC, datetime
from itertools import count

from chaos.letters import Letter, Part, Story, next_letter, story_of
from chaos.plan import Plan
from tests.servers.dovecot import Dovecot

AGAIN_S = 0.3


class PostOffice:
    def __init__(self, dovecot: Dovecot, plan: Plan, dice: random.Random) -> None:
        self._dovecot = dovecot
        self._plan = plan
        self._dice = dice
        self._turn = count()
        self._due: list[tuple[float, int, Letter]] = []
        self._held = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._in_hand = False
        self._thread = threading.Thread(target=self._run, name="post-office", daemon=True)
        self._written: dict[Letter, bytes] = {}
        """The same bytes at the next try, as mail servers do it."""
        self.posted: dict[Letter, datetime] = {}

    def start(self) -> None:
        now = time.monotonic()
        for shop in range(self._plan.shops):
            self._push(now + shop * self._plan.every_s, Letter(shop, Part.QUESTION))
        self._thread.start()

    @property
    def is_done(self) -> bool:
        with self._lock:
            return not self._due and not self._in_hand

    @property
    def left(self) -> int:
        with self._lock:
            return len(self._due)

    def answers_left(self) -> int:
        """Answers within a window that is open: too late for a program whose clock is ahead."""
        with self._lock:
            return sum(letter.part is Part.ANSWER and story_of(letter.shop) is Story.INSISTS for _, _, letter in self._due)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)

    def post_now(self, letter: Letter) -> None:
        self._push(time.monotonic(), letter)

    def hold(self) -> None:
        """No team reply goes out until `go_on`, so that soon no answer is on its way."""
        self._held.set()

    def go_on(self) -> None:
        self._held.clear()

    def _push(self, at: float, letter: Letter) -> None:
        with self._lock:
            heapq.heappush(self._due, (at, next(self._turn), letter))

    def _run(self) -> None:
        while not self._stopping.is_set():
            letter = self._next()
            if letter is None:
                self._stopping.wait(0.05)
            elif letter.part is Part.REPLY and self._held.is_set():
                self._push(time.monotonic() + 1.0, letter)
            elif not self._hand_over(letter):
                self._push(time.monotonic() + AGAIN_S, letter)

    def _next(self) -> Letter | None:
        """What is due now. `is_done` is not true before what follows on it is in the queue."""
        with self._lock:
            self._in_hand = bool(self._due) and self._due[0][0] <= time.monotonic()
            return heapq.heappop(self._due)[2] if self._in_hand else None

    def _hand_over(self, letter: Letter) -> bool:
        now = datetime.now(UTC)
        raw = self._written.setdefault(letter, letter.raw(now))
        try:
            if letter.part is Part.REPLY:
                self._dovecot.append(raw, letter.folder)
            else:
                self._dovecot.deliver(raw)
        except (OSError, smtplib.SMTPException, imaplib.IMAP4.error, AssertionError):
            return False  # it may be there all the same: then the mailbox has it twice, as it happens in life
        self.posted[letter] = now
        del self._written[letter]
        if following := next_letter(letter, self._plan.window_s):
            after, within = following[0], following[1]
            self._push(time.monotonic() + self._dice.uniform(*within), after)
        return True
