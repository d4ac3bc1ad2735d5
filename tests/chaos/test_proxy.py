"""The proxy does to a connection what it is told to, and nothing otherwise."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from chaos.proxy import HOST, Fault, Proxy
from tests.servers.waiting import comes_true


@dataclass
class Line:
    """Both ends of one connection through the proxy."""

    proxy: Proxy
    program: socket.socket
    server: socket.socket


@contextmanager
def line(proxy: Proxy, listener: socket.socket) -> Iterator[Line]:
    with socket.create_connection((HOST, proxy.port), timeout=5) as program:
        server, _ = listener.accept()
        server.settimeout(5)
        with server:
            yield Line(proxy, program, server)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listening:
        listening.settimeout(5)
        yield listening


@pytest.fixture
def proxy(listener: socket.socket) -> Iterator[Proxy]:
    with Proxy(listener.getsockname()[1], random.Random(1), reach=1) as running:
        yield running


def received(end: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := end.recv(count)):
        data += more
    return data


def talk(line: Line) -> None:
    """Both ways, as whatever is injured shows only when it is used."""
    line.program.sendall(b"ping")
    line.server.sendall(b"pong")


def test_a_well_connection_is_passed_on_byte_for_byte(proxy: Proxy, listener: socket.socket) -> None:
    with line(proxy, listener) as well:
        talk(well)
        assert (received(well.server, 4), received(well.program, 4)) == (b"ping", b"pong")
    assert proxy.inflicted == {}


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
def test_a_cut_ends_both_sides(proxy: Proxy, listener: socket.socket, fault: Fault) -> None:
    proxy.hurt(fault)
    with line(proxy, listener) as hurt:
        with suppress(ConnectionError):  # the reset may be there before the answer
            talk(hurt)
        for end in (hurt.program, hurt.server):
            try:
                while end.recv(100):
                    pass
            except ConnectionError:
                pass
    assert proxy.inflicted == {fault: 1}


def happened(proxy: Proxy) -> None:
    assert comes_true(lambda: bool(proxy.inflicted), 5, every_s=0.005)


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.DRIP])
def test_a_stalled_or_dripping_connection_goes_on_when_it_is_healed(proxy: Proxy, listener: socket.socket, fault: Fault) -> None:
    proxy.hurt(fault)
    with line(proxy, listener) as hurt:
        talk(hurt)
        happened(proxy)
        proxy.heal()
        assert (received(hurt.server, 4), received(hurt.program, 4)) == (b"ping", b"pong")
    assert proxy.inflicted == {fault: 1}


def test_a_half_open_connection_stays_silent_when_the_others_are_well_again(proxy: Proxy, listener: socket.socket) -> None:
    proxy.hurt(Fault.HALF_OPEN)
    with line(proxy, listener) as hurt:
        talk(hurt)
        happened(proxy)
        proxy.heal()
        with line(proxy, listener) as well:
            talk(well)
            assert received(well.program, 4) == b"pong"
        talk(hurt)
        hurt.program.settimeout(0.1)
        with pytest.raises(TimeoutError):
            received(hurt.program, 8)


def test_garbage_comes_on_top_of_what_was_sent(listener: socket.socket) -> None:
    with Proxy(listener.getsockname()[1], random.Random(1), reach=1, garbles_commands=False) as proxy:
        proxy.hurt(Fault.GARBAGE)
        with line(proxy, listener) as hurt:
            talk(hurt)
            assert received(hurt.server, 4) == b"ping"
            hurt.server.close()
            answer = received(hurt.program, 10_000)
        assert answer != b"pong"
        assert answer.endswith(b"pong")


def test_a_server_that_is_away_is_a_connection_that_ends(listener: socket.socket) -> None:
    with Proxy(listener.getsockname()[1], random.Random(1)) as proxy:
        listener.close()
        with socket.create_connection((HOST, proxy.port), timeout=5) as program:
            assert program.recv(10) == b""
