"""Loss: the store of a run is thrown away and made again from the mailbox alone; what comes back is compared with what was lost.

Only where nothing failed and nobody took mail away: what the mailbox does not hold cannot come back. Called at the end of such a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sim.chance import DrawnEntropy
from sim.server import DONE, INBOX, SENT, SimMailbox
from sim.time import SimClock
from sim.trace import Violation
from sim.truth import Kind, Letter
from triage.adapters.keys import load_keys
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.by_hand import from_line, is_by_hand, to_line
from triage.core.cases.comparing import Difference, Sketch, differences
from triage.core.settings import Config
from triage.store import journal
from triage.store.backup import open_store_file
from triage.store.database import open_store
from triage.store.folders import Role
from triage.store.fresh import fresh_store
from triage.workers.desk import Desk
from triage.workers.rebuild import Plan, rebuild
from triage.workers.rebuilt_cases import sketches

SHOWN = 8
COPIES = timedelta(minutes=3)
"""So far the times of the two copies of a reply may lie apart, of which the one that was seen first opened the window."""


def check_rebuilt(
    config: Config, mailbox: SimMailbox, rules: RuleFiles, clock: SimClock, seed: int, target: Path, letters: Mapping[str, Letter]
) -> int:
    """How many cases came back as they were: all of them, or Violation."""
    entropy = DrawnEntropy(seed + 2)
    with open_store(config.instance.state_dir) as lost:
        wanted = sketches(lost)
        by_hand = tuple(from_line(to_line(entry)) for entry in journal.each(lost) if is_by_hand(entry))
    plan = Plan({INBOX: Role.INTAKE, SENT: Role.SENT}, (DONE,), by_hand=by_hand)
    with fresh_store(target) as store:
        desk = Desk(config, store, lambda: rules, entropy, load_keys(config.instance.state_dir, entropy))
        rebuild(desk, mailbox, InlineParser(config.limits), plan, clock.now())
    with open_store_file(target) as store:
        rebuilt = sketches(store)
        differ = [one for one in differences(wanted, rebuilt) if not _is_excused(one, letters, wanted, rebuilt)]
    if differ:
        told = "; ".join(f"#{one.number} {one.what}: {one.lost}, rebuilt {one.rebuilt}" for one in differ[:SHOWN])
        raise Violation(f"a rebuilt store differs from the lost one in {len(differ)} things: {told}")
    return len(wanted)


def _is_excused(one: Difference, letters: Mapping[str, Letter], lost: Mapping[int, Sketch], rebuilt: Mapping[int, Sketch]) -> bool:
    """Mail of machines that came before the reply it answers was seen belongs to nothing there, and to a case here."""
    before, after = lost.get(one.number), rebuilt.get(one.number)
    if before is None or after is None:
        return False
    by_machines = all(letters[each].kind is Kind.AUTOMATIC for each in before.members ^ after.members if each in letters)
    if one.what == "messages":
        return by_machines
    if one.what == "tags":
        return by_machines and before.members != after.members and set(before.case.tags) ^ set(after.case.tags) == {"out-of-office"}
    ends = before.case.reply_window_ends_at, after.case.reply_window_ends_at
    return one.what == "reply window" and ends[0] is not None and ends[1] is not None and abs(ends[0] - ends[1]) <= COPIES
