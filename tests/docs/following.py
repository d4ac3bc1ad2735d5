"""Following a chapter: each of its commands, in order, in the world's directory; what it printed and how it ended.

`triage` runs in this process, at the world's time; everything else, and what needs a shell (a pipe, `&&`), in a real one.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from tests.docs.world import World
from triage.adapters.clock import SystemEntropy
from triage.cli.program import program
from triage.cli.session import Session

HARMLESS = frozenset({"triage", "cat", "cp", "ls", "mkdir", "mv", "python3"})
"""With what a line may begin that is typed here: a page that says `rm` or `apt-get` must not meet this machine by accident."""
TYPED = "correct horse battery\n" * 2
"""Whatever is asked for: a password, twice."""
_SHELL = re.compile(r"[|&;`]|\$\(|<<")
_ELSEWHERE = re.compile(r"/opt/triage/bin/|(?<![\w./])(/etc/triage[-/]|/var/lib/triage\b|/(mnt|srv|tmp|var)/|~/)|\bmx\.wise\.com:25\b")
_PLACES = {"/etc/triage/": "", "/etc/triage-": "triage-", "/var/lib/triage": "state", "~/": "home/"}
"""Of a real installation, as they are below the world's directory; other places keep their names there."""


@dataclass(frozen=True)
class Ended:
    code: int
    printed: str
    told: str
    """On standard error."""


def here(line: str, world: World) -> str:
    """The places and servers of a real installation are the world's."""

    def there(found: re.Match[str]) -> str:
        place = found[0]
        if place.endswith(":25"):
            return world.smtp
        if place.startswith("/opt/"):
            return ""
        return f"{world.directory}/{_PLACES.get(place, place.strip('/~') + '/')}"

    return _ELSEWHERE.sub(there, line)


def follow(typed: str, world: World) -> Ended:
    """The caller has made the world's directory the working directory."""
    assert shlex.split(typed, comments=True)[0] in HARMLESS, f"not to be typed in a test: {typed}; CANNOT_RUN is for it"
    line = here(typed, world)
    if not line.startswith("triage ") or _SHELL.search(line):
        return _in_a_shell(line, world)
    words = shlex.split(line, comments=True)
    words, target = _redirected(words, ">")
    words, source = _redirected(words, "<")
    environment = {"TRIAGE_CONFIG": None, "COLUMNS": "80", "USER": "ana", "LOGNAME": "ana", "HOME": str(world.directory / "home")}
    session = Session(world.office.clock, SystemEntropy())
    answers = Path(source).read_text() if source else TYPED
    result = CliRunner(env=environment).invoke(program, words[1:], obj=session, prog_name="triage", input=answers)
    if target:
        Path(target).write_text(result.stdout)
    return Ended(result.exit_code, result.stdout, result.stderr)


def _redirected(words: list[str], sign: str) -> tuple[list[str], str]:
    if sign not in words:
        return words, ""
    at = words.index(sign)
    return [*words[:at], *words[at + 2 :]], words[at + 1]


def _in_a_shell(line: str, world: World) -> Ended:
    environment = {name: value for name, value in os.environ.items() if name != "TRIAGE_CONFIG"}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "HOME": str(world.directory / "home"), "COLUMNS": "80"}
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", line], env=environment, input=TYPED, capture_output=True, text=True, timeout=60)
    return Ended(run.returncode, run.stdout, run.stderr)
