"""Proxy: a TCP proxy on the loopback that hurts the connections through it: cut, reset, stall, drip, garbage, half-open.

It forwards bytes and knows no protocol. What is done to which connection comes from the dice it is given. Called by the nemesis.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

from triage.demo.loop_thread import LoopThread

HOST = "127.0.0.1"
CHUNK = 65536
DRIP_S = 0.02
"""Between two bytes."""


class Fault(Enum):
    """What happens to a connection once so many bytes have passed."""

    CUT = "cut"
    RESET = "reset"
    STALL = "stall"
    DRIP = "drip"
    GARBAGE = "garbage"
    HALF_OPEN = "half-open"


class Way(Enum):
    COMMANDS = "to the server"
    ANSWERS = "to the program"


@dataclass(frozen=True, slots=True)
class Injury:
    """`after` bytes in that direction, counted from the moment it is inflicted."""

    fault: Fault
    way: Way
    after: int


@dataclass(eq=False)
class _Wire:
    """One connection: the program on one side, the server on the other."""

    program: asyncio.StreamWriter
    server: asyncio.StreamWriter
    injury: Injury | None = None
    passed: int = 0
    dead: bool = False
    """Half-open: everything is swallowed until the program gives it up."""

    def towards(self, way: Way) -> asyncio.StreamWriter:
        return self.server if way is Way.COMMANDS else self.program

    def close(self, *, reset: bool = False) -> None:
        for writer in (self.program, self.server):
            if reset:
                with suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()


@dataclass
class Proxy:
    """A context manager. `hurt` and `heal` may be called from any thread."""

    server_port: int
    dice: random.Random
    reach: int = 20_000
    """Bytes within which an injury happens."""
    garbles_commands: bool = True
    """False where nothing between the two ends would notice another byte in a mail: a plain connection to a mail server."""
    port: int = 0
    inflicted: dict[Fault, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._thread = LoopThread("proxy")
        self._thread.start()
        self._faults: tuple[Fault, ...] = ()
        self._wires: set[_Wire] = set()
        self._well = asyncio.Event()
        self._well.set()
        self._server = self._thread.run(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.run(self._close())
        self._thread.stop()

    def hurt(self, *faults: Fault) -> None:
        """Every connection there is, and each that comes, until `heal`: with one of these each."""
        self._thread.run(self._hurt(faults))

    def heal(self) -> None:
        """New connections are well again, and what was slow goes on. What is half-open stays so: nobody ever tells the other end."""
        self._thread.run(self._heal())

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _close(self) -> None:
        self._server.close()
        for wire in self._wires:
            wire.close(reset=True)

    async def _hurt(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._well.clear()
        for wire in list(self._wires):
            self._injure(wire)
            # An idle connection would not notice for minutes that it is to be hurt at its next byte.
            if wire.injury is not None and wire.injury.fault in {Fault.CUT, Fault.RESET} and self.dice.random() < 0.5:
                self._count(wire.injury.fault)
                wire.close(reset=wire.injury.fault is Fault.RESET)

    async def _heal(self) -> None:
        self._faults = ()
        self._well.set()
        for wire in self._wires:
            wire.injury = None

    def _injure(self, wire: _Wire) -> None:
        fault = self.dice.choice(self._faults)
        either = fault is not Fault.GARBAGE or self.garbles_commands
        way = self.dice.choice(list(Way)) if either else Way.ANSWERS
        wire.injury, wire.passed = Injury(fault, way, int(self.reach ** self.dice.random()) - 1), 0

    def _count(self, fault: Fault) -> None:
        self.inflicted[fault] = self.inflicted.get(fault, 0) + 1

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(HOST, self.server_port)
        except OSError:
            writer.close()
            return
        wire = _Wire(writer, to_server)
        self._wires.add(wire)
        if self._faults:
            self._injure(wire)
        try:
            await asyncio.gather(self._pump(wire, reader, Way.COMMANDS), self._pump(wire, from_server, Way.ANSWERS))
        finally:
            self._wires.discard(wire)
            wire.close()

    async def _pump(self, wire: _Wire, reader: asyncio.StreamReader, way: Way) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._pass_on(wire, data, way)
        if not wire.dead or way is Way.COMMANDS:  # a half-open connection ends when the program gives it up, not with the server
            wire.close()

    async def _pass_on(self, wire: _Wire, data: bytes, way: Way) -> None:
        if wire.dead:
            return
        injury = wire.injury
        if injury is None or injury.way is not way:
            await _write(wire.towards(way), data)
            return
        head, rest = data[: max(0, injury.after - wire.passed)], data[max(0, injury.after - wire.passed) :]
        wire.passed += len(head)
        await _write(wire.towards(way), head)
        if rest:
            self._count(injury.fault)
            wire.injury = None
            await self._happen(wire, injury, rest)

    async def _happen(self, wire: _Wire, injury: Injury, rest: bytes) -> None:
        writer = wire.towards(injury.way)
        match injury.fault:
            case Fault.CUT | Fault.RESET:
                wire.close(reset=injury.fault is Fault.RESET)
            case Fault.HALF_OPEN:
                wire.dead = True
            case Fault.STALL:
                await self._well.wait()
                await _write(writer, rest)
            case Fault.GARBAGE:
                await _write(writer, self.dice.randbytes(self.dice.randrange(1, 200)) + rest)
            case Fault.DRIP:
                while rest and not self._well.is_set():
                    await _write(writer, rest[:1])
                    rest = rest[1:]
                    await asyncio.sleep(DRIP_S)
                await _write(writer, rest)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data:
        writer.write(data)
        await writer.drain()
