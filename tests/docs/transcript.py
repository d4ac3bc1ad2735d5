"""`python -m tests.docs.transcript` (`make transcript`): runs the demo and writes down what it says. Exit 1 when the demo fails.

docs/demo.md gets all of it, README.md the first and the last day.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.style.source import ROOT

PLACE = re.compile(r"(<!-- transcript: make transcript -->\n```text\n)(.*?)(```\n<!-- end: transcript -->)", re.DOTALL)
COLUMNS = "80"
LEFT_OUT = "[ ... the days between are in docs/demo.md: a forged mail, an emergency at night ... ]"
_DAY = re.compile(r"([A-Z][a-z]{2}) \d\d:\d\d ")


def main() -> int:
    run = subprocess.run(
        [sys.executable, "-m", "triage", "demo"],
        env={**os.environ, "COLUMNS": COLUMNS, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if run.returncode != 0:
        print(run.stdout, run.stderr, file=sys.stderr)
        return 1
    said = "\n".join(line.rstrip() for line in run.stdout.strip().splitlines())
    write(ROOT / "docs" / "demo.md", said)
    write(ROOT / "README.md", excerpt(said))
    return 0


def write(path: Path, transcript: str) -> None:
    text, places = PLACE.subn(lambda found: f"{found[1]}{transcript}\n{found[3]}", path.read_text("utf-8"))
    assert places == 1, f"{path.name} has no place for the transcript"
    path.write_text(text, "utf-8")


def excerpt(transcript: str) -> str:
    """The first and the last day of the story, and what is said around it."""
    paragraphs = transcript.split("\n\n")
    days = [found[1] if (found := _DAY.match(paragraph)) else "" for paragraph in paragraphs]
    told = [day for day in days if day]
    kept: list[str] = []
    for day, paragraph in zip(days, paragraphs, strict=True):
        if day in {"", told[0], told[-1]}:
            kept.append(paragraph)
        elif kept[-1] != LEFT_OUT:
            kept.append(LEFT_OUT)
    return "\n\n".join(kept)


if __name__ == "__main__":
    sys.exit(main())
