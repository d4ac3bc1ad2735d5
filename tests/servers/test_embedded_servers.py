"""The servers that the demo and the other tests stand on behave as the real ones do where it matters."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from triage.demo.imap_server import EmbeddedImap
from triage.demo.smtp_sink import AcceptedMail, SmtpSink, Treatment

MAIL = b"Subject: hello\r\nMessage-ID: <1@example.com>\r\n\r\nText\r\n"


@pytest.fixture
def imap() -> Iterator[EmbeddedImap]:
    with EmbeddedImap({"api": "s\u00e9cret"}) as server:
        yield server


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def logged_in(imap: EmbeddedImap) -> imaplib.IMAP4:
    client = imaplib.IMAP4(imap.host, imap.port, timeout=5)
    client.authenticate("PLAIN", lambda _challenge: "\0api\0s\u00e9cret".encode())
    return client


def test_a_delivered_mail_keeps_its_bytes_and_its_server_time(imap: EmbeddedImap) -> None:
    at = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    uid = imap.deliver(MAIL, at=at)
    (stored,) = imap.messages()
    assert (stored.uid, stored.raw, stored.internaldate, stored.flags) == (uid, MAIL, at, frozenset())


def test_every_instance_starts_empty(imap: EmbeddedImap) -> None:
    imap.deliver(MAIL)
    with EmbeddedImap({"api": "x"}) as other:
        assert other.messages() == []


def test_list_marks_the_sent_folder(imap: EmbeddedImap) -> None:
    _, lines = logged_in(imap).list()
    assert [line for line in lines if b"\\Sent" in line] == [b'(\\HasNoChildren \\Sent) "/" Sent']


def test_new_uids_come_with_another_uidvalidity(imap: EmbeddedImap) -> None:
    imap.deliver(MAIL)
    client = logged_in(imap)
    client.select("INBOX", readonly=True)
    before = client.response("UIDVALIDITY")[1]
    imap.restart_uids()
    client = logged_in(imap)
    client.select("INBOX", readonly=True)
    assert client.response("UIDVALIDITY")[1] != before
    assert [message.raw for message in imap.messages()] == [MAIL]


def test_dropped_clients_may_come_back_on_the_same_port(imap: EmbeddedImap) -> None:
    client = logged_in(imap)
    imap.drop_connections()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.noop()
    assert logged_in(imap).noop()[0] == "OK"


def test_a_server_that_does_not_listen_refuses_until_it_listens_again(imap: EmbeddedImap) -> None:
    imap.stop_listening()
    with pytest.raises(ConnectionRefusedError):
        logged_in(imap)
    imap.listen_again()
    assert logged_in(imap).noop()[0] == "OK"


def send(sink: SmtpSink, *to: str, envelope_from: str = "api@example.com") -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        return client.sendmail(envelope_from, list(to), MAIL)


def test_the_sink_keeps_envelope_and_bytes(sink: SmtpSink) -> None:
    send(sink, "ana@partner.example")
    assert sink.mails() == [AcceptedMail("api@example.com", ("ana@partner.example",), MAIL, options=(f"SIZE={len(MAIL)}",))]


def test_the_null_return_path_is_an_empty_envelope_from(sink: SmtpSink) -> None:
    send(sink, "ana@partner.example", envelope_from="")
    assert sink.mails()[0].envelope_from == ""


def test_one_refused_recipient_does_not_stop_the_others(sink: SmtpSink) -> None:
    sink.treat = lambda address: Treatment.REFUSE if address.startswith("gone@") else Treatment.ACCEPT
    refused = send(sink, "ana@partner.example", "gone@partner.example")
    assert refused == {"gone@partner.example": (550, b"5.1.1 No such mailbox")}
    assert sink.mails(to="ana@partner.example")


@pytest.mark.parametrize(("treatment", "taken"), [(Treatment.CUT_AFTER_DATA, 1), (Treatment.CUT_DURING_DATA, 0)])
def test_a_cut_looks_the_same_whether_the_mail_was_taken_or_not(sink: SmtpSink, treatment: Treatment, taken: int) -> None:
    sink.treat = lambda _address: treatment
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(sink, "ana@partner.example")
    assert len(sink.mails()) == taken


def test_accepted_mail_is_handed_on() -> None:
    seen: list[AcceptedMail] = []
    with SmtpSink(on_accept=seen.append) as sink:
        send(sink, "ana@partner.example")
        assert seen == sink.mails()


def test_with_users_nobody_sends_without_the_password() -> None:
    with SmtpSink(users={"api": "right"}) as sink, smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.ehlo()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("api", "wrong")
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("api@example.com", ["ana@partner.example"], MAIL)
        client.login("api", "right")
        client.sendmail("api@example.com", ["ana@partner.example"], MAIL)
        assert sink.mails()[0].username == "api"
