"""`python -m floods [NAME ...] [--share 0.1] [--parts]`: floods and bombs against `triage run` on a private Dovecot.

For each: the most memory of the whole process tree (PSS, looked at all the time), how long somebody else's urgent mail waited for its
page, and what became of every mail. Exits 1 when a promise is broken. One flood is known to be too much for pages in time: what is late in
it is told, too.
"""

from __future__ import annotations

import os
import platform
import sys

import click

from floods.reckoning import Reckoning
from floods.table import FLOODS, carried_out
from tests.servers.by_hand import end_whole, need_dovecot

_HEAD = f"{'flood':<42}{'mails':>7}{'cases':>7}{'set aside':>11}{'paged after':>13}{'ahead of':>10}{'memory':>9}{'to one':>8}{'took':>8}"


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True, help="So much of each flood.")
@click.option("--parts", is_flag=True, help="Show what each process had when it was most.")
def main(names: tuple[str, ...], share: float, parts: bool) -> None:
    chosen = [flood for flood in FLOODS if not names or any(name in flood.name for name in names)]
    if unknown := [name for name in names if not any(name in flood.name for flood in FLOODS)]:
        known = "\n".join(f"  {flood.name}" for flood in FLOODS)
        raise click.UsageError(f"no flood has {' or '.join(map(repr, unknown))} in its name. There are:\n{known}")
    need_dovecot()
    end_whole()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n\n{_HEAD}")
    faults: list[str] = []
    over: list[str] = []
    for flood in chosen:
        found = carried_out(flood, max(1, round(flood.count * share)))
        print(_line(found), flush=True)
        if parts:
            print("    " + " + ".join(f"{one / 2**20:.0f}" for one in found.parts) + f" MB; {found.told} mails to the team", flush=True)
        faults += [f"{found.name}: {fault}" for fault in found.faults()]
        if late := found.late():
            (over if flood.late else faults).append(f"{found.name}: {late}")
    held = f"Every mail is accounted for, everybody was paged{'' if over else ' in time'}, and there was memory enough."
    print("\n" + "\n".join([*(faults or [held]), *(f"Over the goal, as it is known to be: {one}" for one in over)]))
    sys.exit(1 if faults else 0)


def _line(found: Reckoning) -> str:
    paged = "never" if found.paged_s is None else f"{found.paged_s:.1f} s{', late' if found.late() else ''}"
    memory = f"{found.memory / 2**20:.0f} MB"
    return (
        f"{found.name:<42}{found.mails:>7,}{found.cases:>7,}{found.quarantined:>11}{paged:>13}{found.after_it:>10,}{memory:>9}"
        f"{found.written:>8}{found.took_s:>6.0f} s"
    )


if __name__ == "__main__":
    main()
