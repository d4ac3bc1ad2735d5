"""The fast poll rings when mail has come, and comes back when the server does."""

from __future__ import annotations

import threading

from tests.servers.http_sink_thread import until
from triage.adapters.imap.fast_poll import FastPoll
from triage.core.settings import Security, Server
from triage.demo.imap_server import EmbeddedImap


def test_it_rings_when_it_has_connected_and_when_mail_has_come() -> None:
    rings: list[int] = []
    with EmbeddedImap({"api": "secret"}) as imap:
        server = Server(imap.host, imap.port, Security.NONE, "api", lambda: "secret")
        poll = FastPoll(server, "INBOX", 0.02)
        thread = threading.Thread(target=poll.run, args=(lambda: rings.append(1),))
        thread.start()
        until(lambda: len(rings) == 1, "it did not ring for the new connection")
        imap.deliver(b"Subject: hello\r\n\r\n")
        until(lambda: len(rings) >= 2, "it did not ring for the mail")
        poll.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_a_server_that_cannot_be_reached_raises_nothing_and_ends_with_stop() -> None:
    poll = FastPoll(Server("127.0.0.1", 1, Security.NONE, "api", lambda: "secret"), "INBOX", 0.02)
    rings: list[int] = []
    thread = threading.Thread(target=poll.run, args=(lambda: rings.append(1),))
    thread.start()
    poll.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert not rings
