"""command: exit status is the outcome, the time limit is kept, nothing is left running, no shell."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from pathlib import Path

import pytest

from tests.adapters.pagers.scene import PAGE, contact
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome, SendResult


def program(folder: Path, body: str) -> str:
    path = folder / "pager"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def run(folder: Path, body: str, *arguments: str, timeout_s: float = 5) -> SendResult:
    pager = contact("command", command=[program(folder, body), *arguments], timeout_s=timeout_s)
    return asyncio.run(asyncio.wait_for(pager.deliver("page/7", PAGE), 10))


@pytest.mark.parametrize(
    ("body", "outcome", "detail"),
    [
        ("exit 0", SendOutcome.ACCEPTED, "exit 0"),
        ("exit 75", SendOutcome.TEMPORARY, "exit 75"),
        ("exit 1", SendOutcome.PERMANENT, "exit 1"),
        ("exit 127", SendOutcome.PERMANENT, "exit 127"),
        ("kill -9 $$", SendOutcome.TEMPORARY, "ended by SIGKILL"),
        ("echo called Ana; echo twice >&2", SendOutcome.ACCEPTED, "exit 0: called Ana twice"),
        ("exec <&-; exit 0", SendOutcome.ACCEPTED, "exit 0"),
    ],
)
def test_exit_status_is_the_outcome(tmp_path: Path, body: str, outcome: SendOutcome, detail: str) -> None:
    assert run(tmp_path, body) == SendResult(outcome, detail)


def test_the_page_comes_on_standard_input(tmp_path: Path) -> None:
    run(tmp_path, f"cat > {tmp_path}/got")
    got = json.loads((tmp_path / "got").read_text())
    assert (got["key"], got["case"], got["summary"]) == ("page/7", 1042, PAGE["summary"])


def test_arguments_are_given_as_written_and_no_shell_reads_them(tmp_path: Path) -> None:
    assert run(tmp_path, 'printf "%s|" "$@"', "a b", "$(id)", "; rm x").detail == "exit 0: a b|$(id)|; rm x|"


def test_it_does_not_see_the_service_s_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/triage")
    assert run(tmp_path, "echo [$CREDENTIALS_DIRECTORY]").detail == "exit 0: []"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return (Path("/proc") / str(pid) / "stat").read_text().split()[2] == "Z"


def wait_until_gone(pid_file: Path) -> bool:
    pid = int(pid_file.read_text())
    deadline = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return gone(pid)


def test_at_the_limit_it_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    result = run(tmp_path, f"trap '' TERM; sleep 300 & echo $! > {tmp_path}/child; echo before; wait", timeout_s=1)
    assert time.monotonic() - started < 20
    assert (result.outcome, result.detail) == (SendOutcome.UNKNOWN, "killed after 1 s: before")
    assert wait_until_gone(tmp_path / "child")


def test_what_it_leaves_behind_does_not_change_its_exit_status(tmp_path: Path) -> None:
    result = run(tmp_path, f"sleep 300 & echo $! > {tmp_path}/child; exit 75", timeout_s=1)
    assert result.outcome is SendOutcome.TEMPORARY
    assert wait_until_gone(tmp_path / "child")


def test_endless_output_is_dropped(tmp_path: Path) -> None:
    result = run(tmp_path, "head -c 20000000 /dev/zero | tr '\\0' x; exit 0")
    assert result.outcome is SendOutcome.ACCEPTED
    assert len(result.detail) < 300


def test_a_program_that_vanished_or_may_not_run_is_permanent(tmp_path: Path) -> None:
    path = Path(program(tmp_path, "exit 0"))
    pager = contact("command", command=str(path))
    path.unlink()
    assert asyncio.run(pager.deliver("k", PAGE)).outcome is SendOutcome.PERMANENT
    path.write_text("#!/bin/sh\n")
    result = asyncio.run(pager.deliver("k", PAGE))
    assert (result.outcome, "cannot be started" in result.detail) == (SendOutcome.PERMANENT, True)


def test_a_program_that_is_not_there_is_told_when_the_contact_is_made(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="not a program"):
        contact("command", command=str(tmp_path / "none"))
