"""Traffic: partners who write and a team that answers, as fast as the daemon keeps up; for the soak.

Delivered through Dovecot's LMTP; every urgent mail and one in four of the others is answered from Sent some mails later, so that windows
run out, cases close, and answers open them again.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from imaplib import IMAP4
from smtplib import SMTPException

from bench.intake import DECIDED
from bench.mails import ADDRESS, START, stream
from bench.place import Place
from bench.service import Service

AHEAD = 40
"""So many mails may lie undecided in the mailbox."""
LATER = 30
ANSWERED = 4
LATE, INSISTS = 100, 5
"""One partner in five who got an answer writes again, after a hundred others of their kind: their case is closed by then."""
NO_END = 10_000_000


class Traffic:
    """Goes on through restarts of the daemon and the mail server, until it is ended."""

    def __init__(self, place: Place, user: str) -> None:
        self._place, self._user = place, user
        self._service: Service | None = None
        self._ended = threading.Event()
        self._client: IMAP4 | None = None
        self._late: deque[EmailMessage] = deque()
        self.delivered = self.replies = 0
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._thread.start()

    def watch(self, service: Service) -> None:
        self._service = service

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        asked: deque[EmailMessage] = deque()
        for number, (raw, _) in enumerate(stream(NO_END, START, attachments=False)):
            self._insist(raw)
            message = message_from_bytes(raw, policy=policy.SMTP)
            assert isinstance(message, EmailMessage)
            wants_answer = "URGENT" in str(message["Subject"]) or number % ANSWERED == 0
            if wants_answer and message["Auto-Submitted"] is None:
                asked.append(message)
            if len(asked) > LATER:
                self._answer(asked.popleft())
            while not self._ended.is_set() and self._undecided() > AHEAD:
                self._ended.wait(0.05)
            if len(self._late) > LATE:
                self._insist(_once_more(self._late.popleft()))
            if self._ended.is_set():
                return

    def _insist(self, raw: bytes) -> None:
        while not self._ended.is_set() and not self._deliver(raw):
            self._ended.wait(0.2)

    def _undecided(self) -> int:
        """All that was delivered, while nobody is there to ask."""
        service = self._service
        return self.delivered - (service.ask_so_far(DECIDED) if service is not None else 0)

    def _deliver(self, raw: bytes) -> bool:
        with suppress(OSError, SMTPException):
            self._place.dovecot.deliver(raw, to=self._user)
            self.delivered += 1
            return True
        return False

    def _answer(self, question: EmailMessage) -> None:
        reply = EmailMessage()
        reply["From"], reply["To"], reply["Subject"] = ADDRESS, question["From"], f"Re: {question['Subject']}"
        reply["Message-ID"] = f"<reply-{self.replies}@wise.example>"
        reply["In-Reply-To"] = reply["References"] = question["Message-ID"]
        reply.set_content("Hello,\n\nwe look into it.\n\nThe team\n")
        try:
            if self._client is None:
                self._client = self._place.dovecot.client(self._user)
            self._client.append("Sent", "", None, reply.as_bytes(policy=policy.SMTP))
            self.replies += 1
            if self.replies % INSISTS == 0:
                self._late.append(question)
        except (OSError, IMAP4.error):
            self._client = None


def _once_more(question: EmailMessage) -> bytes:
    again = EmailMessage()
    again["From"], again["To"], again["Subject"] = question["From"], ADDRESS, f"Re: {question['Subject']}"
    again["Message-ID"] = str(question["Message-ID"]).replace("<", "<again-")
    again["In-Reply-To"] = again["References"] = question["Message-ID"]
    again.set_content("Hello,\n\nit happens again.\n")
    return again.as_bytes(policy=policy.SMTP)
