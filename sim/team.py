"""The team: colleagues answer from their ordinary mail clients, give commands by mail, and take pages, or sleep through them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sim import writing
from sim.chance import stream
from sim.server import INBOX, SENT
from sim.truth import Kind, Letter, Thread
from sim.world import World

COLLEAGUES = ("ana", "bo", "cy")
HOUR = 3_600.0


class Team:
    def __init__(self, world: World, number_of: Callable[[Thread], int | None]) -> None:
        """`number_of`: the case of a thread, as its mails and the board tell it."""
        self._world = world
        self._random = stream(world.seed, "team")
        self._number_of = number_of
        world.on_arrival.append(self._hear)

    def _hear(self, folder: str, letter: Letter) -> None:
        thread, random = letter.thread, self._random
        if letter.kind is not Kind.PARTNER or thread is None or thread.team_busy or random.random() < 0.07:
            return
        thread.team_busy = True
        delay = random.expovariate(1 / (0.4 * HOUR)) if letter.word else random.expovariate(1 / (5 * HOUR))
        self._world.agenda.after(60 + delay, lambda: self._answer(thread))

    def _answer(self, thread: Thread) -> None:
        random, world = self._random, self._world
        thread.team_busy = False
        who = random.choice(COLLEAGUES)
        if random.random() < 0.08:
            self.comment(thread, who)
        last = next((one for one in reversed(thread.letters) if one.kind is Kind.PARTNER), None)
        if last is None:
            return
        letter = self._reply(thread, last, random)
        # A mail client that is offline files its copy when it is back.
        late = random.uniform(60, 7_200) if random.random() < 0.03 else 0.0
        world.agenda.after(late, lambda: world.post(letter, SENT))
        if random.random() < 0.1:
            world.agenda.after(late + random.uniform(0, 90), lambda: world.post(letter, INBOX))
        if any(one.word for one in thread.letters) and random.random() < 0.9:
            world.agenda.after(random.uniform(0.2, 3) * HOUR, lambda: self.command(thread, who, "sev 2"))
        if random.random() < 0.06:
            line = random.choice(("close", "hold 5d", "note looked at it", "sev 2", "tag checked"))
            world.agenda.after(random.uniform(60, 40 * HOUR), lambda: self.command(thread, who, line))

    def _reply(self, thread: Thread, last: Letter, random: Random) -> Letter:
        """With everybody who may read about it, as "reply to all" does."""
        others = sorted(thread.circle - {last.author})
        to = ", ".join([last.author, *others])
        text = f"About {thread.marker}: we look into it. Could you tell us more?\n"
        if random.random() < 0.5:
            text = writing.quoted(last, text)
        return self._world.write(Kind.TEAM_REPLY, writing.ADDRESS, to, f"Re: {thread.subject}", text, thread, answers=last)

    def comment(self, thread: Thread, who: str) -> None:
        subject, text = f"Re: {thread.subject}", f"I have seen {thread.marker} before, it is the usual.\n"
        author = f"{who}@wise.example"
        self._world.post(self._world.write(Kind.TEAM_COMMENT, author, writing.ADDRESS, subject, text, thread, answers=thread.last))

    def command(self, thread: Thread, who: str, line: str) -> None:
        number = self._number_of(thread)
        if number is None:
            return
        subject, author = f"Re: [#{number}] {thread.subject}", f"{who}@wise.example"
        letter = self._world.write(
            Kind.COMMAND, author, writing.ADDRESS, subject, f"{line}\n", thread, answers=thread.letters[0], command=line
        )
        self._world.post(letter)


class OnCall:
    """People who are paged: some take it soon, some sleep; scanners open every link and press nothing."""

    def __init__(self, world: World, act: Callable[[str, str, dict[str, object]], None]) -> None:
        """`act(how, person, payload)` carries out what a person does about a page."""
        self._world = world
        self._random = stream(world.seed, "on call")
        self._act = act
        world.on_ring.append(self._ring)

    def _ring(self, person: str, contact: str, payload: dict[str, object]) -> None:
        random, world = self._random, self._world
        if payload.get("ack_link"):
            world.agenda.after(random.uniform(1, 20), lambda: self._act("scan", person, payload))
        if payload.get("action") not in ("trigger", "update"):
            return
        chance = random.random()
        if chance < 0.08:
            world.agenda.after(random.uniform(300, 3_600), lambda: self._act("settle", person, payload))
        elif chance < 0.45:
            how = random.choice(("link", "command line", "mail"))
            world.agenda.after(random.uniform(20, 280), lambda: self._act(how, person, payload))
        elif chance < 0.48:
            world.agenda.after(random.uniform(20, 280), lambda: self._act("cannot", person, payload))
