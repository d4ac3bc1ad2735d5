"""Letters: the mails that people of the cast write, as an ordinary mail client would send them, by SMTP with a login.

Called by `story`. Knows nothing of cases.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.charset import BASE64, Charset
from email.header import Header
from email.message import EmailMessage
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, make_msgid, parseaddr

from triage.demo.cast import PASSWORD, SHARED, Person
from triage.demo.post_office import PostOffice, read

_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding = BASE64  # as most clients do: no word of the subject can be read as it travels (RFC 2047 section 4.1)


@dataclass(frozen=True, slots=True)
class Letter:
    """`author` is what From says, `answers` the mail it answers, if any."""

    author: tuple[str, str]
    to: str
    subject: str
    text: str
    answers: EmailMessage | None = None
    cc: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def new(person: Person, subject: str, text: str) -> Letter:
    """To the shared mailbox."""
    return Letter((person.name, person.address), SHARED, subject, text)


def answer(author: tuple[str, str], answers: EmailMessage, text: str, *, cc: str = "") -> Letter:
    """To whoever wrote the mail, with its subject."""
    subject = str(answers["Subject"])
    to = parseaddr(str(answers["Reply-To"] or answers["From"]))[1]
    return Letter(author, to, subject if subject.lower().startswith("re:") else f"Re: {subject}", text, answers, cc)


def submit(office: PostOffice, login: str, letter: Letter, now: datetime) -> EmailMessage:
    """Sends it, logged in as `login`, and returns it as it was sent."""
    message = MIMEText(letter.text, "plain", "us-ascii" if letter.text.isascii() else "utf-8")
    message["From"] = formataddr(letter.author)
    message["To"] = letter.to
    if letter.cc:
        message["Cc"] = letter.cc
    message["Subject"] = Header(letter.subject, _UTF_8).encode() if not letter.subject.isascii() else letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=letter.author[1].rpartition("@")[2])
    if letter.answers is not None:
        answered = str(letter.answers["Message-ID"])
        message["In-Reply-To"] = answered
        message["References"] = f"{letter.answers['References'] or ''} {answered}".strip()
    for name, value in letter.headers.items():
        message[name] = value
    with smtplib.SMTP(office.smtp.host, office.smtp.port, local_hostname="localhost", timeout=10.0) as client:
        client.login(login, PASSWORD)
        client.send_message(message)
    return read(message.as_bytes())
