"""Absences: an automatic answer says when its author is back. The team is offered a hold until then; the reply window stays as it is.

One note on the case and one mail to the team for each person and day of return; the mail can be answered with the command it names. What
an absence says never changes a case by itself (promise 5). Called by automatic_mail.py, inside the write transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from triage.core.cases.case import Case, hold_would_help
from triage.core.cases.events import EventKind
from triage.core.mail.absence import Absence, read_absence
from triage.core.mail.message import Origin
from triage.store import cases, journal
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.partner_mail import PartnerMail
from triage.workers.warning import warn_team


def offer_hold(desk: Desk, number: int, mail: PartnerMail, now: datetime) -> None:
    """Inside a write transaction."""
    message = mail.message
    if message.automatic.origin is not Origin.AUTO_REPLIED:
        return
    day = mail.at.astimezone(UTC).date()
    absence = read_absence(message.new_text, day, message.language) or read_absence(message.subject, day, message.language)
    stored = cases.get_final(desk.store, number)
    if absence is None or stored is None:
        return
    until = datetime.combine(absence.back_on, time(), UTC)
    if until <= now or not hold_would_help(stored.case, until, desk.case_policy.grace):
        return
    author = message.author.address
    detail = f"{author} is away until {until:%Y-%m-%d}; the team is offered a hold"
    if any(entry.detail == detail for entry in journal.of_case(desk.store, stored.case.number)):
        return
    casework.note(desk, stored.case.number, EventKind.NOTED, now, "recorded", actor="triage", detail=detail)
    warn_team(
        desk,
        f"absence/{stored.case.number}/{author}/{until:%Y-%m-%d}",
        f"away until {until:%Y-%m-%d}: hold the case?",
        _offer(stored.case, author, absence),
        now,
        case_number=stored.case.number,
    )


def _offer(case: Case, author: str, absence: Absence) -> str:
    assert case.reply_window_ends_at is not None  # noqa: S101 (hold_would_help has looked)
    until = f"{absence.back_on:%Y-%m-%d}"
    return f"""{author} answers automatically and seems to be back on {absence.back_on:%A}, {until}:

    {absence.words}

Case #{case.number} ({case.subject or "no subject"}) waits for the partner and closes at {case.reply_window_ends_at:%a %d %b %H:%M} UTC. \
Automatic mail does not change that.

To hold the case until then, answer this mail with the line

    hold until {until}

or run

    triage case {case.number} hold {until}

When the hold ends the partner is reminded and has a day to answer. If you do nothing, the case closes as usual."""
