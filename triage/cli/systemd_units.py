"""The systemd units of an installation, from the templates in units/: what stands where, and what the service is given.

Decides which user runs it, which directory it may write to and which credentials it gets. Reads its own templates only, and writes nothing.
Called by `triage install`, by `triage doctor`, and by the test that compares the documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triage.core.failures import PermanentFailure

TEMPLATES = Path(__file__).parent / "units"
SERVICE = "triage.service"
UNITS = (SERVICE, "triage-down.service", "triage-backup.service", "triage-backup.timer", "triage-report.service", "triage-report.timer")
DOWN = "down"
"""The credential of triage-down.service: what curl is told."""
STATES = Path("/var/lib")
DYNAMIC = "triage"
"""The name of the user that systemd makes up; a user of that name who exists is taken instead."""

_PLAIN = re.compile(r"/[A-Za-z0-9_./+,:~-]*")
_UNSEEN = tuple(Path(each) for each in ("/home", "/root", "/run/user", "/tmp", "/var/tmp"))  # noqa: S108 (what the service is not shown)


@dataclass(frozen=True, slots=True)
class Installation:
    """All paths are absolute. `user` is empty for one that systemd makes up (DynamicUser=)."""

    program: Path
    config: Path
    state_dir: Path
    user: str = ""
    credentials: tuple[str, ...] = ()
    reads: tuple[Path, ...] = ()
    """What it reads besides, and no unit names: Python, this package, the rules."""

    @property
    def credentials_dir(self) -> Path:
        """Where each credential is a file of that name, readable by root alone: systemd hands them to the service."""
        return self.config.parent / "credentials"


def units(place: Installation) -> dict[str, str]:
    """File name to text. Raises PermanentFailure for what a unit cannot say."""
    for path in (place.program, place.config, place.state_dir):
        if not _PLAIN.fullmatch(str(path)):
            raise PermanentFailure(f"a unit cannot name the path {path}", hint="letters, digits and _./+,:~- only")
    values = {
        "program": str(place.program),
        "config": str(place.config),
        "state_dir": str(place.state_dir),
        "credentials_dir": str(place.credentials_dir),
        "user": "\n".join([*(() if place.user else ("DynamicUser=yes",)), f"User={place.user or DYNAMIC}"]),
        "state": "\n".join(_state(place)),
        "credentials": "\n".join(f"LoadCredential={name}:{place.credentials_dir / name}" for name in place.credentials),
        "hardening": (TEMPLATES / "hardening.conf").read_text("utf-8").rstrip("\n"),
    }
    return {name: _filled((TEMPLATES / name).read_text("utf-8"), values) for name in UNITS}


def unseen(place: Installation) -> Iterator[Path]:
    """What the service needs and would not see, because of ProtectHome= and PrivateTmp=."""
    named = (place.program, place.config, place.state_dir, *place.reads)
    for path in dict.fromkeys(each for name in named for each in (name, name.resolve())):
        if any(path.is_relative_to(hidden) for hidden in _UNSEEN):
            yield path


def _state(place: Installation) -> Iterator[str]:
    if place.state_dir.is_relative_to(STATES) and place.state_dir != STATES:
        yield f"StateDirectory={place.state_dir.relative_to(STATES)}"
        yield "StateDirectoryMode=0700"
    elif place.user:
        yield f"ReadWritePaths={place.state_dir}"
    else:
        hint = f'[instance] state_dir = "{STATES}/triage" in config.toml, or run it as a user of yours: --user NAME'
        raise PermanentFailure(f"a user that systemd makes up can keep nothing in {place.state_dir}", hint=hint)


def _filled(template: str, values: dict[str, str]) -> str:
    lines: list[str] = []
    for line in template.splitlines():
        text = re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], line)
        if text or not line:  # a list without members takes no line
            lines.append(text)
    return "\n".join(lines) + "\n"
