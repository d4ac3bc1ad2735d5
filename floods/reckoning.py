"""What became of a flood: read from the ledger and from what went out, by means of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes

from floods.bed import PAGED, Bed
from floods.mails import URGENT_ID
from tests.scenarios.office import TEAM
from tests.servers.waiting import comes_true
from triage.core.settings import Limits
from triage.store.times import to_datetime

MOST_MEMORY = 300 * 1024 * 1024
PAGED_WITHIN_S = 5.0
BUDGET = Limits().notices_per_address
QUIET_S = 5.0


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`paged_s`: from the delivery of somebody else's urgent mail to the page at the sink, None when there was none."""

    name: str
    mails: int
    unaccounted: int
    cases: int
    quarantined: int
    paged_s: float | None
    after_it: int
    """Mails of the flood that were decided after somebody else's urgent one."""
    memory: int
    parts: tuple[int, ...]
    took_s: float
    told: int
    """Mails to the team."""
    written: int
    """The most mails to one address among the authors of the flood."""
    alive: bool

    def late(self) -> str:
        """How late the page was; "" when it was in time, or did not come at all."""
        if self.paged_s is None or self.paged_s <= PAGED_WITHIN_S:
            return ""
        return f"somebody else's urgent mail was paged after {self.paged_s:.1f} s"

    def faults(self) -> list[str]:
        """A late page is not among them: not every flood promises one in time."""
        found = []
        if not self.alive:
            found.append("the daemon died")
        if self.unaccounted:
            found.append(f"{self.unaccounted} mails have no outcome, or neither a case nor a place in the quarantine")
        if self.paged_s is None:
            found.append("somebody else's urgent mail was not paged")
        if self.memory > MOST_MEMORY:
            found.append(f"{self.memory / 2**20:.0f} MB of memory")
        if self.written > BUDGET:
            found.append(f"{self.written} mails to one address")
        if self.written == BUDGET and not self.told:
            found.append("the budget was used up, and nobody was told")
        return found


def paged_at(bed: Bed, name: str, *, storm: bool = False) -> float | None:
    """When the partner's case was on a page and somebody was called for that page, by a mail that names the partner; with `storm` by any,
    as a storm of many partners need not name each. In the sink's own time."""
    calls = [(at, mail.raw) for at, mail in list(bed.sent_at) if PAGED in mail.recipients and (storm or name.encode() in mail.raw)]
    rows = bed.asked(
        "SELECT page_id, added_at FROM ledger JOIN page_cases ON page_cases.case_number = ledger.case_number WHERE message_id = :one",
        one=URGENT_ID.format(name.lower()),
    )
    ahead_s = time.time() - time.monotonic()
    return called_at(calls, {row["page_id"]: to_datetime(row["added_at"]).timestamp() - ahead_s for row in rows})


def called_at(calls: Sequence[tuple[float, bytes]], joined: Mapping[int, float]) -> float | None:
    """`calls`: page mails in their order. `joined`: since when the case is on which page. The first instant at which one of these pages had
    called somebody and had the case on it."""
    first: dict[int, float] = {}
    for at, raw in calls:
        first.setdefault(int(message_from_bytes(raw)["X-Triage-Page"] or 0), at)
    return min((max(first[page], at) for page, at in joined.items() if page in first), default=None)


def waiting(bed: Bed, count: int) -> int:
    """Mails of the flood without an outcome, those not taken in yet included."""
    return count - int(bed.asked("SELECT count(*) AS n FROM ledger WHERE folder = 'INBOX' AND outcome IS NOT NULL")[0]["n"])


def unaccounted(bed: Bed, count: int) -> tuple[int, int]:
    """Of so many mails in the intake folder, those that are neither on a case nor in the quarantine; and how many are in the quarantine."""
    rows = bed.asked(
        "SELECT outcome = 'quarantined' AS aside, count(*) AS n FROM ledger LEFT JOIN quarantine ON quarantine.ledger_id = ledger.id"
        " WHERE folder = 'INBOX' AND outcome IS NOT NULL"
        " AND (case_number IS NOT NULL OR (outcome = 'quarantined' AND quarantine.ledger_id IS NOT NULL)) GROUP BY aside"
    )
    found = {bool(row["aside"]): int(row["n"]) for row in rows}
    return count - sum(found.values()), found.get(True, 0)


def settled(bed: Bed, within_s: float) -> bool:
    """Every mail that was put there has its outcome, what is due has gone out, and nothing has come of that for a while."""
    sending = "SELECT count(*) AS n FROM outbox WHERE settled_at IS NULL AND channel IN ('mail', 'page') AND attempts = 0"

    def over() -> bool:
        return waiting(bed, bed.dropped) <= 0 and not bed.asked(sending)[0]["n"]

    def still() -> bool:
        before = len(bed.sent_at), bed.dropped
        quiet_s = QUIET_S if bed.answers else 0.5
        return not bed.runs or (over() and not comes_true(lambda: before != (len(bed.sent_at), bed.dropped), quiet_s))

    return comes_true(still, within_s)


def written(bed: Bed, except_for: str) -> tuple[int, int]:
    """Mails to the team; and the most to one address of anybody else but those who are paged and the one named."""
    to = Counter(address for _, mail in list(bed.sent_at) for address in mail.recipients)
    others = [
        count for address, count in to.items() if address not in (TEAM, PAGED) and except_for not in address and "pager" not in address
    ]
    return to[TEAM], max(others, default=0)
