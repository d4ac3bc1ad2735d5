"""`triage run` as a process of its own, started as systemd does it: until the daemon says that it is ready."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

READY_WITHIN_S = 120.0


def started(config: Path, *, ready: bool = True) -> subprocess.Popen[bytes]:
    """What it says goes to `log` beside the configuration. Not waited for unless `ready`. RuntimeError when it is not ready in time."""
    log, address = config.parent / "log", config.parent / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, log.open("ab") as output:
        listener.bind(str(address))
        listener.settimeout(READY_WITHIN_S)
        environment = os.environ | ({"NOTIFY_SOCKET": str(address)} if ready else {})
        command = [sys.executable, "-m", "triage", "run", "--config", str(config)]
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            while ready and b"READY=1" not in listener.recv(4096).splitlines():
                pass
        except BaseException as error:
            process.kill()
            process.wait()
            if isinstance(error, TimeoutError):
                raise RuntimeError(f"triage run was not ready within {READY_WITHIN_S:g} s\n{last_words(log)}") from None
            raise
    return process


def last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]
