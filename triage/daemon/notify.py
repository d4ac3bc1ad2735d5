"""Telling systemd how the service is: READY, STATUS, WATCHDOG, STOPPING (sd_notify(3)). Without systemd nothing happens."""

from __future__ import annotations

import os
import socket

_PATIENCE_S = 1.0
"""A listener that does not read must not stop the service: its socket is full after a few lines."""


def notify(*lines: str) -> None:
    """`notify("READY=1", "STATUS=watching INBOX")`. Never raises: systemd's absence is no fault."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(_PATIENCE_S)
            sock.connect(address)
            sock.sendall("\n".join(lines).encode())
    except OSError:
        return
