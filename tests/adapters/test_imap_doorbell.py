"""The doorbell rings for everything, never spins and never raises."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.servers.dovecot import make_certificate
from tests.servers.http_sink_thread import until
from tests.servers.scripted_imap import Answer, ScriptedImap, Wire
from triage.adapters.imap.doorbell import LONGEST_PAUSE_S, REARM_EVERY_S, Doorbell
from triage.core.settings import Security, Server
from triage.demo.imap_server import EmbeddedImap


class Now:
    """A clock that tests push."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def ring(now: Now) -> Iterator[Callable[..., tuple[ScriptedImap, Doorbell]]]:
    """A scripted server whose IDLE is `idle`, and a bell that has rung for the new connection, if one could be made."""
    opened: list[tuple[ScriptedImap, Doorbell]] = []

    def start(idle: Answer, *, timeout_s: float = 5.0, pushed: bool = False, **answers: Answer) -> tuple[ScriptedImap, Doorbell]:
        imap = ScriptedImap({"IDLE": idle, **answers}).__enter__()
        opened.append((imap, Doorbell(imap.server(timeout_s=timeout_s), "INBOX", monotonic=now if pushed else time.monotonic)))
        return opened[-1]

    yield start
    for imap, bell in opened:
        bell.close()
        imap.__exit__(None, None, None)


Ring = Callable[..., tuple[ScriptedImap, Doorbell]]


def idle(*said: bytes, then: Callable[[Wire], None] | None = None) -> Answer:
    """Says what it is told (the first piece together with the `+`), then ends IDLE when the client is DONE."""

    def answer(wire: Wire, tag: bytes, _line: bytes) -> None:
        wire.send(b"+ idling\r\n" + (said[0] if said else b""))
        for piece in said[1:]:
            time.sleep(0.05)
            wire.send(piece)
        if then is not None:
            then(wire)
        wire.line()
        wire.send(tag + b" OK idle done\r\n")

    return answer


def test_a_line_in_the_same_segment_as_the_plus_rings(ring: Ring) -> None:
    """imapclient's idle_check misses it nearly always: the line sits in imaplib's buffer while the socket is polled."""
    _, bell = ring(idle(b"* 1 EXISTS\r\n"))
    assert bell.wait(1)
    assert bell.wait(1)
    assert not bell.wait(0.05)


def test_the_same_holds_under_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_certificate(cert, key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    with ScriptedImap({"IDLE": idle(b"* 1 EXISTS\r\n")}, tls=context) as imap:
        bell = Doorbell(imap.server(security=Security.TLS, ca_file=cert), "INBOX")
        assert bell.wait(1)
        assert bell.wait(1)
        assert not bell.wait(0.05)
        bell.close()


def test_a_line_said_before_idle_is_armed_rings(ring: Ring) -> None:
    examined = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n* 2 EXISTS\r\n"
    _, bell = ring(idle(), EXAMINE=examined)
    assert bell.wait(1)
    assert bell.wait(1)


def test_a_line_torn_in_two_rings_once_and_is_no_error(ring: Ring) -> None:
    imap, bell = ring(idle(b"", b"* 1 EXI", b"STS\r\n"))
    assert bell.wait(1)
    assert bell.wait(1)
    assert not bell.wait(0.1)
    assert imap.connections == 1


def test_a_line_that_is_never_completed_is_a_lost_connection(ring: Ring) -> None:
    _, bell = ring(idle(b"* 1 EXI"), timeout_s=0.2)
    assert bell.wait(1)
    assert bell.wait(1)
    assert "no connection" in bell.state


@pytest.mark.parametrize(
    "then", [lambda wire: wire.hang_up(), lambda wire: wire.send(b"* BYE bye\r\n"), lambda wire: wire.send(b"zzz\r\n")]
)
def test_every_doubt_rings_once_and_waits_before_it_connects_again(ring: Ring, then: Callable[[Wire], None]) -> None:
    """imapclient's idle_check returns at once and for ever after EOF."""
    imap, bell = ring(idle(b"", b"", then=then))
    assert bell.wait(1)
    assert bell.wait(1)
    assert "no connection" in bell.state
    started = time.monotonic()
    assert not bell.wait(0.2)
    assert time.monotonic() - started >= 0.2
    assert imap.connections == 1


def test_a_server_that_always_hangs_up_is_asked_less_and_less_often(ring: Ring, now: Now) -> None:
    imap, bell = ring(idle(b"", then=lambda wire: wire.hang_up()), pushed=True)
    tried_at = []
    for _ in range(1500):
        before = imap.connections
        bell.wait(0)
        if imap.connections > before:
            tried_at.append(now.s)
            until(lambda: bell.wait(0) or not bell.state.startswith("listening"), "the bell to notice that the server hung up")
        now.s += 1
    pauses = [round(later - earlier) for earlier, later in pairwise(tried_at)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE_S, abs=2)


def test_a_refused_password_is_not_tried_often(ring: Ring, now: Now) -> None:
    imap, bell = ring(idle(), pushed=True, LOGIN=b"{tag} NO [AUTHENTICATIONFAILED] no\r\n")
    for _ in range(int(LONGEST_PAUSE_S)):
        assert not bell.wait(0)
        now.s += 1
    assert imap.connections == 1
    assert "refused the user name or password" in bell.state


def test_a_suggested_backoff_is_honoured(ring: Ring, now: Now) -> None:
    imap, bell = ring(idle(), pushed=True, LOGIN=b"{tag} NO throttled. Suggested Backoff Time: 60000 milliseconds\r\n")
    for _ in range(60):
        bell.wait(0)
        now.s += 1
    assert imap.connections == 1
    bell.wait(0)
    assert imap.connections == 2


def test_idle_is_armed_anew_every_five_minutes(ring: Ring, now: Now) -> None:
    imap, bell = ring(idle(), pushed=True)
    assert bell.wait(0)
    for _ in range(6):
        now.s += REARM_EVERY_S / 2
        assert not bell.wait(0)
    assert imap.count("IDLE") == 4
    assert imap.connections == 1


def test_a_mail_told_while_idle_is_armed_anew_rings(ring: Ring, now: Now) -> None:
    def told_with_done(wire: Wire, tag: bytes, _line: bytes) -> None:
        wire.send(b"+ idling\r\n")
        wire.line()
        wire.send(b"* 1 EXISTS\r\n" + tag + b" OK idle done\r\n")

    _, bell = ring(told_with_done, pushed=True)
    assert bell.wait(0)
    now.s += REARM_EVERY_S
    assert not bell.wait(0)
    assert bell.wait(0)


def test_a_server_that_stalls_when_armed_anew_is_a_lost_connection(ring: Ring, now: Now) -> None:
    def deaf(wire: Wire, _tag: bytes, _line: bytes) -> None:
        wire.send(b"+ idling\r\n")
        wire.stall()

    _, bell = ring(deaf, timeout_s=0.2, pushed=True)
    assert bell.wait(0)
    now.s += REARM_EVERY_S
    assert bell.wait(0)
    assert "no connection" in bell.state


@pytest.mark.parametrize("refusal", [b"{tag} BAD unknown\r\n", b"{tag} NO not now\r\n"])
def test_a_server_that_refuses_idle_is_left_in_peace(ring: Ring, refusal: bytes) -> None:
    imap, bell = ring(refusal)
    assert not bell.wait(0.05)
    assert not bell.wait(0.05)
    assert bell.state == "the server has no IDLE: polling only"
    assert imap.connections == 1


def test_without_idle_the_bell_only_waits() -> None:
    with EmbeddedImap({"api": "x"}, idle=False) as imap:
        bell = Doorbell(Server(imap.host, imap.port, Security.NONE, "api", lambda: "x"), "INBOX")
        started = time.monotonic()
        assert not bell.wait(0.1)
        assert 0.1 <= time.monotonic() - started < 10
        assert bell.state == "the server has no IDLE: polling only"


def test_delivery_rings_and_the_bell_finds_its_way_back() -> None:
    with EmbeddedImap({"api": "x"}) as imap:
        bell = Doorbell(Server(imap.host, imap.port, Security.NONE, "api", lambda: "x"), "INBOX")
        assert bell.wait(1)
        imap.deliver(b"Subject: x\r\n\r\n")
        assert bell.wait(2)
        imap.stop_listening()
        imap.drop_connections()
        assert bell.wait(2)
        imap.listen_again()
        assert bell.wait(5)
        assert bell.state == "listening to INBOX"
        bell.close()


@pytest.mark.parametrize("connected", [True, False], ids=["listening", "pausing"])
def test_stop_ends_a_wait_at_once(ring: Ring, connected: bool) -> None:
    _, bell = ring(idle(), LOGIN=b"{tag} OK in\r\n" if connected else b"{tag} NO [UNAVAILABLE] no\r\n")
    bell.wait(0.01)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(bell.wait(60)))
    waiting.start()
    bell.stop()
    waiting.join(5)
    assert answers == [False]
    assert bell.state == "closed"
    assert not bell.wait(60)
