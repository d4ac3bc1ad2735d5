"""What this machine can do at all, and two yardsticks: measured in the same run as the daemon, because only ratios can be compared.

Each function returns a rate per second, or seconds. All of them work on copies of the mailbox that the daemon is measured with.
"""

from __future__ import annotations

import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from bench.mails import ADDRESS, urgent_mail
from bench.place import PASSWORD, Place
from bench.wire import Wire

BATCH = 100
COMMITS = 1000
SUBMISSIONS = 500


def raw_fetch(place: Place, count: int) -> float:
    """Header blocks per second over the wire, unparsed."""
    with _wire(place, count) as wire:
        return _rate(count, lambda: wire.command("UID FETCH 1:* BODY.PEEK[HEADER]"))


def search(place: Place, count: int) -> float:
    """Seconds of the server's own search for urgent subjects."""
    with _wire(place, count) as wire:
        begun = time.perf_counter()
        wire.command("UID SEARCH OR SUBJECT urgent SUBJECT critical")
        return time.perf_counter() - begun


def header_parse(place: Place, count: int) -> float:
    with _wire(place, count) as wire:
        headers = wire.command("UID FETCH 1:* BODY.PEEK[HEADER]")
    parser = BytesHeaderParser()
    return _rate(count, lambda: [parser.parsebytes(header) for header in headers])


def yardstick_a(place: Place, count: int) -> float:
    """Whole messages fetched, parsed by the standard library (compat32), stored; one thread."""
    return _fetch_parse_store(place, count, "BODY.PEEK[]")


def yardstick_b(place: Place, count: int) -> float:
    """The same with the first 32 KB of each."""
    return _fetch_parse_store(place, count, "BODY.PEEK[]<0.32768>")


def plain_loop(place: Place, count: int, smtp_port: int, bulk: int, imap_port: int = 0) -> float:
    """imap-tools, SQLite, SMTP: in a process of its own, like the daemon."""
    user = place.mailbox(count)
    where = [str(imap_port or place.dovecot.imap_port), user, PASSWORD, str(smtp_port), str(place.directory), str(bulk)]
    done = subprocess.run([sys.executable, "-m", "bench.plain", *where], check=True, stdout=subprocess.PIPE, text=True)
    return count / float(done.stdout)


def commits(directory: Path) -> float:
    """SQLite in WAL mode, synchronous=FULL, one row a commit."""
    connection = _store(directory / f"commits-{time.monotonic_ns()}.sqlite3")

    def commit() -> None:
        for number in range(COMMITS):
            connection.execute("INSERT INTO mails (subject, text) VALUES (?, ?)", (str(number), "x" * 1000))

    rate = _rate(COMMITS, commit)
    connection.close()
    return rate


def submissions(smtp_port: int) -> float:
    """smtplib, one connection."""
    text = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\n" + b"A line of a receipt.\r\n" * 40
    with smtplib.SMTP("127.0.0.1", smtp_port) as client:
        return _rate(SUBMISSIONS, lambda: [client.sendmail(ADDRESS, ["c@d.example"], text) for _ in range(SUBMISSIONS)])


def notification(place: Place, count: int) -> list[float]:
    """Seconds from delivery until the server tells a client in IDLE."""
    user = place.mailbox(0)
    delays = []
    with Wire(place.dovecot.imap_port, user, PASSWORD) as wire:
        for number in range(count):
            wire.begin_idle()
            place.dovecot.deliver(urgent_mail(number, f"mark-idle-{number}"), to=user)
            begun = time.perf_counter()
            wire.await_news()
            delays.append(time.perf_counter() - begun)
            wire.end_idle()
    return delays


def noop_notification(place: Place, count: int, every_s: float = 0.02) -> list[float]:
    """Seconds from delivery until a NOOP every 20 ms sees it."""
    user = place.mailbox(0)
    delays = []
    with Wire(place.dovecot.imap_port, user, PASSWORD) as wire:
        for number in range(count):
            place.dovecot.deliver(urgent_mail(number, f"mark-noop-{number}"), to=user)
            begun = time.perf_counter()
            while not wire.noop_tells_news():
                time.sleep(every_s)
            delays.append(time.perf_counter() - begun)
    return delays


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _fetch_parse_store(place: Place, count: int, item: str) -> float:
    with _wire(place, count) as wire:
        connection = _store(place.directory / f"yardstick-{time.monotonic_ns()}.sqlite3")

        def work() -> None:
            for literals in _batches(wire, count, item):
                connection.execute("BEGIN")
                for raw in literals:
                    mail = message_from_bytes(raw)
                    connection.execute("INSERT INTO mails (subject, text) VALUES (?, ?)", (str(mail["Subject"]), _text(mail)))
                connection.execute("COMMIT")

        rate = _rate(count, work)
        connection.close()
        return rate


def _batches(wire: Wire, count: int, item: str) -> Iterator[list[bytes]]:
    for first in range(1, count + 1, BATCH):
        yield wire.command(f"UID FETCH {first}:{min(first + BATCH - 1, count)} {item}")


def _wire(place: Place, count: int) -> Wire:
    return Wire(place.dovecot.imap_port, place.mailbox(count), PASSWORD)


def _store(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE mails (id INTEGER PRIMARY KEY, subject TEXT, text TEXT)")
    return connection


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""


def _rate(count: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)
