"""`python -m bench.backtest [--count N]`: `triage rules backtest` over N generated mails of 80 days, against a plain loop that reads them.

Both read the same mbox, taking turns in one run. Absolute figures belong to this machine in this minute; the ratio is what can be compared.
"""

from __future__ import annotations

import mailbox
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from statistics import median

import click

from bench.mails import mailbox as generated
from tests.servers.by_hand import end_whole
from triage.shipped import rules_dir

ROUNDS = 3
HISTORY = timedelta(days=80)
PROPOSED = """
[[rule]]
name = "quotes"
when = { event = "new", automatic = false, severity = 3, subject.contains = "question about quotes" }
then = { severity = 2, tags = "quotes" }
"""


@click.command(help=__doc__)
@click.option("--count", type=click.IntRange(min=1), default=10_000, show_default=True, help="Mails in the mbox.")
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Keep the mbox there, to try rules on it by hand.",
)
def main(count: int, keep: Path | None) -> None:
    end_whole()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        mails = directory / "generated.mbox"
        _write(mails, count)
        shutil.copytree(rules_dir(), directory / "proposed")
        (directory / "proposed" / "60-bench.toml").write_text(PROPOSED)
        runs: dict[str, Callable[[], None]] = {"plain loop": lambda: _read(mails), "backtest": lambda: _backtest(directory)}
        taken: dict[str, list[float]] = {run: [] for run in runs}
        for _ in range(ROUNDS):
            for run, go in runs.items():
                begun = time.perf_counter()
                go()
                taken[run].append(time.perf_counter() - begun)
        if keep is not None:
            shutil.copy(mails, keep)
    print(f"{count:,} mails, medians of {ROUNDS}")
    for run, seconds in taken.items():
        print(f"{run:<12}{median(seconds):>8.1f} s   (from {min(seconds):.1f} to {max(seconds):.1f})")
    ratio = median(taken["backtest"]) / median(taken["plain loop"])
    print(f"\nThe backtest takes {ratio:.1f}x as long as reading the mails in a plain loop.")


def _write(path: Path, count: int) -> None:
    """Ending now, so that the default of --since takes all of it."""
    box = mailbox.mbox(path)
    box.lock()
    for raw, _ in generated(count, datetime.now(UTC) - HISTORY, HISTORY / count):
        box.add(raw)
    box.close()


def _read(mails: Path) -> None:
    box = mailbox.mbox(mails, create=False)
    for key in box.keys():  # noqa: SIM118 (a mailbox is no dictionary)
        body = message_from_bytes(box.get_bytes(key), policy=policy.default).get_body(("plain", "html"))
        if body is not None:
            body.get_content()


def _backtest(directory: Path) -> None:
    command = [sys.executable, "-m", "triage", "rules", "backtest", "--rules", "proposed", "--mails", "generated.mbox"]
    done = subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(done.stderr)


if __name__ == "__main__":
    main()
