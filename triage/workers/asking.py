"""Asking a partner again for what is missing: only ever on the team's word. The receipt has asked once already.

Called by `triage case N ask` and for the command of that name in a mail, inside a write transaction. It is no team reply: no reply window
opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from triage.core.cases.events import Event, EventKind, Reason
from triage.core.cases.journal import Cause
from triage.core.mail.message import Missing
from triage.store import cases, journal
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.known import known_of

NOTHING_MISSING = "nothing is missing that one could ask for; name what to ask for"


def read_items(words: Sequence[str]) -> tuple[Missing, ...]:
    """Items as people write them: `trace_id`, `trace-id`, `Timestamps`. Raises ValueError with the first that is none."""
    names = {item.value: item for item in Missing}
    found = []
    for word in words:
        name = word.strip(",").lower().replace("-", "_")
        if name not in names:
            raise ValueError(word)
        found.append(names[name])
    return tuple(found)


def ask_partner(desk: Desk, number: int, items: Sequence[Missing], actor: str, now: datetime, why: str = "") -> str:
    """Sends the notice `missing` for these items, or for everything the case still lacks. Returns "" or why it is not sent.

    Raises KeyError when there is no such case.
    """
    stored = cases.get_final(desk.store, number)
    if stored is None:
        raise KeyError(number)
    wanted = items or known_of(desk, stored.case.number).missing
    if not wanted:
        return NOTHING_MISSING
    value = " ".join(item.value for item in Missing if item in wanted)
    step = casework.apply(desk, stored, Event(EventKind.ASKED, now, actor=actor, value=value), now, Cause(detail=why or value))
    if step.reason is not Reason.ASKED:
        return str(step.reason.value)
    last = journal.of_case(desk.store, stored.case.number)[-1]
    return last.detail if last.event == EventKind.NOTED.value and last.actor == "triage" else ""
