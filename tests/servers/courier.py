"""Courier: Debian's courier-imap 5, a process for each connection, behind a login of our own.

What Courier does about logins (couriertcpd, authdaemond) has its paths built in and is not what is tried here: a thread of ours listens,
takes AUTHENTICATE PLAIN or LOGIN, and hands the connection to the real `imapd`, as Courier's own `imaplogin` does. Mail is delivered as a
mail server does it: written to `tmp`, renamed into `new`.
"""

from __future__ import annotations

import base64
import imaplib
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.mail_program import append, connect
from tests.servers.ports import HOST
from tests.servers.unpacked import environment, require_unpacked

CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
SETTINGS = {
    "IMAP_CAPABILITY": CAPABILITIES,
    "IMAP_KEYWORDS": "1",
    "IMAP_ACL": "1",
    "IMAP_USELOCKS": "1",
    "IMAP_IDLE_TIMEOUT": "60",
    "IMAP_MAILBOX_SANITY_CHECK": "1",
    "IMAP_TRASHFOLDERNAME": "Trash",
    "IMAP_ENHANCEDIDLE": "1",
    "PROTOCOL": "IMAP",
}
"""Debian's /etc/courier/imapd, but that IDLE tells at once what has come, which is "0" there: then it tells nothing."""


class Courier:
    """One account. `Sent` is `INBOX.Sent` here, and nothing marks it: Courier 5 has no SPECIAL-USE."""

    sent = "INBOX.Sent"

    def __init__(self, user: str, password: str) -> None:
        self.root = require_unpacked("courier")
        self.user, self.password = user, password
        self.home = Path(tempfile.mkdtemp(prefix="triage-courier-"))
        self.maildir = self.home / "Maildir"
        self._serial = itertools.count(1)
        self._sessions: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        """A session answers its client before the thread that has begun it has written it down; `kill` waits for that."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.home, ignore_errors=True)
            self._log = stack.enter_context((self.home / "log").open("ab"))
            make = self.root / "usr/bin/maildirmake.courier"
            for arguments in ([str(self.maildir)], ["-f", "Sent", str(self.maildir)]):
                subprocess.run([make, *arguments], env=environment("courier"), check=True, capture_output=True)
            # Tells of changes in directories. The library that Courier uses would look for it under a path of the system.
            watcher = [self.root / "usr/libexec/gam_server", "--notimeout", self.home.name]
            watching = stack.enter_context(subprocess.Popen(watcher, env=environment("courier"), stdout=self._log, stderr=self._log))
            stack.callback(watching.kill)
            stack.callback(self.kill)
            self._listener = stack.enter_context(socket.create_server((HOST, 0)))
            self.port = int(self._listener.getsockname()[1])
            stack.callback(self._listener.shutdown, socket.SHUT_RDWR)
            self._stack = stack.pop_all()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def kill(self) -> None:
        """Every connection ends at once."""
        with self._lock:
            for session in self._sessions:
                session.kill()
                session.wait(10)
            self._sessions.clear()

    def deliver(self, raw: bytes) -> None:
        name = f"{next(self._serial)}.{os.getpid()}.triage"
        (self.maildir / "tmp" / name).write_bytes(raw)
        (self.maildir / "tmp" / name).rename(self.maildir / "new" / name)

    def append(self, raw: bytes, folder: str, at: datetime | None = None) -> None:
        append(self.client(), raw, folder, at)

    def client(self) -> imaplib.IMAP4:
        client = connect(HOST, self.port)
        client.login(self.user, self.password)
        return client

    def restart_uids(self, folder: str) -> None:
        """The UID list is lost, as after the restore of a backup; the next session takes a UIDVALIDITY from the clock, in seconds."""
        place = self.maildir if folder == "INBOX" else self.maildir / f".{folder.removeprefix('INBOX.')}"
        before = (place / "courierimapuiddb").read_text() if (place / "courierimapuiddb").exists() else ""
        self.kill()
        (place / "courierimapuiddb").unlink(missing_ok=True)
        while True:
            with self.client() as client:
                client.select(folder)
            text = (place / "courierimapuiddb").read_text()
            if text.split()[:2] != before.split()[:2]:
                return
            (place / "courierimapuiddb").unlink()
            time.sleep(0.2)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._log_in, args=(connection,), daemon=True).start()

    def _log_in(self, connection: socket.socket) -> None:
        """Byte by byte: what comes after the login is the real server's."""
        with connection, suppress(OSError, ValueError):
            connection.settimeout(30)
            connection.sendall(f"* OK [CAPABILITY {CAPABILITIES} AUTH=PLAIN] Courier-IMAP ready.\r\n".encode())
            while words := _line(connection).split(" "):
                tag, command = words[0], words[1].upper()
                if command == "CAPABILITY":
                    connection.sendall(f"* CAPABILITY {CAPABILITIES} AUTH=PLAIN\r\n{tag} OK CAPABILITY completed\r\n".encode())
                elif command == "LOGOUT":
                    connection.sendall(f"* BYE Courier-IMAP server shutting down\r\n{tag} OK LOGOUT completed\r\n".encode())
                    return
                elif command in {"LOGIN", "AUTHENTICATE"}:
                    if self._credentials(connection, words) == [self.user, self.password]:
                        self._hand_over(connection, tag)
                        return
                    connection.sendall(f"{tag} NO Login failed.\r\n".encode())
                else:
                    connection.sendall(f"{tag} NO Error in IMAP command received by server.\r\n".encode())

    def _credentials(self, connection: socket.socket, words: list[str]) -> list[str]:
        if words[1].upper() == "LOGIN":
            return [quoted or plain for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', " ".join(words[2:]))]
        if len(words) == 3:
            connection.sendall(b"+ \r\n")
        return base64.b64decode(words[3] if len(words) > 3 else _line(connection)).decode().split("\0")[1:]

    def _hand_over(self, connection: socket.socket, tag: str) -> None:
        settings = {"AUTHENTICATED": self.user, "IMAPLOGINTAG": tag, "MAILDIR": str(self.maildir), "HOME": str(self.home)}
        settings["GAM_CLIENT_ID"] = self.home.name
        peer = {"TCPREMOTEIP": HOST, "TCPREMOTEPORT": "1", "TCPLOCALIP": HOST, "TCPLOCALPORT": str(self.port)}
        connection.settimeout(None)
        with self._lock:
            self._sessions = [one for one in self._sessions if one.poll() is None]
            self._sessions.append(
                subprocess.Popen(
                    [self.root / "usr/bin/imapd", str(self.maildir)],
                    stdin=connection.fileno(),
                    stdout=connection.fileno(),
                    stderr=self._log,
                    env=environment("courier") | SETTINGS | settings | peer,
                    cwd=self.home,
                )
            )


def _line(connection: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            raise ConnectionError
        data += byte
    return data.decode().rstrip("\r\n")
