"""Correspondents: machines at the other end of the wire that answer whatever comes, and the wire that carries mail both ways.

`Wire` delivers, in rounds, what an office has sent since: to a machine, which may answer, or into another office's mailbox. It stops when
a round carries nothing, or at MOST_ROUNDS, which no story may reach.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

from tests.scenarios.office import ADDRESS, Mail, Office

MOST_ROUNDS = 150

Machine = Callable[[Office, Mail], bytes | None]
"""What a machine answers to one mail of the office: the bytes that arrive there, or nothing."""


@dataclass(slots=True)
class Wire:
    """Between one office and whoever has an address on it: `machines` by exact address, `domains` for all others of a domain."""

    office: Office
    machines: dict[str, Machine] = field(default_factory=dict)
    domains: dict[str, Machine] = field(default_factory=dict)
    carried: list[Mail] = field(default_factory=list)
    """Everything the office has sent, in order."""

    def run(self) -> None:
        for _ in range(MOST_ROUNDS):
            sent = self.office.outgoing()
            if not sent:
                return
            self.carried += sent
            for mail in sent:
                self._hand_over(mail)
        raise AssertionError(f"after {MOST_ROUNDS} rounds mail still goes round: {[mail.subject for mail in self.carried[-5:]]}")

    def wait(self, **span: float) -> None:
        """Time passes, and then what came of it goes round."""
        self.office.wait(**span)
        self.run()

    def kinds(self) -> list[str]:
        return [mail.notice for mail in self.carried]

    def _hand_over(self, mail: Mail) -> None:
        for address in mail.to:
            machine = self.machines.get(address) or self.domains.get(address.rpartition("@")[2])
            answer = machine(self.office, mail) if machine else None
            if answer is not None:
                self.office.arrives(answer)


@dataclass(slots=True)
class TwoOffices:
    """Two instances that write to each other. `alter` is what happens to a mail on its way: a gateway that drops fields, for instance."""

    ours: Office
    theirs: Office
    alter: Callable[[bytes], bytes] = bytes
    ours_sent: list[Mail] = field(default_factory=list)
    theirs_sent: list[Mail] = field(default_factory=list)

    def run(self) -> None:
        for _ in range(MOST_ROUNDS):
            from_us, from_them = self.ours.outgoing(), self.theirs.outgoing()
            if not from_us and not from_them:
                return
            self.ours_sent += from_us
            self.theirs_sent += from_them
            _carry(from_us, self.theirs, self.alter)
            _carry(from_them, self.ours, self.alter)
        raise AssertionError(f"after {MOST_ROUNDS} rounds mail still goes round")

    def wait(self, **span: float) -> None:
        self.ours.wait(**span)
        self.theirs.wait(**span)
        self.run()


def _carry(mails: list[Mail], to: Office, alter: Callable[[bytes], bytes]) -> None:
    for mail in mails:
        if to.config.instance.address in mail.to:
            to.arrives(alter(mail.raw))


def moved(office: Office, address: str) -> Office:
    """The same office at another address, before it starts."""
    domain = address.rpartition("@")[2]
    changed = replace(office.config.instance, address=address, team_domains=frozenset({domain}), team_address=f"team@{domain}")
    office.config = replace(office.config, instance=changed)
    return office


# --- machines --------------------------------------------------------------------------------------------------------

_serial = itertools.count(1)


def answer(office: Office, mail: Mail, text: str, *, subject: str = "", sender: str = "", thread: bool = True, **headers: str) -> bytes:
    """An answer to `mail` by whoever it was written to, a second later."""
    office.clock.push(timedelta(seconds=1))
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender or mail.to[0]
    message["To"] = ADDRESS
    message["Subject"] = subject or f"Re: {mail.subject}"
    message["Date"] = format_datetime(office.clock.now())
    message["Message-ID"] = f"<machine-{next(_serial)}@{mail.to[0].rpartition('@')[2]}>"
    if thread:
        message["In-Reply-To"] = mail.message_id
        message["References"] = mail.message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def polite_vacation(office: Office, mail: Mail) -> bytes:
    """As RFC 3834 asks."""
    return answer(office, mail, "I am away until Monday.", subject=f"Auto: {mail.subject}", Auto_Submitted="auto-replied")


def rude_vacation(office: Office, mail: Mail) -> bytes:
    """No field that says so, a subject of its own every time, no thread."""
    return answer(office, mail, "I will be with you on Monday.", subject=f"Hello number {next(_serial)}", thread=False)


def rude_in_thread(office: Office, mail: Mail) -> bytes:
    """No field that says so, but the answer of a mail client in every other way."""
    return answer(office, mail, "I will be with you on Monday.")


def ticket_system(office: Office, mail: Mail) -> bytes:
    """Opens a ticket for every mail, tells its number, and quotes the whole mail; nothing says that a machine wrote it."""
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    text = f"Dear colleague,\n\nyour matter is now number {next(_serial)} in our books.\n\n{quoted}\n"
    return answer(office, mail, text, subject=f"[ACME-{next(_serial)}] A new matter", thread=False)


def ticket_system_by_address(office: Office, mail: Mail) -> bytes:
    """The same, and every ticket has an address of its own."""
    return answer(office, mail, "Noted.", subject=f"Matter {next(_serial)}", sender=f"matter-{next(_serial)}@desk.example", thread=False)


def bounce(office: Office, mail: Mail, *, about: str = "") -> bytes:
    """A delivery report (RFC 3464) about the mail, or about one with another Message-ID."""
    office.clock.push(timedelta(seconds=1))
    name = next(_serial)
    lines = (
        "From: MAILER-DAEMON@mx.wise.example",
        f"To: {ADDRESS}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        f"Message-ID: <bounce-{name}@mx.wise.example>",
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
        f"Final-Recipient: rfc822; {mail.to[0]}",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"From: {ADDRESS}",
        f"To: {mail.to[0]}",
        f"Message-ID: {about or mail.message_id}",
        f"Subject: {mail.subject}",
        "",
        "--b--",
        "",
    )
    return "\r\n".join(lines).encode()


def stripped(raw: bytes) -> bytes:
    """What a bad gateway leaves of a mail: From, To, a subject of its own, the text; a new Message-ID and nothing that tells a machine."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    kept = {name: str(message[name]) for name in ("From", "To", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")}
    for name in set(message.keys()):
        del message[name]
    for name, value in kept.items():
        message[name] = value
    message["Subject"] = f"Message {next(_serial)}"
    message["Message-ID"] = f"<gateway-{next(_serial)}@gateway.example>"
    return message.as_bytes()
