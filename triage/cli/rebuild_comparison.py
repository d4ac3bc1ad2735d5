"""What `triage rebuild --compare` says: the cases that would not come back as they were, by what differs, fit to be read in ten seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage.cli.output import console, say, table
from triage.core.cases.by_hand import is_by_hand
from triage.core.cases.comparing import Difference, Sketch, differences, grouped
from triage.core.wording.plain import counted, plain
from triage.store import journal
from triage.store.backup import open_store_file
from triage.store.database import Store
from triage.workers.rebuilt_cases import sketches

_SHOWN = 3
_WIDTH = 40
_NEVER = "No rebuild brings back who took which page, and what became of each delivery."


@dataclass(frozen=True, slots=True)
class Lost:
    """What was in the old store. `by_hand`: how many things people did at the command line and on the board."""

    path: Path
    cases: dict[int, Sketch]
    by_hand: int


def read_lost(path: Path) -> Lost:
    with open_store_file(path) as store:
        return Lost(path, sketches(store), sum(map(is_by_hand, journal.each(store))))


def compare(lost: Lost, rebuilt: Store) -> list[Difference]:
    return differences(lost.cases, sketches(rebuilt))


def tell_differences(differ: list[Difference], lost: Lost, *, with_journal: bool) -> None:
    if not differ:
        say(f"all {counted(len(lost.cases), 'case')} of the old store came back as they were")
    else:
        cases = len({one.number for one in differ})
        say(f"compared with {lost.path}, {counted(len(lost.cases), 'case')}: {cases:,} would not come back as they were")
        made = table("WHAT", "CASES", "OLD STORE > HERE", wrap=["OLD STORE > HERE"], right=["CASES"])
        for what, group in grouped(differ):
            made.add_row(what, f"{len(group):,}", _some(group))
        console().print(made)
        if lost.by_hand and not with_journal:
            acts = counted(lost.by_hand, "thing")
            say(f"{acts} in the old store were done by hand: `triage journal export FILE`, and --journal FILE here, bring them back")
    say(_NEVER)


def _some(group: list[Difference]) -> str:
    shown = [f"#{one.number} {_short(one.lost)} > {_short(one.rebuilt)}" for one in group[:_SHOWN]]
    more = [f"and {len(group) - _SHOWN:,} more: --json has them all"] if len(group) > _SHOWN else []
    return "\n".join([*shown, *more])


def _short(value: str) -> str:
    text = plain(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
