"""`python -m sim`: runs simulations and says which promise was not kept.

One seed, several, or seed after seed until it is stopped (`--forever`); with a known bug planted (`--plant`), or all of them in turn
(`--mutations`). Exit status 1 when a promise was not kept, or when a planted bug was not found.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from sim.mutations import MUTATIONS, Mutation
from sim.report import Report, run
from sim.run import Wanted
from tests.servers.by_hand import end_whole

MOST_SEEDS = 200
"""Within so many seeds a planted bug must be found."""
TELL_EVERY_S = 60.0
MOST_DAYS = 3_650


def main() -> int:
    given = _arguments()
    end_whole()
    try:
        if given.mutations:
            return _mutations(given)
        if given.runs == 1 and not given.forever:
            return _one(given)
        return _many(given)
    except KeyboardInterrupt:
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sim", description="The whole program in a simulated world. See docs/simulation.md.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--days", type=_days, default=5.0, help="simulated days of each run")
    parser.add_argument("--runs", type=_number, default=1, help="so many seeds, one after another")
    parser.add_argument("--forever", action="store_true", help="seed after seed, until stopped")
    parser.add_argument("--jobs", type=_number, default=1, help="processes side by side")
    parser.add_argument("--until", type=_number, default=0, metavar="STEP", help="end at this step; of one seed")
    parser.add_argument("--trace", action="store_true", help="tell everything that happens; of one seed")
    parser.add_argument("--quiet", action="store_true", help="nothing fails; people alone")
    parser.add_argument("--lose", action="store_true", help="nothing fails; at the end the store is lost, rebuilt and compared")
    parser.add_argument("--plant", default="", choices=["", *(one.name for one in MUTATIONS)], help="run with a known bug")
    parser.add_argument("--mutations", action="store_true", help="plant every known bug in turn, and find it")
    given = parser.parse_args()
    if (given.trace or given.until) and (given.runs > 1 or given.forever or given.mutations):
        parser.error("--trace and --until are for one seed")
    return given


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be a number, at least 1")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 0 < days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be a number above 0, at most {MOST_DAYS}")
    return days


def _one(given: argparse.Namespace) -> int:
    report = run(Wanted(given.seed, given.days, given.until, given.quiet, given.lose), given.plant, print if given.trace else None)
    print("\n".join(report.lines()[-2:] if given.trace and report.problem else report.lines()))
    for kind, count in sorted(report.counts.items()):
        print(f"{count:8d}  {kind}")
    return 1 if report.problem else 0


def _many(given: argparse.Namespace) -> int:
    seeds = itertools.count(given.seed) if given.forever else range(given.seed, given.seed + given.runs)
    counts: Counter[str] = Counter()
    began, told, done, broken = time.monotonic(), time.monotonic(), 0, 0
    try:
        for report in _reports((Wanted(seed, given.days, 0, given.quiet, given.lose) for seed in seeds), given.plant, given.jobs):
            done, counts = done + 1, counts + report.counts
            if report.problem or not given.forever:
                print("\n".join(report.lines()), flush=True)
            broken += bool(report.problem)
            if given.forever and time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                print(_sum(done, broken, given.days, told - began), flush=True)
    except KeyboardInterrupt:
        print()
    print(_sum(done, broken, given.days, time.monotonic() - began))
    for kind, count in sorted(counts.items()):
        print(f"{count:8d}  {kind}")
    return 1 if broken else 0


def _sum(done: int, broken: int, days: float, seconds: float) -> str:
    years = done * days / 365.0
    return f"{done} seeds, {done / seconds * 60:.1f} a minute, {years:.2f} simulated years, {broken} with a promise not kept"


def _reports(every: Iterable[Wanted], mutation: str, jobs: int) -> Iterator[Report]:
    if jobs <= 1:
        yield from (run(wanted, mutation) for wanted in every)
        return
    left = iter(every)
    with ProcessPoolExecutor(jobs) as pool:
        going: set[Future[Report]] = {pool.submit(run, wanted, mutation) for wanted in itertools.islice(left, jobs)}
        while going:
            ended, going = wait(going, return_when=FIRST_COMPLETED)
            going |= {pool.submit(run, wanted, mutation) for wanted in itertools.islice(left, len(ended))}
            yield from (one.result() for one in ended)


def _mutations(given: argparse.Namespace) -> int:
    missed = 0
    for mutation in MUTATIONS:
        found = next((one for one in _reports(_wanted(given, mutation), mutation.name, given.jobs) if mutation.says in one.problem), None)
        missed += found is None
        where = (
            f"seed {found.wanted.seed}, step {found.steps}: {found.problem}" if found is not None else f"not found in {MOST_SEEDS} seeds"
        )
        print(f"{mutation.name:12}  {where}", flush=True)
    return 1 if missed else 0


def _wanted(given: argparse.Namespace, mutation: Mutation) -> Iterator[Wanted]:
    return (Wanted(seed, given.days, lose=mutation.lose) for seed in range(1, MOST_SEEDS + 1))


if __name__ == "__main__":
    sys.exit(main())
