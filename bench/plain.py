"""The limit to measure against: a plain loop that parses with the standard library and stores, as a first script would.

It decodes the subject and the text, finds follow-ups by In-Reply-To, writes a row, queues a receipt, and commits every 50 mails. It tells
no automatic mail, proves no author, extracts no facts, keeps no journal, and loses the batch it is in when it dies.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

BATCH = 50

_TABLES = """
CREATE TABLE cases (number INTEGER PRIMARY KEY, author TEXT, subject TEXT, text TEXT, severity INTEGER, at TEXT);
CREATE TABLE ids (message_id TEXT PRIMARY KEY, number INTEGER);
CREATE TABLE receipts (number INTEGER, recipient TEXT, text TEXT);
"""


def run(mails: list[tuple[bytes, datetime]], directory: Path) -> int:
    """Returns how many cases there are in the end."""
    connection = sqlite3.connect(directory / "plain.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_TABLES)
    for start in range(0, len(mails), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for raw, at in mails[start : start + BATCH]:
            _store(connection, message_from_bytes(raw), at)
        connection.execute("COMMIT")
    found: int = connection.execute("SELECT count(*) FROM cases").fetchone()[0]
    connection.close()
    return found


def _store(connection: sqlite3.Connection, message: Message, at: datetime) -> None:
    subject = str(make_header(decode_header(str(message["Subject"]))))
    author, answered = str(message["From"]), str(message["In-Reply-To"] or "")
    row = connection.execute("SELECT number FROM ids WHERE message_id = ?", (answered,)).fetchone()
    if row is None:
        severity = 1 if "urgent" in subject.lower() or "critical" in subject.lower() else 3
        values = (author, subject, _text(message), severity, at.isoformat())
        number = connection.execute("INSERT INTO cases (author, subject, text, severity, at) VALUES (?, ?, ?, ?, ?)", values).lastrowid
        receipt = f"Hello,\n\nwe have your message. It is case #{number}.\n"
        connection.execute("INSERT INTO receipts VALUES (?, ?, ?)", (number, author, receipt))
    else:
        number = row[0]
    connection.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (str(message["Message-ID"]), number))


def _text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode(part.get_content_charset("utf-8"), "replace") if isinstance(payload, bytes) else ""
    return ""
