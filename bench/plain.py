"""The program to be measured against: a plain loop on imap-tools, SQLite and smtplib, as a first script would do the whole job.

`python -m bench.plain IMAP_PORT USER PASSWORD SMTP_PORT DIRECTORY BULK` reads the INBOX and prints the seconds it took. It decodes
subject and text, finds follow-ups by In-Reply-To, writes a row, sends a receipt, and commits every 50 mails. It tells no automatic mail,
proves no author, extracts no facts, keeps no journal, and repeats or loses the batch it is in when it dies.
"""

from __future__ import annotations

import smtplib
import sqlite3
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from imap_tools import MailBoxUnencrypted

from bench.mails import ADDRESS

BATCH = 50

_TABLES = """
CREATE TABLE cases (number INTEGER PRIMARY KEY, author TEXT, subject TEXT, text TEXT, severity INTEGER, at TEXT);
CREATE TABLE ids (message_id TEXT PRIMARY KEY, number INTEGER);
"""


def run(imap_port: int, user: str, password: str, smtp_port: int, directory: Path, bulk: int) -> None:
    connection = sqlite3.connect(directory / f"plain-{user}-{bulk}.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_TABLES)
    with MailBoxUnencrypted("127.0.0.1", imap_port).login(user, password) as mailbox, smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        connection.execute("BEGIN IMMEDIATE")
        for count, message in enumerate(mailbox.fetch(mark_seen=False, bulk=bulk if bulk > 1 else False), 1):
            _store(connection, smtp, message)
            if count % BATCH == 0:
                connection.execute("COMMIT")
                connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    connection.close()


def _store(connection: sqlite3.Connection, smtp: smtplib.SMTP, message: Any) -> None:
    answered = " ".join(message.headers.get("in-reply-to", ()))
    row = connection.execute("SELECT number FROM ids WHERE message_id = ?", (answered,)).fetchone()
    if row is None:
        severity = 1 if "urgent" in message.subject.lower() or "critical" in message.subject.lower() else 3
        values = (message.from_, message.subject, message.text, severity, message.date_str)
        number = connection.execute("INSERT INTO cases (author, subject, text, severity, at) VALUES (?, ?, ?, ?, ?)", values).lastrowid
        if message.from_:
            receipt = EmailMessage()
            receipt["From"], receipt["To"], receipt["Subject"] = ADDRESS, message.from_, f"[#{number}] we have your message"
            receipt.set_content(f"Hello,\n\nwe have your message. It is case #{number}.\n")
            smtp.send_message(receipt)
    else:
        number = row[0]
    own = " ".join(message.headers.get("message-id", ()))
    connection.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (own, number))


def main() -> None:
    imap_port, user, password, smtp_port, directory, bulk = sys.argv[1:7]
    begun = time.perf_counter()
    run(int(imap_port), user, password, int(smtp_port), Path(directory), int(bulk))
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
