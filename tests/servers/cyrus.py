"""Cyrus: a private Cyrus IMAP 3.6 on high loopback ports, with LMTP and idled, and a login of our own behind it.

Runs as root (Cyrus then goes on as `nobody`) or as an ordinary user. Passwords are asked of "saslauthd", which is a thread of ours on a
socket: two strings come, OK or NO goes.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import struct
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
from tests.servers.ports import HOST, free_port
from tests.servers.unpacked import environment, require_unpacked

START_WITHIN_S = 30.0
DIRECTORIES = ("proc", "log", "msg", "socket", "db", "user", "quota", "rpm")
DOMAIN = "wise.example"

IMAPD_CONF = """
configdirectory: {home}/conf
partition-default: {home}/spool
defaultpartition: default
admins: cyrus
cyrus_user: {owner}
unixhierarchysep: yes
altnamespace: yes
virtdomains: userid
defaultdomain: {domain}
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {home}/auth
lmtpsocket: {home}/conf/socket/lmtp
idlesocket: {home}/conf/socket/idle
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Sent
xlist-sent: Sent
conversations: no
duplicatesuppression: no
search_engine: none
"""

CYRUS_CONF = """
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {home}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {home}/imapd.conf -U 30" listen="{host}:{port}" prefork=0 maxchild=100
  lmtp cmd="{programs}/lmtpd -C {home}/imapd.conf -a" listen="{host}:{lmtp_port}" prefork=0
}}
EVENTS {{
}}
DAEMON {{
  idled cmd="{programs}/idled -C {home}/imapd.conf"
}}
"""


class Cyrus:
    """One account, which is made at its first login."""

    sent = "Sent"

    def __init__(self, user: str, password: str) -> None:
        self.root = require_unpacked("cyrus")
        self.user, self.password = user, password
        self.port, self.lmtp_port = free_port(), free_port()
        self.home = Path(tempfile.mkdtemp(prefix="triage-cyrus-"))
        self.home.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.home, ignore_errors=True)
            self._write_files()
            self._passwords = stack.enter_context(socket.socket(socket.AF_UNIX))
            self._passwords.bind(str(self.home / "auth"))
            (self.home / "auth").chmod(0o777)
            self._passwords.listen()
            threading.Thread(target=self._answer_logins, daemon=True).start()
            stack.callback(self.kill)
            self.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _write_files(self) -> None:
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        programs = self.root / "usr/lib/cyrus/bin"
        settings = {"home": self.home, "owner": owner.pw_name, "domain": DOMAIN, "programs": programs, "host": HOST, "port": self.port}
        (self.home / "imapd.conf").write_text(IMAPD_CONF.format(**settings))
        (self.home / "cyrus.conf").write_text(CYRUS_CONF.format(**settings, lmtp_port=self.lmtp_port))
        for path in (self.home / "spool", self.home / "conf", *(self.home / "conf" / name for name in DIRECTORIES)):
            path.mkdir()
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def start(self) -> None:
        master = self.root / "usr/lib/cyrus/bin/master"
        files = ["-D", "-M", str(self.home / "cyrus.conf"), "-C", str(self.home / "imapd.conf"), "-p", str(self.home / "pid")]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen([master, *files], env=environment("cyrus"), stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + START_WITHIN_S
        while True:
            with suppress(OSError, imaplib.IMAP4.error), self.client() as client:
                client.select("INBOX")
                return
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Cyrus did not start: {(self.home / 'log').read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Master, idled and every session, at once."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def deliver(self, raw: bytes) -> None:
        with smtplib.LMTP(HOST, self.lmtp_port) as lmtp:
            refused = lmtp.sendmail("sender@partner.example", [self.user], raw)
        assert not refused, refused

    def append(self, raw: bytes, folder: str, at: datetime | None = None) -> None:
        append(self.client(), raw, folder, at)

    def client(self) -> imaplib.IMAP4:
        client = connect(HOST, self.port)
        client.login(self.user, self.password)
        return client

    def restart_uids(self, folder: str) -> None:
        """The account is deleted and put back from a backup: same messages and times, other UIDVALIDITYs, which are the clock's seconds."""
        saved = {name: self._messages(name) for name in ("INBOX", self.sent)}
        account, before = f"user/{self.user.partition('@')[0]}", self._uidvalidity(folder)
        while self._uidvalidity(folder) == before:
            time.sleep(0.3)
            with self._administrator() as administrator:
                administrator.setacl(account, "cyrus", "lrswipkxtecda")
                for command, name in (("DELETE", account), ("CREATE", account), ("CREATE", f"{account}/{self.sent}")):
                    answer, data = administrator.xatom(command, name)
                    assert answer == "OK", data
        with self.client() as client:
            for name, messages in saved.items():
                for at, raw in messages:
                    client.append(name, "", at, raw)

    def _messages(self, folder: str) -> list[tuple[datetime, bytes]]:
        with self.client() as client:
            client.select(folder, readonly=True)
            _, lines = client.fetch("1:*", "(INTERNALDATE BODY.PEEK[])")
        whole = [line for line in lines if isinstance(line, tuple)]
        times = [re.search(rb'INTERNALDATE "(.*?)"', line[0]) for line in whole]
        return [
            (datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z"), line[1])
            for found, line in zip(times, whole, strict=True)
            if found
        ]

    def _uidvalidity(self, folder: str) -> object:
        with self.client() as client:
            client.select(folder, readonly=True)
            return client.response("UIDVALIDITY")[1][0]

    def _administrator(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(HOST, self.port, timeout=10)
        client.login("cyrus", self.password)
        return client

    def _answer_logins(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._passwords.accept()
                with connection, suppress(OSError, struct.error), connection.makefile("rb") as lines:
                    _, password, _, _ = (lines.read(struct.unpack("!H", lines.read(2))[0]) for _ in range(4))
                    answer = b"OK" if password == self.password.encode() else b"NO"
                    connection.sendall(struct.pack("!H", len(answer)) + answer)
