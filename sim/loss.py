"""Loss: the store of a run is thrown away and made again, with the journal export and from the mailbox alone; what comes back is compared
with what was lost.

Only where nothing failed and nobody deleted mail: what the mailbox does not hold cannot come back. Called at the end of such a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sim.chance import DrawnEntropy
from sim.process import RememberingParser
from sim.server import DONE, INBOX, SENT, SimMailbox
from sim.time import START, SimClock
from sim.trace import Violation
from sim.truth import Kind, Letter
from triage.adapters.keys import load_keys
from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.by_hand import HandEntry, from_line, is_by_hand, to_line
from triage.core.cases.case import Case, Status
from triage.core.cases.comparing import Difference, Sketch, differences
from triage.core.cases.events import EventKind
from triage.core.mail.subjects import normalise
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
_DONE_TO = {
    EventKind.SEVERITY_SET: ("severity",),
    EventKind.CLOSED_BY_TEAM: ("status", "reply window"),
    EventKind.OPENED_BY_TEAM: ("status", "reply window"),
    EventKind.NOTED: ("notes",),
}
COPIES = timedelta(minutes=3)
"""So far the times of the two copies of a reply may lie apart, of which the one that was seen first opened the window."""


def check_rebuilt(
    config: Config, mailbox: SimMailbox, rules: RuleFiles, clock: SimClock, seed: int, target: Path, letters: Mapping[str, Letter]
) -> int:
    """How many cases came back as they were: all of them, from the mailbox alone, and with the journal export where people did anything by
    hand; or Violation. Of no case at all that cannot be said."""
    with open_store(config.instance.state_dir) as lost:
        wanted = sketches(lost)
        entries = list(journal.each(lost))
    if not wanted:
        raise Violation("a store without a case was lost: there is nothing to compare")
    by_hand = tuple(from_line(to_line(entry)) for entry in entries if is_by_hand(entry))
    # A case that the team has begun has no receipt: where it is the first one somebody has to say from when on the mailbox was watched.
    since = START if entries and entries[0].event == EventKind.TEAM_REPLIED.value else None
    ways = ("with the journal export", by_hand, ()), ("from the mailbox alone", (), by_hand)
    parser = RememberingParser(config.limits)
    for how, known, untold in ways if by_hand else ways[1:]:
        plan = Plan({INBOX: Role.INTAKE, SENT: Role.SENT}, (DONE,), by_hand=known, since=since)
        entropy = DrawnEntropy(seed + 2)
        with fresh_store(target) as store:
            desk = Desk(config, store, lambda: rules, entropy, load_keys(config.instance.state_dir, entropy))
            made = rebuild(desk, mailbox, parser, plan, clock.now())
        with open_store_file(target) as store:
            rebuilt = sketches(store)
        target.unlink()
        excuses = Excuses(letters, wanted, rebuilt, made.last_sign_of_life, _untold(untold))
        differ = [one for one in differences(wanted, rebuilt) if not excuses.hold_for(one)]
        if differ:
            told = "; ".join(f"#{one.number} {one.what}: {one.lost}, rebuilt {one.rebuilt}" for one in differ[:SHOWN])
            raise Violation(f"a store that was rebuilt {how} differs from the lost one in {len(differ)} things: {told}")
    return len(wanted)


def _untold(entries: Iterable[HandEntry]) -> frozenset[tuple[int, str]]:
    """(case, what of it): what people did at the command line, which no mail tells."""
    return frozenset((one.case_number, what) for one in entries for what in _DONE_TO.get(one.event, ()))


@dataclass(frozen=True, slots=True)
class Excuses:
    """What no mailbox can tell. `last_mail`: of the program, before its store was lost. `untold`: what only the journal export knows."""

    letters: Mapping[str, Letter]
    lost: Mapping[int, Sketch]
    rebuilt: Mapping[int, Sketch]
    last_mail: datetime | None
    untold: frozenset[tuple[int, str]]

    def hold_for(self, one: Difference) -> bool:
        before, after = self.lost.get(one.number), self.rebuilt.get(one.number)
        if before is None or after is None:
            return False
        if (one.number, one.what) in self.untold:
            return True
        if one.what == "messages":
            return self._by_machines(before, after)
        if one.what == "tags":
            changed = set(before.case.tags) ^ set(after.case.tags)
            return changed == {"out-of-office"} and before.members != after.members and self._by_machines(before, after)
        if one.what == "subject":  # which of two mails was seen first nobody knows: the second gave the case its subject
            return normalise(before.case.subject) == normalise(after.case.subject)
        if one.what == "reply window" and _same_window(before.case, after.case):
            return True
        return one.what in {"status", "reply window"} and self._left_to_the_daemon(before.case, after.case)

    def _by_machines(self, before: Sketch, after: Sketch) -> bool:
        """What came before the reply it answers was seen belongs to nothing there, and to a case here."""
        return all(self.letters[each].kind is Kind.AUTOMATIC for each in before.members ^ after.members if each in self.letters)

    def _left_to_the_daemon(self, before: Case, after: Case) -> bool:
        """It closed the case in silence (no notice is over its budget) after its last mail: nobody knows that it was alive then."""
        ends, closed = after.reply_window_ends_at, before.closed_at
        unheard = closed is not None and (self.last_mail is None or closed > self.last_mail)
        return unheard and after.status is Status.PENDING and ends is not None and closed is not None and ends <= closed


def _same_window(before: Case, after: Case) -> bool:
    """Of two copies of a reply the one that was seen first opened it."""
    ends = before.reply_window_ends_at, after.reply_window_ends_at
    return ends[0] is not None and ends[1] is not None and abs(ends[0] - ends[1]) <= COPIES
