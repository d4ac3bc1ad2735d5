"""A plain mail program in front of the servers here, a colleague's so to speak: what each of them is connected to and filled with alike."""

from __future__ import annotations

import imaplib
import socket
from datetime import datetime


def connect(host: str, port: int) -> imaplib.IMAP4:
    """Not logged in yet."""
    client = imaplib.IMAP4(host, port, timeout=10)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an APPEND waits 40 ms otherwise
    return client


def append(client: imaplib.IMAP4, raw: bytes, folder: str, at: datetime | None, flags: str = "") -> None:
    """Byte for byte, with a chosen INTERNALDATE; logs out."""
    with client:
        answer, data = client.append(folder, flags, at, raw)
        assert answer == "OK", data
