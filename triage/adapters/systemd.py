"""What systemd knows: whether it runs here, how a unit stands, whether the clock is kept. Asks, and changes nothing.

Called by `triage doctor`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

RUNNING = Path("/run/systemd/system")
"""Is there exactly where systemd is the first process (sd_booted(3))."""
PATIENCE_S = 10.0


def runs_here() -> bool:
    return RUNNING.is_dir()


def unit_properties(unit: str, *names: str) -> Mapping[str, str]:
    """`systemctl show`; nothing where it cannot be asked."""
    return _read(["systemctl", "show", unit, *(f"--property={name}" for name in names)])


def clock_is_kept() -> bool | None:
    """Whether a time service keeps the clock; None where nobody knows."""
    return {"yes": True, "no": False}.get(_read(["timedatectl", "show", "--property=NTPSynchronized"]).get("NTPSynchronized", ""))


def _read(command: list[str]) -> Mapping[str, str]:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment, check=False)
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
