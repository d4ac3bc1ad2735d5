"""What the team is told of promised times: one mail, or one line in its chat, about all that came due at the same time.

Never decides that something is due: promise_keeper does. The dispatcher asks here whether a warning is still wanted, and what to do when
the chat cannot be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from triage.adapters.pagers.slack import escape
from triage.core.cases.case import Case
from triage.core.cases.notice_dictionary import ENGLISH
from triage.core.cases.notice_words import at_both
from triage.core.cases.promises import BROKEN, Telling
from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.mail.compose import clean_value
from triage.store import cases, outbox
from triage.workers.desk import Desk
from triage.workers.promises import promises_of
from triage.workers.warning import warn_team

PURPOSE = "promise"
_SHOWN = 200

Told = tuple[Case, Telling]


def warn(desk: Desk, told: Sequence[Told], now: datetime) -> None:
    """Inside a write transaction. Nothing to tell is nothing sent."""
    if not told:
        return
    text = _text(desk, told)
    about = [[case.number, telling.deadline.name] for case, telling in told]
    key = f"promise/{now.isoformat()}/{told[0][0].number}"
    only = told[0][0].number if len({case.number for case, _ in told}) == 1 else None
    if desk.rules().agreements.warnings.webhook:
        lines = [f"{_headline([one])}: {_case_line(one[0])}" for one in told]
        payload = {"text": escape("\n".join(lines), 4000), "mail": text, "subject": _headline(told), "promises": about}
        chat = Outgoing(key=key, channel=Channel.WEBHOOK, purpose=PURPOSE, lane=Lane.URGENT, case_number=only, payload=payload)
        outbox.add(desk.store, chat, now)
        return
    subject = f"{_headline(told)}: {told[0][0].subject}" if len(told) == 1 else _headline(told)
    warn_team(desk, key, subject, text, now, case_number=only, payload={"promises": about})


def unwanted(desk: Desk, outgoing: Outgoing) -> str:
    """Asked right before sending: "" while any promise of the warning still runs, else why it is not sent."""
    about = outgoing.payload.get("promises", [])
    if not about or any(_still_runs(desk, int(number), str(name)) for number, name in about):
        return ""
    return "what was promised has been done meanwhile"


def failed(desk: Desk, outgoing: Outgoing, why: str, now: datetime) -> None:
    """Inside a write transaction: the chat was given up, so the team's address is told."""
    text = f"{outgoing.payload['mail']}\nThe team's chat could not be told: {why}\nIts address is `webhook` in rules/agreements.toml."
    warn_team(desk, f"unsaid/{outgoing.key}", str(outgoing.payload["subject"]), text, now, case_number=outgoing.case_number)


def in_words(telling: Telling) -> str:
    """`first response: 75% of 4h on team are over, due Mon 23 Nov 13:00 UTC`: for the journal."""
    deadline = telling.deadline
    due = f"{deadline.due_at.astimezone(UTC):%a %-d %b %H:%M} UTC" if deadline.due_at else "at a time nobody knows"
    if telling.percent == BROKEN:
        return f"{deadline.promise.value}: {deadline.term} are over, it was due {due}"
    return f"{deadline.promise.value}: {telling.percent}% of {deadline.term} are over, due {due}"


def _still_runs(desk: Desk, number: int, name: str) -> bool:
    stored = cases.get(desk.store, number)
    return stored is not None and any(each.name == name and each.owed.is_running for each in promises_of(desk, stored.case))


def _headline(told: Sequence[Told]) -> str:
    late = sum(telling.percent == BROKEN for _, telling in told)
    if len(told) == 1:
        telling = told[0][1]
        return f"{telling.deadline.promise.value} {'late' if late else f'due soon ({telling.percent}%)'}"
    parts = [f"{late} late" if late else "", f"{len(told) - late} due soon" if late < len(told) else ""]
    return f"{len(told)} promised times: {', '.join(part for part in parts if part)}"


def _case_line(case: Case) -> str:
    subject = clean_value(case.subject)[:_SHOWN].replace("@", "@\u200b")
    return f"#{case.number} {case.partner}, Severity {case.severity}, {case.status.value}: {subject or '(no subject)'}"


def _text(desk: Desk, told: Sequence[Told]) -> str:
    zone = desk.rules().agreements.warnings.calendar.zone
    worst_first = sorted(told, key=lambda one: (one[1].percent != BROKEN, one[0].severity, one[0].number))
    return "\n".join(_paragraph(case, telling, zone) for case, telling in worst_first)


def _paragraph(case: Case, telling: Telling, zone: str) -> str:
    deadline = telling.deadline
    late = telling.percent == BROKEN
    over = f"late: {deadline.term} are over" if late else f"{telling.percent}% of {deadline.term} are over"
    due = at_both(deadline.due_at, zone, ENGLISH) if deadline.due_at else "at a time nobody knows"
    return (
        f"{_case_line(case)}\n"
        f"  {deadline.promise.value}: {over}\n"
        f"  {'was due' if late else 'due'} {due}\n"
        f"  agreement {deadline.agreement}; counted line by line: triage clock {case.number}\n"
    )
