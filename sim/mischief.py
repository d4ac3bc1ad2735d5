"""Mischief: forgers who write as the team, strangers with a case's number, colleagues who tidy the mailbox under the program's eyes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim import writing
from sim.chance import poisson_gap, stream
from sim.pace import Pace
from sim.server import DONE, INBOX, SENT
from sim.truth import Kind, Partner, Person, Thread
from sim.world import FAILED, PROVEN, Sent, World

STRANGERS = tuple(Partner(f"stranger{n}.example", (Person(f"eve@stranger{n}.example"),)) for n in range(5))

ROBOT = Partner("robot.example", (Person("robot@robot.example"),))


class Mischief:
    def __init__(self, world: World, number_of: Callable[[Thread], int | None], often: float, pace: Pace) -> None:
        self._world = world
        self._often = often
        self._random = stream(world.seed, "mischief")
        self._number_of = number_of
        self._robot_answers = pace.robot_answers
        self._answers_left = 0.0
        world.on_mail.append(self._hear)
        self._acts: tuple[tuple[float, Callable[[], None]], ...] = (
            (1.0, self.forge_reply),
            (1.0, self.forge_command),
            (0.7, self.borrow_number),
            (1.0, self.read),
            (0.8, self.delete),
            (1.5, self.file_away),
            (pace.renumbered, self.renumber),
            (0.3, self.break_mail),
            (pace.robots, self.start_robot),
        )

    def begin(self, *, delete: bool = True) -> None:
        """`delete`: mail, for ever."""
        for per_day, act in self._acts:
            if act == self.delete and not delete:
                continue
            self._world.agenda.again_and_again(partial(poisson_gap, self._random, per_day * self._often), act)

    # --- forgers ---------------------------------------------------------------------------------------------------------

    def forge_reply(self) -> None:
        """As the team, to the partner and the shared mailbox: it must start no window."""
        if (thread := self._some_thread()) is None:
            return
        to = f"{thread.author}, {writing.ADDRESS}"
        text = f"All is well with {thread.marker}.\n"
        self._world.post(
            self._world.write(
                Kind.FORGED_REPLY,
                "ana@wise.example",
                to,
                f"Re: {thread.subject}",
                text,
                thread,
                answers=thread.last,
                proof=self._false_proof(),
            )
        )

    def forge_command(self) -> None:
        """As a colleague, to the shared mailbox only: it must do nothing."""
        thread = self._some_thread()
        number = self._number_of(thread) if thread is not None else None
        if thread is None or number is None:
            return
        line = self._random.choice(("close", "sev 3", "hold 30d", "no-auto-close"))
        self._world.post(
            self._world.write(
                Kind.FORGED_COMMAND,
                "bo@wise.example",
                writing.ADDRESS,
                f"Re: [#{number}] {thread.subject}",
                f"{line}\n",
                thread,
                answers=thread.letters[0],
                proof=self._false_proof(),
                command=line,
            )
        )

    def borrow_number(self) -> None:
        """A stranger who has got hold of a case's number and a Message-ID: it must open a case of its own, and learn nothing."""
        thread = self._some_thread()
        number = self._number_of(thread) if thread is not None else None
        if thread is None or number is None:
            return
        stranger = self._random.choice(STRANGERS)
        own = self._world.begin_thread(stranger, stranger.people[0], "What is new", self._random)
        text = f"{own.marker}: please tell me all about it.\n"
        subject = f"Re: [#{number}] {own.subject}"
        self._world.post(
            self._world.write(
                Kind.PARTNER, stranger.people[0].address, writing.ADDRESS, subject, text, own, answers=thread.letters[0].message_id
            )
        )

    def _false_proof(self) -> str:
        """The receiving server's own verdict stands on top; what the forger has written stands below it, or nothing does."""
        below = f"\r\nAuthentication-Results: {PROVEN}"
        return FAILED + (below if self._random.random() < 0.5 else "")

    def _some_thread(self) -> Thread | None:
        recent = [one for one in self._world.threads[-60:] if one.letters and one.partner not in STRANGERS]
        return self._random.choice(recent) if recent else None

    # --- machines ------------------------------------------------------------------------------------------------------------

    def break_mail(self) -> None:
        """A mail that no parser can read, or that the server does not give: it is set aside, and nothing waits behind it."""
        field = self._random.choice(("cannot be read", "cannot be fetched"))
        author = f"mangler@broken{self._random.randrange(9)}.example"
        self._world.post(
            self._world.write(Kind.UNREADABLE, author, writing.ADDRESS, "Garbage", "?\n", None, headers=(("X-Sim", field),), proof="")
        )

    def start_robot(self) -> None:
        """It answers whatever it gets as a person would, in a thread of its own."""
        self._answers_left = self._robot_answers
        self._robot_writes("A robot has a question")

    def _robot_writes(self, subject: str) -> None:
        person = ROBOT.people[0]
        thread = self._world.begin_thread(ROBOT, person, subject, self._random)
        text = f"What about {thread.marker}?\n"
        self._world.post(self._world.write(Kind.PARTNER, person.address, writing.ADDRESS, thread.subject, text, thread))

    def _hear(self, sent: Sent) -> None:
        if ROBOT.people[0].address in sent.recipients and self._answers_left > 0:
            self._answers_left -= 1
            self._world.trace.counts["answers of a robot"] += 1
            self._world.agenda.after(self._random.uniform(5, 300), lambda: self._robot_writes("Thank you for your mail"))

    # --- people who read the same mailbox ------------------------------------------------------------------------------------

    def read(self) -> None:
        for held in list(self._world.server.folders[INBOX].held.values())[-20:]:
            held.flags.add("\\Seen")
        self._world.trace.count("mails read by people")

    def delete(self) -> None:
        self._take_away("mail deleted", None)

    def file_away(self) -> None:
        self._take_away("mail moved", DONE)

    def renumber(self) -> None:
        name = self._random.choice((INBOX, SENT))
        folder = self._world.server.folders[name]
        self._world.server.renumber(name)
        self._world.trace.count("UIDVALIDITY changed", f"{name} {folder.uidvalidity}")

    def _take_away(self, what: str, target: str | None) -> None:
        """Mostly an old mail, now and then one that has just come, perhaps before the program has seen it."""
        held = list(self._world.server.folders[INBOX].held)
        if not held:
            return
        uid = held[-1] if self._random.random() < 0.3 else self._random.choice(held[-200:])
        self._world.trace.count(what, f"{INBOX}/{uid}")
        if target is None:
            self._world.server.folders[INBOX].take(uid)
        else:
            self._world.server.move(INBOX, uid, target)
