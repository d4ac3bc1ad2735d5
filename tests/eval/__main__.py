"""`python -m tests.eval [-v] [DIRECTORY]`: a table of precision and recall per fact kind; exit 1 when one is below 0.95."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.eval.corpus import CORPUS, samples
from tests.eval.score import score

FLOOR = 0.95


@click.command(help=__doc__)
@click.option("-v", "--verbose", is_flag=True, help="Show each fact that is extra or lost.")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path), default=CORPUS)
def main(verbose: bool, directory: Path) -> None:
    try:
        mails = samples(directory)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if not mails:
        raise click.ClickException(f"there is no mail (*.txt) in {directory}")
    print(f"{len(mails)} mails\n\n{'fact':<18}{'right':>7}{'extra':>7}{'lost':>7}{'precision':>11}{'recall':>9}")
    low = False
    for name, result in score(mails).items():
        low |= min(result.precision, result.recall) < FLOOR
        counts = f"{result.right:>7}{len(result.superfluous):>7}{len(result.overlooked):>7}"
        row = f"{name:<18}{counts}{result.precision:>11.3f}{result.recall:>9.3f}"
        print(row + ("" if min(result.precision, result.recall) >= FLOOR else "  below 0.95"))
        if verbose:
            for line in result.superfluous:
                print(f"    extra {line}")
            for line in result.overlooked:
                print(f"    lost  {line}")
    sys.exit(int(low))


if __name__ == "__main__":
    main()
