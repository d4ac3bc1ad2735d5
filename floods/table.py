"""The floods there are, and one of them carried out: the daemon meets it while somebody else writes that it is urgent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from zlib import crc32

from floods import mails
from floods.bed import PAGED, Bed
from floods.mails import MB, Maker
from floods.reckoning import Reckoning, paged_at, settled, unaccounted, written
from tests.fuzz.bombs import BOMBS
from tests.scenarios.office import ADDRESS, TEAM
from tests.servers.processes import Watch
from triage.demo.smtp_sink import AcceptedMail

SOMEBODY = "Harbour"
MOST_WORK_S = 600.0


@dataclass(frozen=True, slots=True)
class Flood:
    """`over_s`: the mails come evenly over so many seconds, otherwise as fast as they can be written."""

    name: str
    make: Maker
    count: int
    over_s: float = 0.0
    answer: Callable[[AcceptedMail], bytes | None] | None = None
    rules: str = ""
    """A rule file beside the shipped ones."""
    storm: bool = False
    """Urgent mails of so many partners that their page is a storm's, which need not name the one who is looked for."""
    late: bool = False
    """More of it than pages are in time for (docs/decisions.md, "Sixty urgent mails"): told as late, and no broken promise."""


def robot(mail: AcceptedMail) -> bytes | None:
    """Answers whatever it gets, as a person would: nothing in it says that a machine wrote it."""
    if TEAM in mail.recipients or PAGED in mail.recipients or b"Harbour" in mail.raw:
        return None
    said = message_from_bytes(mail.raw)
    number = crc32(str(said["Message-ID"]).encode())
    head = f"From: Desk <{mail.recipients[0]}>\r\nTo: {ADDRESS}\r\nSubject: Thank you for your message {number}\r\n"
    return f"{head}Message-ID: <robot-{number}@robot.example>\r\n\r\nWe have received your message {number}.\r\n".encode()


_SLOW_RULE = (
    "[[rule]]\nname = 'slow'\nwhy = 'as slow as a pattern may be'\nwhen = { body.regex = '(?s)a.{0,900}z' }\nthen = { tags = 'slow' }\n"
)

FLOODS = (
    Flood("10,000 mails in a minute from one author", mails.one_author, 10_000, 60.0),
    Flood("2,000 urgent mails from one author", mails.crying_wolf, 2_000, 12.0),
    Flood("2,000 urgent mails from as many domains", mails.crying_wolves, 2_000, 12.0, storm=True),
    Flood("a robot that answers every notice", mails.mail, 3, answer=robot),
    Flood("mails with 50 MB attached", mails.large(50 * MB), 20),
    Flood("mails with 20 MB attached", mails.large(20 * MB), 40),
    Flood("50 MB of text", mails.large_text, 20),
    Flood("10,000 recipients", mails.recipients, 20),
    Flood("20,000 MIME parts", mails.parts, 20),
    Flood("zip and XML bombs attached", mails.archives, 30),
    Flood("1 MB subjects", mails.subjects, 30),
    Flood("nested 1,000 deep", mails.nested, 30),
    Flood("header bombs", mails.headers, 50),
    Flood("urgent header bombs", mails.urgent_headers, 20, storm=True),
    Flood("60 urgent header bombs", mails.urgent_headers, 60, storm=True, late=True),
    Flood("BODYSTRUCTURE bombs", mails.structures, 40),
    Flood("base64 without end", mails.endless_base64, 36),
    Flood("charset bombs", mails.charsets, 55),
    Flood("the small bombs of make fuzz", mails.known_bombs, 2 * len(BOMBS)),
    Flood("long texts for a slow rule", mails.for_slow_rules, 20, rules=_SLOW_RULE),
)


def carried_out(flood: Flood, count: int) -> Reckoning:
    with Bed(flood.answer) as bed:
        bed.open_mailbox()
        if flood.rules:
            (bed.directory / "rules" / "90-flood.toml").write_text(flood.rules)
        bed.start()
        begun = time.monotonic()
        with Watch(bed.pid) as memory:
            sent = _pour(bed, flood, count)
            settled(bed, MOST_WORK_S)
        took_s = time.monotonic() - begun
        paged = paged_at(bed, SOMEBODY, storm=flood.storm)
        lost, quarantined = unaccounted(bed, bed.dropped)
        told, most = written(bed, SOMEBODY.lower())
        return Reckoning(
            name=flood.name,
            mails=bed.dropped - 1,
            unaccounted=lost,
            cases=int(bed.asked("SELECT count(*) AS n FROM cases")[0]["n"]),
            quarantined=quarantined,
            paged_s=paged - sent if paged is not None else None,
            after_it=decided_after(bed, mails.URGENT_ID.format(SOMEBODY.lower())),
            memory=memory.most,
            parts=memory.parts,
            took_s=took_s,
            told=told,
            written=most,
            alive=bed.runs,
        )


def _pour(bed: Bed, flood: Flood, count: int) -> float:
    """All mails into the mailbox; in the middle somebody else's. When that one was delivered."""
    begun, sent = time.monotonic(), 0.0
    for number, raw in enumerate(mails.made(flood.make, count)):
        if number == count // 2:
            bed.drop(mails.urgent(SOMEBODY))
            sent = time.monotonic()
        bed.drop(raw)
        time.sleep(max(0.0, begun + number * flood.over_s / flood.count - time.monotonic()))
    return sent


def decided_after(bed: Bed, message_id: str) -> int:
    """Mails in the intake folder that were decided after this one."""
    rows = bed.asked(
        "SELECT count(*) AS n FROM ledger WHERE folder = 'INBOX'"
        " AND (decided_at IS NULL OR decided_at > (SELECT decided_at FROM ledger WHERE message_id = :one))",
        one=message_id,
    )
    return int(rows[0]["n"])
