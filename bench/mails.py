"""The benchmark's mailbox: the same mails every time, in the mix of a partner inbox.

2-6 KB each, 40 % with HTML beside the text, six charsets, 20 % follow-ups, 3 % urgent subjects, 4 % automatic. Nothing is random.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from random import Random

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADDRESS = "api@wise.example"

_CHARSETS = ("us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-8")
_SUBJECTS = ("Payouts fail with 422", "Webhook signatures", "Question about quotes", "Sandbox login", "Überweisung schlägt fehl")
_LINES = (
    "we call POST /v3/profiles/16556123/transfers and get HTTP 422 since this morning, 08:40 UTC.",
    "x-trace-id: 1f6b2c3d-4e5f-6789-abcd-ef0123456789",
    "This is in production. About one request in five fails, and our payroll run waits for it.",
    'The response was {"errors": [{"code": "NOT_VALID", "message": "recipient is not valid"}]}.',
    "We have retried with new idempotency keys without success. Could you have a look, please?",
)


def mailbox(count: int, start: datetime = START, apart: timedelta = timedelta(seconds=1)) -> list[tuple[bytes, datetime]]:
    """Raw mails with the instants at which the server received them, oldest first."""
    random = Random(20261123)
    return [(_mail(number, random, start + number * apart), start + number * apart) for number in range(count)]


def _mail(number: int, random: Random, at: datetime) -> bytes:
    follows = number > 10 and random.random() < 0.2
    thread = random.randrange(number - 10, number) if follows else number
    mail = EmailMessage()
    mail["From"] = f"Ops Desk <ops@partner{thread % 400}.example>"
    mail["To"] = ADDRESS
    subject = f"{_SUBJECTS[thread % len(_SUBJECTS)]} ({thread})"
    if random.random() < 0.03:
        subject = f"URGENT: {subject}"
    mail["Subject"] = f"Re: {subject}" if follows else subject
    mail["Date"] = at
    mail["Message-ID"] = f"<{number}@partner{thread % 400}.example>"
    if follows:
        mail["In-Reply-To"] = mail["References"] = f"<{thread}@partner{thread % 400}.example>"
    if random.random() < 0.04:
        mail["Auto-Submitted"] = "auto-replied"
    text = "\n\n".join(random.choices(_LINES, k=random.randrange(18, 45)))
    charset = _CHARSETS[number % len(_CHARSETS)]
    mail.set_content(f"Hello,\n\n{text}\n\nBest regards,\nOps\n", charset=charset)
    if random.random() < 0.4:
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n\n")[:12])
        mail.add_alternative(f"<html><body><p>Hello,</p>{paragraphs}</body></html>", subtype="html", charset=charset)
    return mail.as_bytes()
