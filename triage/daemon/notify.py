"""Telling systemd how the service is: READY, STATUS, WATCHDOG, STOPPING (sd_notify(3)). Without systemd nothing happens."""

from __future__ import annotations

import os
import socket


def notify(*lines: str) -> None:
    """`notify("READY=1", "STATUS=watching INBOX")`. Never raises: systemd's absence is no fault."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect(address)
            sock.sendall("\n".join(lines).encode())
    except OSError:
        return
