"""`python -m tests.docs.transcript` (`make transcript`): runs the demo and puts what it says into README.md. Exit 1 when the demo fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.style.source import ROOT

PLACE = re.compile(r"(<!-- transcript: make transcript -->\n```text\n)(.*?)(```\n<!-- end: transcript -->)", re.DOTALL)
COLUMNS = "80"


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
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    said = "\n".join(line.rstrip() for line in run.stdout.strip().splitlines())
    new, places = PLACE.subn(lambda found: f"{found[1]}{said}\n{found[3]}", text)
    if places != 1:
        print("README.md has no place for the transcript", file=sys.stderr)
        return 1
    readme.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
