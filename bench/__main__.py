"""`python -m bench [--quick] [--count N]`: intake of N mails, the whole job, against a plain loop, taking turns in one run.

Absolute figures belong to this machine in this minute; the ratio is what can be compared. Medians of three.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median

import click

from bench import plain, whole
from bench.mails import mailbox

ROUNDS = 3
Run = Callable[[list[tuple[bytes, datetime]], Path], int]


@click.command(help=__doc__)
@click.option("--count", default=5000, show_default=True, help="Mails in the mailbox.")
@click.option("--quick", is_flag=True, help="600 mails, in a few seconds: to see that it works.")
def main(count: int, quick: bool) -> None:
    mails = mailbox(600 if quick else count)
    size = sum(len(raw) for raw, _ in mails) / len(mails) / 1024
    print(f"{len(mails)} mails of {size:.1f} KB; Python {platform.python_version()}, {os.cpu_count()} cores; medians of {ROUNDS}\n")
    rates: dict[str, list[float]] = {"plain loop": [], "triage": []}
    found: dict[str, int] = {}
    for _ in range(ROUNDS):
        for name, run in (("plain loop", plain.run), ("triage", whole.run)):
            rate, found[name] = _timed(run, mails)
            rates[name].append(rate)
    for name, measured in rates.items():
        print(f"{name:<12}{median(measured):>8.0f} mails/s   (from {min(measured):.0f} to {max(measured):.0f}; {found[name]} cases)")
    print(f"\ntriage does the whole job at {median(rates['triage']) / median(rates['plain loop']):.2f}x the rate of the plain loop.")


def _timed(run: Run, mails: list[tuple[bytes, datetime]]) -> tuple[float, int]:
    """Mails per second, and the cases there are afterwards; the time includes starting parser processes and making the store."""
    with tempfile.TemporaryDirectory() as directory:
        begun = time.perf_counter()
        found = run(mails, Path(directory))
        return len(mails) / (time.perf_counter() - begun), found


main()
