"""`triage demo --stay`: real servers in real time, for people with a mail client."""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.demo.process import Staying, leftovers, staying

SHARED, PRIYA = "api@wise.example", "priya@acme.example"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staying]:
    """Running, with case #1001 opened by Priya."""
    with staying(tmp_path_factory.mktemp("stay")) as running:
        running.wait_for("Ctrl-C ends it")
        send(running, PRIYA, PRIYA, SHARED, "Transfers fail")
        running.wait_for("#1001     a new case for Acme Payments, Severity 3")
        running.wait_for("→ Priya   a receipt")
        yield running


def send(demo: Staying, login: str, author: str, to: str, subject: str, answers: EmailMessage | None = None, cc: str = "") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = author, to, subject
    message["Message-ID"] = f"<{time.monotonic_ns()}@{author.rpartition('@')[2]}>"
    if cc:
        message["Cc"] = cc
    message.set_content("POST /v1/transfers fails.\n")
    with smtplib.SMTP("127.0.0.1", demo.port("SMTP"), timeout=10) as client:
        client.login(login, "demo")
        client.send_message(message)


def subjects(demo: Staying, user: str, folder: str = "INBOX") -> list[str]:
    client = imaplib.IMAP4("127.0.0.1", demo.port("IMAP"), timeout=10)
    client.login(user, "demo")
    client.select(folder, readonly=True)
    _, [found] = client.search(None, "ALL")
    texts = [client.fetch(uid.decode(), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode() for uid in found.split()]  # type: ignore[index,union-attr]
    client.logout()
    return [text.partition(":")[2].strip() for text in texts]


def test_the_receipt_is_in_the_partners_own_mailbox(demo: Staying) -> None:
    assert "Re: [#1001] Transfers fail" in subjects(demo, PRIYA)


def test_a_reply_from_the_shared_mailbox_is_filed_in_sent_and_opens_the_window(demo: Staying) -> None:
    time.sleep(1.1)  # the servers' time counts in seconds, and a reply of the same second does not count as later
    send(demo, SHARED, SHARED, PRIYA, "Re: [#1001] Transfers fail")
    demo.wait_for("the team replied; the reply window opens")
    assert "Re: [#1001] Transfers fail" in subjects(demo, SHARED, "Sent")


def test_a_mail_in_ana_s_name_by_somebody_else_is_not_believed(demo: Staying) -> None:
    send(demo, "mallory@elsewhere.example", "ana@wise.example", PRIYA, "Re: [#1001] Transfers fail", cc=SHARED)
    demo.wait_for("unproven team mail from ana@wise.example")


def test_mail_to_people_outside_the_cast_lands_elsewhere(demo: Staying) -> None:
    send(demo, PRIYA, "newcomer@somewhere.example", SHARED, "Question about webhooks")
    demo.wait_for("→ newcomer@somewhere.example")
    assert any("Question about webhooks" in subject for subject in subjects(demo, "elsewhere@demo.example"))


def test_an_urgent_subject_rings_the_phone(demo: Staying) -> None:
    send(demo, "olga@globex.example", "olga@globex.example", SHARED, "urgent: payouts fail")
    demo.wait_for("→ Ana     page, by")


def test_ctrl_c_ends_it_with_0_and_leaves_nothing(demo: Staying) -> None:
    """The last one: it ends the demo."""
    assert demo.interrupt() == 0
    demo.wait_for("Stopped.")
    assert leftovers(demo.directory, demo.process.pid) == []
