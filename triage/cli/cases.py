"""`triage cases`: the queue, worst first, then the longest untouched; or by what is due next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.text import Text

from triage.cli.output import console, json_option, print_json, say, severity_text, status_text, table
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.cli.watching import watchable
from triage.core.cases.case import Status
from triage.core.cases.due import PROMISED, Due
from triage.core.cases.journal import to_json
from triage.core.wording.plain import plain
from triage.core.wording.spans import age, day_and_time
from triage.store import cases as stored_cases
from triage.store.cases import StoredCase
from triage.workers.desk import Desk
from triage.workers.promises import due_of
from triage.workers.views.waiting import waiting_for

WIDE = 110
"""Columns from which on nothing has to be cut short."""
ALL = 1_000_000
"""Cases: what is due first may be among the least severe ones."""


@click.command(short_help="The queue: what is open and whose turn it is.")
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only these; by default all that are not closed.")
@click.option("--severity", type=click.IntRange(1, 3), help="Only this severity.")
@click.option("--partner", metavar="KEY", default="", help="Only this partner: a name of partners.toml or a domain.")
@click.option("--due", is_flag=True, help="In the order of what is due next, with the time.")
@click.option("--all", "everything", is_flag=True, help="The closed ones, too.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="At most so many.")
@json_option
@config_option
@pass_session
@watchable
def cases(
    session: Session, status: str | None, severity: int | None, partner: str, due: bool, everything: bool, limit: int, as_json: bool
) -> None:
    """The queue: worst first, then the longest untouched. AGE counts from the opening; times are UTC.

    \b
    Examples:  triage cases
               triage cases --severity 1
               triage cases --due --watch
               triage cases --partner acme --status closed --json
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        wanted = Status(status) if status else None
        only_open = not everything and not wanted
        most = ALL if due else limit
        found = stored_cases.find(desk.store, status=wanted, severity=severity, partner=partner.lower(), only_open=only_open, limit=most)
        dues = {}
        if due:
            dues = {stored.case.number: due_of(desk, stored.case) for stored in found}
            found = sorted(found, key=lambda stored: urgency(stored, dues[stored.case.number]))[:limit]
        if as_json:
            for stored in found:
                print_json(as_value(desk, stored, now))
        elif not found:
            say("no such case" if wanted or severity or partner else "no open case")
        else:
            _print_due(desk, found, dues, now) if due else _print(desk, found, now)
            if len(found) == limit:
                say(f"the first {limit}; --limit shows more")


def as_value(desk: Desk, stored: StoredCase, now: datetime) -> dict[str, Any]:
    """The whole case, what is due next, and what it waits for."""
    due = due_of(desk, stored.case)
    return {
        **to_json(stored.case),
        "updated_at": stored.updated_at,
        "due_at": due.at if due else None,
        "due": due.kind if due else None,
        "waits_for": waiting_for(desk, stored.case, now),
    }


def urgency(stored: StoredCase, due: Due | None) -> tuple[bool, float, int]:
    """What is due first comes first; where nothing is, the worst."""
    return due is None, due.at.timestamp() if due else 0.0, stored.case.severity


def _print_due(desk: Desk, found: list[StoredCase], dues: Mapping[int, Due | None], now: datetime) -> None:
    made = table("DUE", "IN", "CASE", "SEV", "WHAT", "PARTNER", "SUBJECT", stretch="SUBJECT", wrap=["WHAT"], right=["IN"])
    out = console()
    if out.width < WIDE:
        made.columns[4].max_width = 20
        made.columns[5].max_width = 13
    for stored in found:
        case, due = stored.case, dues[stored.case.number]
        made.add_row(
            day_and_time(due.at, now) if due else "-",
            _in(due.at, now) if due else "",
            f"#{case.number}",
            severity_text(case.severity),
            due.kind.value if due and (due.at > now or due.kind in PROMISED) else waiting_for(desk, case, now),
            plain(case.partner),
            Text(plain(case.subject) or "(no subject)"),
        )
    out.print(made)


def _in(at: datetime, now: datetime) -> str:
    return age(at - now) if at > now else f"-{age(now - at)}"


def _print(desk: Desk, found: list[StoredCase], now: datetime) -> None:
    made = table("CASE", "SEV", "STATUS", "PARTNER", "SUBJECT", "AGE", "WAITS FOR", stretch="SUBJECT", wrap=["WAITS FOR"], right=["AGE"])
    out = console()
    if out.width < WIDE:
        made.columns[3].max_width = 13
        made.columns[6].max_width = 26
    for stored in found:
        case = stored.case
        made.add_row(
            f"#{case.number}",
            severity_text(case.severity),
            status_text(case.status.value),
            plain(case.partner),
            Text(plain(case.subject) or "(no subject)"),
            age(now - case.opened_at),
            Text(waiting_for(desk, case, now), style="bold red" if case.severity == 1 and case.status is not Status.CLOSED else ""),
        )
    out.print(made)
