"""The post office: the world's mail in this process. What is submitted by SMTP lands in the IMAP mailboxes of its recipients.

It does what a provider does and what triage relies on: it stamps each mail with Authentication-Results (RFC 8601), dates it by the demo's
clock, and files what people send from the shared mailbox in its Sent folder. It decides nothing about mail, and knows nothing of cases.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from types import TracebackType
from typing import Self

from triage.core.seams import Clock
from triage.demo.cast import AUTHSERV, ELSEWHERE, PASSWORD, PEOPLE, PROGRAM, SHARED
from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import AcceptedMail, SmtpSink

_DOMAIN = re.compile(r"[a-z0-9.-]{1,253}")


class PostOffice:
    """A context manager; methods may be called from any thread."""

    def __init__(self, clock: Clock, *, idle: bool) -> None:
        self._clock = clock
        mailboxes = {SHARED: PASSWORD, **{person.address: PASSWORD for person in PEOPLE}, ELSEWHERE: PASSWORD}
        self.imap = EmbeddedImap(mailboxes, idle=idle)
        self.smtp = SmtpSink(users={PROGRAM: PASSWORD, **mailboxes}, on_accept=self._sort)

    def __enter__(self) -> Self:
        self.imap.__enter__()
        self.smtp.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.smtp.__exit__(kind, error, trace)
        self.imap.__exit__(kind, error, trace)

    def sent_by_program(self) -> list[AcceptedMail]:
        """Notices, warnings and page mails, in the order they came."""
        return [mail for mail in self.smtp.mails() if mail.username == PROGRAM]

    def latest(self, address: str) -> EmailMessage:
        """The newest mail in somebody's mailbox: the one to be answered. Raises LookupError when there is none."""
        messages = self.imap.messages(user=address)
        if not messages:
            raise LookupError(f"there is no mail in the mailbox of {address}")
        return read(messages[-1].raw)

    def _sort(self, mail: AcceptedMail) -> None:
        """In the SMTP server's thread. Blind copies are treated like everybody else: by the envelope."""
        now = self._clock.now()
        stamped = _stamp(mail) + mail.raw
        for box in dict.fromkeys(recipient.lower() for recipient in mail.recipients):
            self.imap.deliver(stamped, at=now, user=box if box in self.imap.users else ELSEWHERE)
        if mail.username == SHARED:
            self.imap.deliver(mail.raw, "Sent", now, user=SHARED, flags=("\\Seen",))


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 (policy.default makes no other)
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _stamp(mail: AcceptedMail) -> bytes:
    """Who logs in with a mailbox of a domain may write for that domain, and for no other one."""
    author = parseaddr(str(BytesHeaderParser().parsebytes(mail.raw)["From"] or ""))[1]
    domain = author.rpartition("@")[2].lower()
    if not _DOMAIN.fullmatch(domain):
        domain = ""
    result = "pass" if domain and domain == mail.username.rpartition("@")[2].lower() else "fail"
    return f"Authentication-Results: {AUTHSERV};\r\n dmarc={result} header.from={domain or 'none'}\r\n".encode("ascii", "replace")
