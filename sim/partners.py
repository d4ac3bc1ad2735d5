"""Partners: they write, answer or fall silent, at once or too late; machines answer for them, and some of their addresses are dead.

A partner's thread goes on as long as somebody has something to say; every answer is to the last word of the team.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sim import writing
from sim.chance import poisson_gap, stream
from sim.pace import Pace
from sim.server import INBOX
from sim.truth import Kind, Letter, Person, Thread
from sim.world import Sent, World

SUBJECTS = ("Payouts fail with 422", "Webhook signatures", "Question about quotes", "Sandbox login", "Überweisung schlägt fehl")
WORDS = ("URGENT: ", "Critical - ", "urgent ")
HOUR = 3_600.0


class Partners:
    def __init__(self, world: World, busy: float, pace: Pace) -> None:
        """`busy`: their share of the threads that there are in a day."""
        self._world = world
        self._pace = pace
        self._random = stream(world.seed, "partners")
        self._per_day = pace.threads * busy
        self._people = {person.address: (partner, person) for partner in world.partners for person in partner.people}
        self._answered: dict[tuple[str, str], datetime] = {}
        world.on_arrival.append(self._hear)
        world.on_mail.append(self._get)

    def begin(self) -> None:
        self._world.agenda.after(poisson_gap(self._random, self._per_day * 2.2), self._next_thread)

    # --- writing ---------------------------------------------------------------------------------------------------------

    def _next_thread(self) -> None:
        self.begin()
        at, random = self._world.clock.at, self._random
        busy = at.weekday() < 5 and 7 <= at.hour < 18
        if random.random() < (1.0 if busy else 0.2):
            self.new_thread()

    def new_thread(self) -> None:
        random, world = self._random, self._world
        partner = random.choice(world.partners)
        person = random.choice(partner.people)
        thread = world.begin_thread(partner, person, random.choice(SUBJECTS), random)
        word = random.random() < 0.04
        thread.subject = (random.choice(WORDS) if word else "") + thread.subject
        to = writing.ADDRESS
        if len(partner.people) > 1 and random.random() < 0.2:
            other = random.choice([one for one in partner.people if one is not person])
            thread.circle.add(other.address)
            to += f", {other.address}"
        text = writing.prose(random, thread.marker)
        self._post(world.write(Kind.PARTNER, person.address, to, thread.subject, text, thread, word=word))
        if random.random() < 0.1:
            world.agenda.after(random.uniform(60, 4 * HOUR), lambda: self._answer(thread, person))

    def _post(self, letter: Letter) -> None:
        random, world = self._random, self._world
        if random.random() < 0.1:
            letter.raw = writing.dressed(letter.raw, random)
        world.post(letter)
        if random.random() < 0.02:
            world.agenda.after(random.uniform(1, 7_200), lambda: self._twice(letter))

    def _twice(self, letter: Letter) -> None:
        self._world.trace.counts["delivered twice"] += 1
        self._world.post(letter)

    # --- answering -------------------------------------------------------------------------------------------------------

    def _hear(self, folder: str, letter: Letter) -> None:
        """A colleague of the program's team has written to a partner."""
        thread = letter.thread
        if letter.kind is not Kind.TEAM_REPLY or thread is None or folder == INBOX:
            return
        random, world = self._random, self._world
        known = self._people.get(thread.author)
        if known is None:
            return  # a stranger says what they had to say once
        person = known[1]
        self._machines(person, letter.message_id, thread.subject)
        chance = random.random()
        if sum(one.kind is Kind.PARTNER for one in thread.letters) > self._pace.rounds:
            return
        if self._pace.lively and random.random() < self._pace.lively:
            delay = min(random.expovariate(1 / (8 * HOUR)) + 300.0, 71.9 * HOUR)
        elif chance < 0.40:
            delay = random.uniform(0.2, 71.9) * HOUR
        elif chance < 0.44:
            delay = 72 * HOUR + random.uniform(-120, 120)
        elif chance < 0.54:
            delay = random.uniform(73, 20 * 24) * HOUR
        elif chance < 0.56:
            delay = random.uniform(34, 60) * 24 * HOUR
        else:
            return
        world.agenda.after(delay, lambda: self._answer(thread, person))

    def _answer(self, thread: Thread, person: Person) -> None:
        random, world = self._random, self._world
        if random.random() < 0.15:
            person = random.choice(thread.partner.people)
            thread.circle.add(person.address)
        last = thread.last
        word = random.random() < 0.03
        subject = f"Re: {thread.subject}"
        if word:
            thread.subject = subject = f"{random.choice(WORDS)}{random.randrange(10**6)} is down {thread.marker}"
        text = f"No {thread.marker}, that did not help. We still see it, see below.\n"
        if random.random() < 0.6:
            text = writing.quoted(last, text)
        self._post(world.write(Kind.PARTNER, person.address, writing.ADDRESS, subject, text, thread, answers=last, word=word))

    # --- what the program sends ----------------------------------------------------------------------------------------------

    def _get(self, sent: Sent) -> None:
        for address in sent.recipients:
            known = self._people.get(address)
            if known is not None:
                self._machines(known[1], sent.message_id, sent.subject)

    def _machines(self, person: Person, message_id: str, subject: str) -> None:
        """A dead address sends back every mail; an absence is told each writer once a day, now and then by a machine that cannot count."""
        random, world = self._random, self._world
        if person.dead:
            world.agenda.after(random.uniform(2, 600), lambda: self._bounce(person, message_id))
        elif person.responder:
            key = (person.address, writing.ADDRESS)
            before = self._answered.get(key)
            if before is None or world.clock.at - before > timedelta(days=1) or random.random() < 0.2:
                self._answered[key] = world.clock.at
                world.agenda.after(random.uniform(1, 120), lambda: self._absent(person, message_id, subject))

    def _bounce(self, person: Person, about: str) -> None:
        world = self._world
        serial = world.serial()
        message_id = f"<{serial}.bounce@mx.wise.example>"
        raw = writing.bounce(message_id, about, person.address, world.clock.at)
        letter = Letter(serial, Kind.BOUNCE, message_id, "mailer-daemon@mx.wise.example", raw, None, about=about)
        world.letters[message_id] = letter
        world.post(letter)

    def _absent(self, person: Person, message_id: str, subject: str) -> None:
        """With the field of RFC 3834, or only with the title that every mail client writes."""
        polite = self._random.random() < 0.8
        headers = (("Auto-Submitted", "auto-replied"),) if polite else (("X-Auto-Response-Suppress", "All"),)
        self._world.post(
            self._world.write(
                Kind.AUTOMATIC,
                person.address,
                writing.ADDRESS,
                f"Automatic reply: {subject}",
                "I am out of the office until Monday.\n",
                None,
                answers=message_id,
                headers=headers,
            )
        )
