"""Filing on a real Dovecot, in two layouts: a message is found again in the folder it was put into, and a person's own move stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot, require_dovecot
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.cases.labels import EVERY_PLACE
from triage.core.seams import Position
from triage.core.settings import Security, Server

pytestmark = pytest.mark.dovecot

ADDRESS = "api@wise.example"
BELOW_INBOX = """
namespace inbox {
  separator = .
  prefix = INBOX.
}
"""
MAIL = b"From: ops@acme.example\r\nTo: api@wise.example\r\nSubject: hello\r\nMessage-ID: <one@acme.example>\r\n\r\nbody\r\n"


@pytest.fixture(params=["", BELOW_INBOX], ids=["beside INBOX", "below INBOX"])
def dovecot(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    require_dovecot()
    with Dovecot({ADDRESS: "secret"}, extra=request.param) as running:
        yield running


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Iterator[ImapMailbox]:
    server = Server("localhost", dovecot.imaps_port, Security.TLS, ADDRESS, lambda: "secret", ca_file=dovecot.certificate, timeout_s=10)
    opened = ImapMailbox(server)
    yield opened
    opened.close()


def folder_of(mailbox: ImapMailbox, dovecot: Dovecot) -> list[str]:
    """The folders that hold a message."""
    with dovecot.client() as client:
        return [name for name in mailbox.folders() if int(client.select(f'"{name}"', readonly=True)[1][0] or 0)]


def test_a_message_goes_from_folder_to_folder_until_a_person_takes_it(mailbox: ImapMailbox, dovecot: Dovecot) -> None:
    dovecot.deliver(MAIL)
    found = mailbox.sweep("INBOX", None)
    where = Position(found.uidvalidity, found.uids[0])

    def file(target: str) -> bool:
        return mailbox.file("INBOX", where, "<one@acme.example>", EVERY_PLACE, target)

    assert file("triage/open")
    [opened] = folder_of(mailbox, dovecot)
    assert opened.endswith("open")
    assert file("triage/closed")
    [closed] = folder_of(mailbox, dovecot)
    assert closed.endswith("closed")
    assert closed.startswith("INBOX.") is opened.startswith("INBOX.")
    with dovecot.client() as client:
        own = closed.replace("triage", "mine", 1)
        client.create(f'"{own}"')
        client.select(f'"{closed}"')
        client.uid("MOVE", "1:*", f'"{own}"')
    assert not file("triage/open")
    assert folder_of(mailbox, dovecot) == [own]
