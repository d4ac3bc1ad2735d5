"""`python -m tests.security.audit` (`make audit`): what bandit and pip-audit find, without what is argued.

bandit and ruff count alike (B301 is S301), so a finding is argued once, where ruff wants it: on its line, after `noqa`, with a reason. What
ruff does not look for is argued here. pip-audit asks a database on the network about what is installed: it is no part of the tests.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.style.source import ROOT

ARGUED = {
    ("B608", "triage/store/"): "SQL is put together from constants of the module and rows of marks; values are always bound",
    ("B404", "triage/"): "subprocess is imported where a program of the operator's or our own parser is started; never by a shell",
    ("B603", "triage/"): "the same: arguments are a list, and nothing of a mail is among them",
    ("B403", "triage/adapters/pars"): "pickle between the daemon and its own parser processes, over a socket pair",
    ("B406", "triage/adapters/pagers/twilio.py"): "xml.sax.saxutils escapes what is written; no XML is read",
    ("B106", "triage/demo/imap_server.py"): "the demo's mail server has no password of its own",
}
"""Test and beginning of the path."""


@dataclass(frozen=True)
class Finding:
    test: str
    file: str
    lines: tuple[int, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.lines[0]} {self.test} {self.text}"


def findings() -> Iterator[Finding]:
    """Raises FileNotFoundError where there is no bandit."""
    command = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", "triage"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "No module named bandit" in done.stderr:
        raise FileNotFoundError("bandit")
    for found in json.loads(done.stdout)["results"]:
        yield Finding(found["test_id"], found["filename"].removeprefix("./"), tuple(found["line_range"]), found["issue_text"])


def argument(finding: Finding) -> tuple[str, str] | None:
    """The row of ARGUED that speaks for it; ("", "") when its own line does."""
    lines = (ROOT / finding.file).read_text("utf-8").splitlines()
    code = f"S{finding.test[1:]}"
    if any(re.search(rf"# noqa:[^#]*\b{code}\b", lines[number - 1]) for number in finding.lines):
        return "", ""
    return next((row for row in ARGUED if row[0] == finding.test and finding.file.startswith(row[1])), None)


def main() -> int:
    found = list(findings())
    open_ones = [finding for finding in found if argument(finding) is None]
    print(f"bandit: {len(found)} findings, {len(open_ones)} of them neither mended nor argued")
    for finding in open_ones:
        print(f"  {finding}")
    return int(bool(open_ones) | (not packages_are_clean()))


def packages_are_clean() -> bool:
    """Not when the database could not be asked, or knew none of them: silence is no good news."""
    print("pip-audit: asks the database of vulnerabilities on the network ...", flush=True)
    command = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "-f", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"pip-audit: no answer: {done.stderr.strip()[-300:]}")
        return False
    known = [package for package in packages if "skip_reason" not in package]
    hurt = [package for package in known if package["vulns"]]
    print(
        f"pip-audit: {len(known)} packages looked up, {len(packages) - len(known)} not known there, {len(hurt)} with known vulnerabilities"
    )
    for package in hurt:
        print(f"  {package['name']} {package['version']}: {', '.join(each['id'] for each in package['vulns'])}")
    return bool(known) and not hurt


if __name__ == "__main__":
    raise SystemExit(main())
