"""A TCP relay that holds every segment back for half a round trip, in both directions, and counts what it carries.

Runs in a process of its own (`python -m bench.relay PORT HALF_S`). Prints its port; after every line it is sent it prints how many bytes
went to the client so far.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from bench.beside import Beside

HOST = "127.0.0.1"


def relay(port: int, round_trip_s: float) -> Beside:
    """Before the server on that port; a context manager. `ask` tells how many bytes went to the client so far."""
    return Beside("bench.relay", port, round_trip_s / 2)


class _Counted:
    def __init__(self) -> None:
        self.bytes = 0


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, half_s: float, counted: _Counted | None) -> None:
    """Held back, not slowed down: what follows is read meanwhile."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=4096)

    async def hand_on() -> None:
        while True:
            at, data = await waiting.get()
            if (pause := at - loop.time()) > 0:
                await asyncio.sleep(pause)
            if not data:
                break
            writer.write(data)
            await writer.drain()

    handing = asyncio.create_task(hand_on())
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            if counted is not None:
                counted.bytes += len(data)
            await waiting.put((loop.time() + half_s, data))
    await waiting.put((loop.time() + half_s, b""))
    with contextlib.suppress(OSError):
        await handing
    writer.close()


async def _serve(port: int, half_s: float) -> None:
    counted = _Counted()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_connection(HOST, port)
        await asyncio.gather(_carry(reader, to_server[1], half_s, None), _carry(to_server[0], writer, half_s, counted))

    server = await asyncio.start_server(accept, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(counted.bytes, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
