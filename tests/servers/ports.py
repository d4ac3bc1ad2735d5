"""
A port for a server that is told its number before it starts (Dovecot, Cyrus, the daemon's web door).
A port that the kernel hands out for binding to 0 may be taken by anybody's outgoing connection before the server binds it; these
lie below that range (/proc/sys/net/ipv4/ip_local_port_range), so that only another `free_port` could take one. Never reserves it.
"""

import random
import socket
from itertools import repeat
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_LOWEST: Final = 10_000
_HANDED_OUT: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_chance: Final = random.SystemRandom()  # the test runner's workers share a seed


def free_port() -> int:
    for _ in repeat(None, 1_000):
        port = _chance.randrange(_LOWEST, _first_handed_out())
        if _is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST} and {_first_handed_out()}")


def _first_handed_out() -> int:
    try:
        return max(int(_HANDED_OUT.read_text(encoding="ascii").split()[0]), _LOWEST + 1_000)
    except OSError:
        return 32_768


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
