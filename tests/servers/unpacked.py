"""`python -m tests.servers.unpacked`: fetches Debian's Cyrus and Courier and unpacks them beside the virtual environment.

They cannot be installed: each of Debian's IMAP servers conflicts with every other, and Dovecot is installed already. So their packages, and
the libraries that they need besides, are downloaded by apt and unpacked into a directory of their own, which is all that is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(sys.prefix) / "mail-servers"
PACKAGES = {
    "cyrus": ("cyrus-imapd", "cyrus-common", "libical3", "libxapian30", "libpcre3"),
    "courier": ("courier-imap", "courier-base", "courier-authlib", "libcourier-unicode4", "libidn12", "gamin", "libgamin0", "libpcre3"),
}
PROGRAMS = {"cyrus": "usr/lib/cyrus/bin/imapd", "courier": "usr/bin/imapd"}


def unpack(server: str) -> None:
    """Anew, whole or not at all."""
    shutil.rmtree(ROOT / server, ignore_errors=True)
    ROOT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT) as directory:
        where = Path(directory)
        subprocess.run(["apt-get", "download", "-qq", *PACKAGES[server]], cwd=where, check=True, stderr=subprocess.DEVNULL)
        for package in sorted(where.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(package), str(where / "root")], check=True)
        (where / "root").rename(ROOT / server)


def require_unpacked(server: str) -> Path:
    """Where it is. Skips the test where it cannot be run, or fails it where the run says that it must be there."""
    reason = why_not(server)
    if reason and os.environ.get("TRIAGE_REQUIRE_DOVECOT") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return ROOT / server


@cache
def why_not(server: str) -> str:
    """Empty when it can be run."""
    program = ROOT / server / PROGRAMS[server]
    if not program.exists():
        return f"{server} is not unpacked: make servers"
    told = subprocess.run(["ldd", str(program)], env=environment(server), capture_output=True, text=True, check=False).stdout
    missing = sorted({line.split()[0] for line in told.splitlines() if "not found" in line})
    return f"{server} cannot be run here without {', '.join(missing)}" if missing else ""


def environment(server: str) -> dict[str, str]:
    libraries = sorted({str(path.parent) for path in (ROOT / server).rglob("*.so*")})
    return {"PATH": os.environ.get("PATH", ""), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def main(servers: Sequence[str]) -> None:
    for server in servers or sorted(PACKAGES):
        if why_not(server):
            why_not.cache_clear()
            unpack(server)
        print(f"{server}: {why_not(server) or 'ready'}")


if __name__ == "__main__":
    main(sys.argv[1:])
