"""Detours: mails that arrive in another order than they were written: a greylisted opening, a reply before the mail it answers, a copy
that is filed when the partner has answered already.

Between two mails of one thread lie minutes or hours. What must come of it is in model.py: the case is one, and the partner's last word is
never taken for older than what it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim import writing
from sim.chance import poisson_gap, stream
from sim.server import INBOX, SENT
from sim.truth import Kind, Letter, Thread
from sim.world import World

LATE_S = (300.0, 14_400.0)
"""So long a server that greylists keeps a mail waiting, or a mail client its copy."""
STORIES_PER_DAY = 0.8
URGENT = 0.2


class Detours:
    def __init__(self, world: World, often: float) -> None:
        self._world = world
        self._often = often
        self._random = stream(world.seed, "detours")
        self._stories: tuple[Callable[[], None], ...] = (self.late_opening, self.early_reply, self.late_answer, self.late_copy)

    def begin(self) -> None:
        for story in self._stories:
            self._world.agenda.again_and_again(partial(poisson_gap, self._random, STORIES_PER_DAY * self._often), story)

    # --- the stories -----------------------------------------------------------------------------------------------------

    def late_opening(self) -> None:
        """The first mail of a thread waits at a server; what its author adds comes at once."""
        thread, opening = self._opening()
        late_s = self._random.uniform(*LATE_S)
        addition = self._answer(thread, opening, thread.author)
        addition.word, opening.word = opening.word, False  # whichever comes first is the one that newly says it
        self._after(self._random.uniform(30, late_s), addition, INBOX)
        self._after(late_s, opening, INBOX)
        self._world.trace.count("opening after its follow-up", opening.message_id)

    def early_reply(self) -> None:
        """A colleague got the first mail directly, and answers before the shared mailbox has it."""
        self._reply_first(*self._opening())

    def late_answer(self) -> None:
        """The same in a thread that goes on: the partner's answer waits at a server, and a colleague who got it directly is quicker."""
        if (thread := self._some_thread()) is None:
            return
        self._reply_first(thread, self._answer(thread, thread.last, thread.author))

    def late_copy(self) -> None:
        """A reply has reached the partner, who answers; its copy is filed, or comes, after that."""
        if (thread := self._some_thread()) is None:
            return
        reply = self._reply(thread, thread.last)
        late_s = self._random.uniform(*LATE_S)
        urgent = f"URGENT: {self._random.randrange(10**6)} is down {thread.marker}" if self._random.random() < URGENT else ""
        self._after(self._random.uniform(30, late_s), self._answer(thread, reply, thread.author, urgent), INBOX)
        self._after(late_s, reply, self._random.choice((INBOX, SENT)))
        self._world.trace.count("copy of a reply after its answer", reply.message_id)

    # --- their mails -------------------------------------------------------------------------------------------------------

    def _opening(self) -> tuple[Thread, Letter]:
        random, world = self._random, self._world
        partner = random.choice(world.partners)
        thread = world.begin_thread(partner, random.choice(partner.people), "Something is wrong", random)
        word = random.random() < URGENT
        thread.subject = ("URGENT: " if word else "") + thread.subject
        text = writing.prose(random, thread.marker)
        return thread, world.write(Kind.PARTNER, thread.author, writing.ADDRESS, thread.subject, text, thread, word=word)

    def _answer(self, thread: Thread, to: Letter, author: str, urgent: str = "") -> Letter:
        """`urgent`: a subject of its own, which newly says so."""
        subject, text = urgent or f"Re: {thread.subject}", f"One thing more about {thread.marker}: it happens again.\n"
        return self._world.write(Kind.PARTNER, author, writing.ADDRESS, subject, text, thread, answers=to, word=bool(urgent))

    def _reply_first(self, thread: Thread, letter: Letter) -> None:
        late_s = self._random.uniform(*LATE_S)
        self._after(self._random.uniform(30, late_s), self._reply(thread, letter), self._random.choice((INBOX, SENT)))
        self._after(late_s, letter, INBOX)
        self._world.trace.count("reply before the mail it answers", letter.message_id)

    def _reply(self, thread: Thread, to: Letter) -> Letter:
        text = writing.quoted(to, f"About {thread.marker}: we look into it.\n")
        recipients = ", ".join(sorted(thread.circle))
        return self._world.write(Kind.TEAM_REPLY, writing.ADDRESS, recipients, f"Re: {thread.subject}", text, thread, answers=to)

    def _some_thread(self) -> Thread | None:
        known = {person.address for partner in self._world.partners for person in partner.people}
        recent = [one for one in self._world.threads[-40:] if one.letters and one.author in known]
        return self._random.choice(recent) if recent else None

    def _after(self, seconds: float, letter: Letter, folder: str) -> None:
        def arrive() -> None:
            if letter.word and letter.thread is not None:
                letter.thread.subject = letter.subject.removeprefix("Re: ")
            self._world.post(letter, folder)

        self._world.agenda.after(seconds, arrive)
