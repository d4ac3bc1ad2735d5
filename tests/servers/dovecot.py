"""Dovecot: a private, real Dovecot on high loopback ports, with its own configuration, users and logs in a directory of its own.

Runs as root (mails then belong to `nobody`) or as an ordinary user, without systemd. Tests that use it carry the marker `dovecot` and
call `require_dovecot` first: without Debian's packages they are skipped, unless TRIAGE_REQUIRE_DOVECOT=1 makes that a failure.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.servers.mail_program import append, connect
from tests.servers.ports import HOST, free_port

START_WITHIN_S = 20.0
LAST_WORDS = 10_000
"""Characters of its log, after a mistake."""
MISSING = "Dovecot is not installed. On Debian and Ubuntu: apt-get install dovecot-imapd dovecot-lmtpd openssl"

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap lmtp
listen = {host}
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
first_valid_uid = 1
default_internal_user = {internal_user}
default_login_user = {login_user}
default_internal_group = {internal_group}
default_vsz_limit = 256M
mail_location = {location}
mail_fsync = never
lmtp_save_to_detail_mailbox = no
recipient_delimiter = +
protocol lmtp {{
  auth_username_format = %Lu
  postmaster_address = postmaster@localhost
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  service_count = 0
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  {lmtp_user}
  inet_listener lmtp {{
    address = {host}
    port = {lmtp_port}
  }}
}}
service anvil {{
  chroot =
  # Otherwise one wrong password makes every login from this address wait for seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service indexer-worker {{
  user = {mail_user}
}}
{extra}
"""


def dovecot_available() -> bool:
    parts = [Path("/usr/lib/dovecot") / name for name in ("imap", "lmtp")]
    return all(_program(name) is not None for name in ("dovecot", "openssl")) and all(part.exists() for part in parts)


def dovecot_version() -> str:
    """As `2.3.19.1`."""
    told = subprocess.run([_program("dovecot") or "dovecot", "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return told.stdout.split()[0]


def require_dovecot() -> None:
    """Skips the test where Dovecot is missing, or fails it where the run says that it must be there."""
    if dovecot_available():
        return
    if os.environ.get("TRIAGE_REQUIRE_DOVECOT") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


class Dovecot:
    """A context manager: `with Dovecot({"api@example.com": "secret"}) as dovecot: ...`."""

    def __init__(self, users: Mapping[str, str], *, location: str = "maildir:~/Maildir", extra: str = "") -> None:
        self.users = dict(users)
        self.host = HOST
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        # Not pytest's directory: the mail user has to be able to walk into it, and socket paths are limited to 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="triage-dovecot-"))
        self.home.chmod(0o755)
        self._location = location
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._write_files()
            self.start()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            print(self.log()[-LAST_WORDS:])
        self._leave()

    @property
    def first_user(self) -> str:
        return next(iter(self.users))

    @property
    def certificate(self) -> Path:
        """Self-signed, for "localhost" and 127.0.0.1: fit to be a `ca_file`."""
        return self.home / "cert.pem"

    def start(self) -> None:
        program = _program("dovecot")
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.home / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        until = time.monotonic() + START_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                said = self._process.stderr.read().decode() if self._process.poll() is not None and self._process.stderr else ""
                raise RuntimeError(f"Dovecot did not start: {said}\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """As systemd would: SIGTERM to the master, and SIGKILL to what is left, which are children with a client."""
        self._end(kill=False)

    def kill(self) -> None:
        """Everything dies at once, in the middle of whatever it was doing."""
        self._end(kill=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def log(self) -> str:
        path = self.home / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else "(no log)"

    def deliver(self, raw: bytes, *, to: str = "", envelope_from: str = "sender@partner.example") -> None:
        """Through LMTP, as the mail server in front of it would: it adds Return-Path, Delivered-To and Received."""
        with smtplib.LMTP(self.host, self.lmtp_port) as lmtp:
            refused = lmtp.sendmail(envelope_from, [to or self.first_user], raw)
        assert not refused, refused

    def append(self, raw: bytes, folder: str = "INBOX", at: datetime | None = None, *, user: str = "", flags: str = "") -> None:
        """Byte for byte, with a chosen INTERNALDATE."""
        append(self.client(user), raw, folder, at, flags)

    def client(self, user: str = "") -> imaplib.IMAP4:
        """A logged-in plain client, a colleague's mail program so to speak; a context manager that logs out."""
        client = connect(self.host, self.imap_port)
        name = user or self.first_user
        client.authenticate("PLAIN", lambda _challenge: f"\0{name}\0{self.users[name]}".encode())
        return client

    def restart_uids(self, folder: str = "INBOX", *, user: str = "") -> None:
        """Stops, loses the UID list as a restored backup does, and starts: same messages, another UIDVALIDITY and other UIDs."""
        maildir = self._maildir(user or self.first_user)
        place = maildir if folder.upper() == "INBOX" else maildir / f".{folder}"
        self.stop()
        time.sleep(1.0)  # Dovecot takes the new UIDVALIDITY from the clock, in seconds
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (place / name).unlink(missing_ok=True)
        for path in maildir.glob("dovecot-uidvalidity*"):
            path.unlink()
        self.start()

    def _leave(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _maildir(self, user: str) -> Path:
        return self.home / "mail" / user / "Maildir"

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.host, self.imap_port), timeout=1) as probe, probe.makefile("rb") as lines:
                return lines.readline().startswith(b"* OK")
        except OSError:
            return False

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if not kill:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process = None
        # The ports must be free again before anybody starts it anew.
        until = time.monotonic() + 5
        while self._answers() and time.monotonic() < until:
            time.sleep(0.02)

    def _write_files(self) -> None:
        me = pwd.getpwuid(os.getuid())
        is_root = me.pw_uid == 0
        owner = pwd.getpwnam("nobody") if is_root else me
        group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("run", "state", "mail"):
            (self.home / name).mkdir()
        if is_root:
            os.chown(self.home / "mail", owner.pw_uid, owner.pw_gid)
        lines = (
            f"{user}:{{PLAIN}}{password}:{owner.pw_uid}:{owner.pw_gid}::{self.home}/mail/{user}::" for user, password in self.users.items()
        )
        (self.home / "users").write_text("\n".join(lines) + "\n", encoding="utf-8")
        make_certificate(self.home / "cert.pem", self.home / "key.pem")
        config = CONFIG.format(
            home=self.home,
            host=self.host,
            location=self._location,
            extra=self._extra,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
            lmtp_port=self.lmtp_port,
            internal_user="dovecot" if is_root else me.pw_name,
            login_user="dovenull" if is_root else me.pw_name,
            internal_group="dovecot" if is_root else group,
            mail_user=owner.pw_name,
            lmtp_user="" if is_root else f"user = {me.pw_name}",
        )
        (self.home / "dovecot.conf").write_text(config)


def make_certificate(cert: Path, key: Path, *, names: Sequence[str] = ("DNS:localhost", f"IP:{HOST}"), days: int = 2) -> None:
    """Self-signed, by the openssl program."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=" + ",".join(names)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *subject]
    subprocess.run([*command, "-days", str(days), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
