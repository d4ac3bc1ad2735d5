"""Whatever triage writes is for its own user alone, also where somebody has started it with an umask of 000."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.installation import QUIET, URGENT, Installation, installed, wait_for
from tests.style.source import ROOT


@pytest.fixture
def installation(tmp_path: Path):
    with installed(tmp_path) as made:
        yield made


def others_may(path: Path) -> str:
    """What group and others may do with it; "" for nothing."""
    mode = path.lstat().st_mode
    return "" if not mode & 0o077 else f"{path}: {stat.filemode(mode)}"


def test_everything_that_is_written_is_private_whatever_the_umask(installation: Installation) -> None:
    before = set(installation.directory.rglob("*"))
    installation.imap.deliver(URGENT, user="api")
    installation.imap.deliver(QUIET, user="api")
    installation.start(umask="000")
    wait_for(lambda: len(installation.case_numbers()) == 2, "two cases")
    copy = installation.directory / "copy.sqlite3"
    installation.shell("000", "backup")
    installation.shell("000", "backup", "--to", str(installation.directory / "new" / "backups"))
    installation.shell("000", "db", str(copy))
    written = {name: installation.directory / name for name in ("report.html", "journal.jsonl", "rebuilt.sqlite3")}
    installation.shell("000", "report", "--html", str(written["report.html"]))
    installation.shell("000", "journal", "export", str(written["journal.jsonl"]))
    installation.shell("000", "rebuild", "--since", "2020-01-01", "--to", str(written["rebuilt.sqlite3"]))
    installation.shell("000", "oncall", "override", "add", "primary", "ana", "--from", "2030-01-01", "--until", "2030-01-02")
    during = [path for path in installation.directory.rglob("*") if path not in before]
    assert [
        name
        for name in ("triage.sqlite3", "triage.sqlite3-wal", "message-id.keys", "daemon.lock", *written)
        if name not in {p.name for p in during}
    ] == []
    assert [found for path in during if (found := others_may(path))] == []
    assert others_may(installation.directory / "rules" / "oncall.toml") == ""
    installation.stop()
    (backup,) = (installation.directory / "new" / "backups").iterdir()
    installation.shell("000", "restore", str(backup))
    installation.start(umask="000")
    wait_for(lambda: any("before-restore" in path.name for path in installation.state.iterdir()), "the end of the restore")
    after = [path for path in installation.directory.rglob("*") if path not in before]
    assert [found for path in after if (found := others_may(path))] == []


CRASHING = """
import os, resource
from triage.cli.program import keep_to_ourselves
keep_to_ourselves()
print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
os.abort()
"""


def test_a_crash_of_the_process_writes_no_core(tmp_path: Path) -> None:
    """Its memory holds passwords and mail."""
    command = ["/bin/sh", "-c", f"ulimit -c $(ulimit -H -c); exec {sys.executable} -c '{CRASHING}'"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == -signal.SIGABRT
    assert "(0, 0)" in done.stdout
    assert list(tmp_path.iterdir()) == []
