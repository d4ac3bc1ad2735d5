"""Writing: the bytes of mails, as many mail clients and machines would have made them. Decides nothing about who writes what."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from random import Random

from bench.mails import LINES
from sim.truth import Letter

ADDRESS = "api@wise.example"
TEAM = "team@wise.example"
_BOUNDARY = "=_sim_boundary_1"


def prose(random: Random, marker: str) -> str:
    lines = "\n\n".join(random.choices(LINES, k=random.randrange(1, 4)))
    return f"Hello,\n\nabout {marker}b: {lines}\n\nBest regards\n"


def quoted(letter: Letter, text: str) -> str:
    """New text above what it answers."""
    old = letter.raw.partition(b"\r\n\r\n")[2][:600].decode("utf-8", "replace").replace("\r\n", "\n")
    below = "\n".join(f"> {line}" for line in old.splitlines()[:12])
    return f"{text}\nOn Monday, {letter.author} wrote:\n{below}\n"


def mail(
    author: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    at: datetime,
    headers: tuple[tuple[str, str], ...] = (),
    top: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A plain mail. `top` are fields that the receiving server has put above all others."""
    shown = subject if subject.isascii() else Header(subject, "utf-8").encode()
    fields = [*top, ("From", author), ("To", to), ("Subject", shown), ("Date", format_datetime(at)), ("Message-ID", message_id), *headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    body = text.replace("\n", "\r\n")
    return f"{head}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}".encode()


def dressed(raw: bytes, random: Random) -> bytes:
    """The same mail with HTML beside the text, or with an attachment."""
    head, _, body = raw.partition(b"\r\n\r\n")
    message = EmailMessage()
    text = body.decode().replace("\r\n", "\n")
    message.set_content(text)
    if random.random() < 0.5:
        message.add_alternative(f"<html><body><p>{text}</p></body></html>", subtype="html")
    else:
        message.add_attachment(random.randbytes(2_000), maintype="image", subtype="png", filename="error.png")
    message.set_boundary(_BOUNDARY)
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"mime-version", b"content-"))]
    return b"\r\n".join(kept) + b"\r\n" + message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def bounce(message_id: str, about: str, to: str, at: datetime) -> bytes:
    """A delivery report (RFC 3464) on a mail that could not be delivered."""
    head = mail("MAILER-DAEMON@mx.wise.example", ADDRESS, "Undelivered Mail Returned to Sender", "", message_id, at)
    kept = b"\r\n".join(line for line in head.split(b"\r\n") if line and not line.lower().startswith((b"mime-version", b"content-")))
    lines = (
        "Auto-Submitted: auto-replied",
        "Return-Path: <>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Your message could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.wise.example",
        "",
        f"Final-Recipient: rfc822; {to}",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"From: {ADDRESS}",
        f"To: {to}",
        f"Message-ID: {about}",
        "",
        "--b--",
        "",
    )
    return kept + b"\r\n" + "\r\n".join(lines).encode()
