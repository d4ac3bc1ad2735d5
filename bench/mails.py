"""The benchmark's mailbox: the same mails every time, in the mix of a partner inbox.

2-6 KB each, 40 % with HTML beside the text, six charsets and languages, 20 % follow-ups, 3 % urgent subjects (one in ten of them an encoded
word of RFC 2047), 4 % automatic, 1 % delivery reports; on request 5 % with an attachment of 200 KB to 2 MB. Chance has one seed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from random import Random

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADDRESS = "api@wise.example"

_WORDS_OF = (
    ("us-ascii", "Hello, this concerns every transfer of today."),
    ("utf-8", "Szanowni Państwo, od rana każda płatność kończy się błędem."),
    ("iso-8859-1", "Guten Tag, seit heute früh schlägt jede Überweisung fehl."),
    ("iso-8859-15", "Bonjour, chaque virement échoue, il s'agit de 40 000 € déjà dus."),
    ("windows-1252", "Olá, não conseguimos pagar ninguém – “internal error” é tudo."),
    ("koi8-r", "Здравствуйте, с утра ни один платёж не проходит."),
)
"""A charset, and how a mail in it begins."""
_SUBJECTS = ("Payouts fail with 422", "Webhook signatures", "Question about quotes", "Sandbox login", "Überweisung schlägt fehl")
LINES = (
    "we call POST /v3/profiles/16556123/transfers and get HTTP 422 since this morning, 08:40 UTC.",
    "x-trace-id: 1f6b2c3d-4e5f-6789-abcd-ef0123456789",
    "This is in production. About one request in five fails, and our payroll run waits for it.",
    'The response was {"errors": [{"code": "NOT_VALID", "message": "recipient is not valid"}]}.',
    "We have retried with new idempotency keys without success. Could you have a look, please?",
)


_REPORT = """From: Mail Delivery Subsystem <mailer-daemon@mx.partner{thread}.example>
To: api@wise.example
Subject: Undelivered Mail Returned to Sender
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Message-ID: <report{number}@mx.partner{thread}.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

The mail system could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.partner{thread}.example

Final-Recipient: rfc822; ops@partner{thread}.example
Action: failed
Status: 5.1.1

--b--
"""


def mailbox(count: int, start: datetime = START, apart: timedelta = timedelta(seconds=1)) -> list[tuple[bytes, datetime]]:
    """Raw mails with the instants at which the server received them, oldest first; none has an attachment."""
    return list(stream(count, start, apart, attachments=False))


def stream(
    count: int, start: datetime = START, apart: timedelta = timedelta(seconds=1), *, attachments: bool = True
) -> Iterator[tuple[bytes, datetime]]:
    """The same one after the other: with attachments 10,000 of them are 650 MB."""
    random = Random(20261123)
    for number in range(count):
        at = start + number * apart
        yield _mail(number, random, at, attachments), at


def urgent_mail(number: int, mark: str) -> bytes:
    """What is delivered while the clock runs; `mark` names it on the page."""
    mail = EmailMessage()
    mail["From"] = f"Ops Desk <ops@late{number}.example>"
    mail["To"] = ADDRESS
    mail["Subject"] = f"URGENT: all payouts fail {mark}"
    mail["Message-ID"] = f"<{mark}@late{number}.example>"
    mail.set_content("Hello,\n\n" + "\n\n".join(LINES) + "\n")
    return mail.as_bytes()


def _mail(number: int, random: Random, at: datetime, attachments: bool) -> bytes:
    follows = number > 10 and random.random() < 0.2
    thread = random.randrange(number - 10, number) if follows else number
    if random.random() < 0.01:
        return _REPORT.format(number=number, thread=thread % 400, at=at).encode()
    mail = EmailMessage()
    mail["From"] = f"Ops Desk <ops@partner{thread % 400}.example>"
    mail["To"] = ADDRESS
    subject = f"{_SUBJECTS[thread % len(_SUBJECTS)]} ({thread})"
    urgent = random.random() < 0.03
    subject = f"URGENT: {subject}" if urgent else subject
    mail["Subject"] = f"Re: {subject}" if follows else subject
    mail["Date"] = at
    mail["Message-ID"] = f"<{number}@partner{thread % 400}.example>"
    if follows:
        mail["In-Reply-To"] = mail["References"] = f"<{thread}@partner{thread % 400}.example>"
    if random.random() < 0.04:
        mail["Auto-Submitted"] = "auto-replied"
    _fill(mail, number, random)
    if attachments and random.random() < 0.05:
        content = random.randbytes(200_000) * random.choice((1, 1, 1, 2, 2, 4, 10))
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"log{number}.bin")
    raw = mail.as_bytes()
    if urgent and random.random() < 0.1 and f"Subject: {subject}\n".encode() in raw:
        encoded = b64encode(subject.encode()).decode()
        raw = raw.replace(f"Subject: {subject}\n".encode(), f"Subject: =?utf-8?B?{encoded}?=\n".encode(), 1)
    return raw


def _fill(mail: EmailMessage, number: int, random: Random) -> None:
    text = "\n\n".join(random.choices(LINES, k=random.randrange(18, 45)))
    charset, words = _WORDS_OF[number % len(_WORDS_OF)]
    mail.set_content(f"{words}\n\n{text}\n\nBest regards,\nOps\n", charset=charset)
    if random.random() < 0.4:
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n\n")[:12])
        mail.add_alternative(f"<html><body><p>{words}</p>{paragraphs}</body></html>", subtype="html", charset=charset)
