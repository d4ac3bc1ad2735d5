"""`python -m chaos [--short] [--seed N]`: kill -9, bad wires, full disks and wrong clocks for the real service; then the reckoning.

Exits 1 when a promise was broken. docs/chaos.md says what the lines of the table mean.
"""

from __future__ import annotations

import os
import platform
import random
import sys
from datetime import UTC, datetime

import click

from chaos import plan as plans
from chaos.plan import Plan, Trouble
from chaos.reconcile import table
from chaos.run import Result, run
from tests.servers.by_hand import end_whole, need_dovecot


@click.command(help=__doc__)
@click.option("--seed", type=int, help="Settles what is done in which order; another each time when not given.")
@click.option("--short", is_flag=True, help="The run of the tests: a trouble of each kind.")
@click.option("--mails", type=click.IntRange(1, 100_000), help="About so many mails in the intake folder.")
@click.option("--kills", type=click.IntRange(0, 100_000), help="So many lives that end with kill -9 and have no other trouble.")
@click.option("--only", multiple=True, type=click.Choice([one.name.lower() for one in Trouble]), help="Only these troubles.")
def main(seed: int | None, short: bool, mails: int | None, kills: int | None, only: tuple[str, ...]) -> None:
    need_dovecot()
    end_whole()
    seed = random.randrange(10**6) if seed is None else seed
    plan = plans.scaled((plans.short if short else plans.full)(seed), mails, kills, tuple(Trouble[name.upper()] for name in only))
    print(f"seed {seed}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; Python {platform.python_version()}, {os.cpu_count()} cores\n")
    result = run(plan, lambda line: print(line, flush=True))
    report(plan, result)
    sys.exit(1 if result.findings.broken else 0)


def report(plan: Plan, result: Result) -> None:
    print("\nwhat was done")
    for what, count in sorted(result.diary.counts().items(), key=lambda one: -one[1]):
        print(f"  {count:>6}  {what}")
    if result.inflicted:
        print("  on connections: " + ", ".join(f"{count} {fault}" for fault, count in sorted(result.inflicted.items())))
    if result.exit_codes:
        print(f"  exit codes of those that ended by themselves: {', '.join(map(str, result.exit_codes))}")
    for trouble, why in result.diary.skipped.items():
        print(f"  left out: {trouble.value}: {why}")
    for trouble, seconds in result.diary.recovered_s.items():
        restarts = result.diary.restarts[trouble]
        how = f"with {restarts} restarts by systemd" if restarts else "without a restart"
        print(f"  got over {how} within {max(seconds):.0f} s: {trouble.value}")
    print(f"\nwhat came of it\n{table(result.findings)}")
    for line in result.findings.broken:
        print(f"\nBROKEN  {line}")
    if result.findings.broken:
        print(f"\n{result.last_words}")
    print(
        f"\nseed {plan.seed}: {result.starts} starts, {result.took_s:.0f} s; {'BROKEN' if result.findings.broken else 'every promise kept'}"
    )


if __name__ == "__main__":
    main()
