"""World: the mailbox and everybody who writes to it, on one agenda. Decides nothing for anybody: partners, team, and mischief-makers do.

`post` puts a letter into a folder; `Letter` objects are known by their Message-ID for ever. Whoever wants to hear of what arrives somewhere
(`on_arrival`), or of what the program has sent (`on_mail`, `on_ring`), is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sim import writing
from sim.chance import stream
from sim.faults import Faults
from sim.server import INBOX, SENT, Folder, Held, MailServer
from sim.time import Agenda, SimClock
from sim.trace import Trace
from sim.truth import Kind, Letter, Partner, Person, Thread

PARTNERS = 40
WATCHED = frozenset({INBOX, SENT})
PROVEN = "mx.wise.example; dmarc=pass header.from={domain}"
FAILED = "mx.wise.example; dmarc=fail header.from={domain}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of the program that the submission server has taken. `number`: the case it names; `notice`: its kind, "" for others."""

    raw: bytes
    recipients: tuple[str, ...]
    message_id: str
    notice: str
    subject: str
    number: int | None
    answers: str


@dataclass(slots=True)
class World:
    seed: int
    clock: SimClock
    agenda: Agenda
    trace: Trace
    faults: Faults
    server: MailServer = field(default_factory=MailServer)
    letters: dict[str, Letter] = field(default_factory=dict)
    threads: list[Thread] = field(default_factory=list)
    partners: tuple[Partner, ...] = ()
    by_marker: dict[str, Thread] = field(default_factory=dict)
    placed: list[tuple[Folder, Held, Letter | None]] = field(default_factory=list)
    """What came into a folder since the model last looked; None for the program's own mail."""
    on_place: Callable[[str], None] = lambda _folder: None
    """Something is new in a watched folder."""
    on_arrival: list[Callable[[str, Letter], None]] = field(default_factory=list)
    on_mail: list[Callable[[Sent], None]] = field(default_factory=list)
    on_ring: list[Callable[[str, str, dict[str, object]], None]] = field(default_factory=list)
    _serial: int = 0

    def __post_init__(self) -> None:
        self.partners = tuple(_partner(number, stream(self.seed, f"partner {number}")) for number in range(PARTNERS))
        self.server.on_place = self._note_place

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def begin_thread(self, partner: Partner, person: Person, subject: str, random: Random) -> Thread:
        serial = self.serial()
        marker = f"zq{random.getrandbits(40):010x}"
        thread = Thread(serial, partner, marker, f"{subject} {marker}", person.address, {person.address})
        self.threads.append(thread)
        self.by_marker[marker] = thread
        return thread

    def write(
        self,
        kind: Kind,
        author: str,
        to: str,
        subject: str,
        text: str,
        thread: Thread | None,
        *,
        answers: Letter | str | None = None,
        proof: str = PROVEN,
        word: bool = False,
        command: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Letter:
        """A letter that is nowhere yet. `answers` puts it into a mail client's thread."""
        domain = author.rpartition("@")[2]
        serial = self.serial()
        message_id = f"<{serial}.{self.seed}@{domain}>"
        top = (("Authentication-Results", proof.format(domain=domain)),) if proof else ()
        answered = answers.message_id if isinstance(answers, Letter) else answers or ""
        ancestors = _ancestors(answers)
        ids = (("In-Reply-To", answered), ("References", "\r\n ".join(ancestors))) if answered else ()
        raw = writing.mail(author, to, subject, text, message_id, self.clock.at, (*headers, *ids), top)
        letter = Letter(serial, kind, message_id, author, raw, thread, word, "", subject, command, answered, ancestors, self.clock.at)
        self.letters[message_id] = letter
        return letter

    def post(self, letter: Letter, folder: str = INBOX) -> None:
        """A letter arrives in a folder, now."""
        held = self.server.deliver(folder, letter.raw, self.clock.at)
        letter.sent_at = letter.sent_at or held.at
        if letter.thread is not None and letter not in letter.thread.letters[-3:]:
            letter.thread.letters.append(letter)
        self.trace.count(f"mail: {letter.kind.value}", f"{letter.message_id} in {folder}/{held.uid}" + (" URGENT" if letter.word else ""))
        for hear in self.on_arrival:
            hear(folder, letter)

    def fill(self, random: Random, most: int) -> None:
        """The mailbox has been in use for years before the program comes."""
        for number in range(random.randrange(most)):
            partner = random.choice(self.partners)
            at = self.clock.at - timedelta(hours=random.uniform(1, 2_000))
            message_id = f"<old.{number}.{self.seed}@{partner.key}>"
            author, subject = partner.people[0].address, random.choice(("URGENT: old trouble", "An old question"))
            raw = writing.mail(author, writing.ADDRESS, subject, "Long ago.\n", message_id, at)
            self.letters[message_id] = Letter(self.serial(), Kind.OLD, message_id, author, raw, None, subject=subject, sent_at=at)
            self.server.deliver(INBOX, raw, at)
            self.trace.count("mail: old mail")

    def is_there(self, letter: Letter) -> bool:
        """In a folder that the program watches."""
        return any(self.server.folders[name].holds(letter.message_id) for name in WATCHED)

    def _note_place(self, folder: Folder, held: Held) -> None:
        if folder.name in WATCHED:
            self.placed.append((folder, held, self.letters.get(held.message_id)))
            self.on_place(folder.name)


def _ancestors(answers: Letter | str | None) -> tuple[str, ...]:
    """Those of the mail that is answered, which may have taken another way, and what has come in its thread."""
    if answers is None or isinstance(answers, str):
        return (answers,) if answers else ()
    come = [one.message_id for one in answers.thread.letters[-12:]] if answers.thread is not None else []
    return tuple(dict.fromkeys([*answers.ancestors[-4:], *come, answers.message_id]))


def _partner(number: int, random: Random) -> Partner:
    domain = f"partner{number}.example"
    names = [f"{name}@{domain}" for name in ("ops", "dev", "fin")[: random.randrange(1, 4)]]
    if number % 13 == 12:
        names = [f"someone{number}@gmail.com"]
    people = tuple(Person(name, random.random() < 0.12, random.random() < 0.02) for name in names)
    return Partner(domain, people)
