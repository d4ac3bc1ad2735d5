"""The long fuzz run: `python -m tests.fuzz [--count N] [--seed N]`. Exit status 1 and the input's path when a claim does not hold."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from random import Random

import click
from hypothesis import HealthCheck, given, settings

from tests.fuzz.bombs import BOMBS
from tests.fuzz.claims import check
from tests.fuzz.mails import mails
from tests.fuzz.mutations import mutate, samples


@click.command(help=__doc__)
@click.option(
    "--count", type=click.IntRange(min=1), default=20_000, show_default=True, help="Mutated mails; a fifth as many are built on top."
)
@click.option("--seed", type=int, help="Repeats a run; another one each time by default.")
def main(count: int, seed: int | None) -> None:
    seed = int(time.time()) if seed is None else seed
    click.echo(f"seed {seed}")
    sys.exit(_bombs() or _mutations(count, seed) or _built(max(1, count // 5)))


def _bombs() -> int:
    for name, bomb in BOMBS.items():
        if _fails(bomb(), name):
            return 1
    click.echo(f"{len(BOMBS)} bombs: all claims hold")
    return 0


def _mutations(count: int, seed: int) -> int:
    random, mails_ = Random(seed), samples()
    for number in range(count):
        if _fails(mutate(mails_, random), f"mutation {number} of seed {seed}"):
            return 1
    click.echo(f"{count} mutated mails: all claims hold")
    return 0


def _built(count: int) -> int:
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mails())
    def run(raw: bytes) -> None:
        check(raw)

    run()
    click.echo(f"{count} built mails: all claims hold")
    return 0


def _fails(raw: bytes, name: str) -> bool:
    try:
        check(raw)
    except Exception as error:  # noqa: BLE001 - a fuzz run reports whatever happened, with the input
        path = Path(tempfile.mkdtemp(prefix="fuzz-")) / "input.eml"
        path.write_bytes(raw)
        click.echo(f"{name}: {type(error).__name__}: {error}\n  input kept in {path}", err=True)
        return True
    return False


if __name__ == "__main__":
    main()
