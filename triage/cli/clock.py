"""`triage clock N`: what was promised on a case, and every deadline counted line by line, so that a person can check it by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import click

from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.core.cases.agreements import hours_and_minutes
from triage.core.cases.case import Case
from triage.core.cases.promises import Deadline, Line, arithmetic, state_words
from triage.core.wording.plain import plain
from triage.core.wording.spans import moment
from triage.workers.promises import promises_of


@click.command(short_help="What was promised on a case, counted line by line.")
@click.argument("number", type=CASE_NUMBER, metavar="N")
@json_option
@config_option
@pass_session
def clock(session: Session, number: int, as_json: bool) -> None:
    """Each promised time of a case: when it is due, and how that was counted, from when to when, in UTC and on the calendar's wall clock.

    COUNTED is what a line adds, TOTAL the sum so far; an indented line says from when on nothing was counted, and why.

    \b
    Examples:  triage clock 1042
               triage clock 1042 --json
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        case = find_case(desk.store, number).case
        found = promises_of(desk, case)
        if as_json:
            for deadline in found:
                print_json(_value(case, deadline, now))
            return
        say(f"#{case.number} {plain(case.partner)}, Severity {case.severity}, {case.status.value}: {plain(case.subject)}")
        if not found:
            say("Nothing is promised: rules/agreements.toml names no time for it.")
        for deadline in found:
            say()
            _print(deadline, now)


def _print(deadline: Deadline, now: datetime) -> None:
    owed, calendar = deadline.owed, deadline.term.calendar
    name = deadline.promise.value + (f" {owed.number}" if owed.number > 1 else "")
    say(f"{name}: {deadline.term}, Severity {owed.severity}, agreement {deadline.agreement}")
    say(f"  {due_words(deadline, now)}")
    zone = calendar.zone if calendar is not None and calendar.zone != "UTC" else ""
    say(f"  {zone or 'UTC':<36}{'UTC' if zone else '':<22}{'COUNTED':>10}{'TOTAL':>10}")
    for line in arithmetic(deadline, now):
        local = calendar.local if calendar is not None else _utc
        if line.why:
            say(f"    {_day_and_time(local(line.start))}: {line.why}")
            continue
        beside = f"{line.start:%a} {_time(line.start)} - {_time(line.end)}" if zone else ""
        counted, total = hours_and_minutes(line.counted), hours_and_minutes(line.total)
        say(f"  {_from_to(local(line.start), local(line.end)):<36}{beside:<22}{counted:>10}{total:>10}")


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def due_words(deadline: Deadline, now: datetime) -> str:
    state = state_words(deadline, now)
    if deadline.owed.ended_at is not None:
        due = f"due {moment(deadline.due_at, now)} UTC, " if deadline.due_at is not None else ""
        return f"{due}{state} at {moment(deadline.owed.ended_at, now)} UTC"
    if deadline.due_at is None:
        return f"not due as long as the clock stands still: {state}"
    return f"due {moment(deadline.due_at, now)} UTC: {state}"


def _from_to(start: datetime, end: datetime) -> str:
    """`Fri 27 Nov 16:00 - 18:00`; the day twice where it is another one."""
    if end.date() == start.date():
        return f"{_day_and_time(start)} - {_time(end)}"
    if end.date() == start.date() + timedelta(days=1) and end.time() == time():
        return f"{_day_and_time(start)} - 24:00"
    return f"{_day_and_time(start)} - {_day_and_time(end)}"


def _day_and_time(at: datetime) -> str:
    return f"{at:%a %d %b} {_time(at)}"


def _time(at: datetime) -> str:
    """With seconds where there are some."""
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _value(case: Case, deadline: Deadline, now: datetime) -> dict[str, Any]:
    owed = deadline.owed
    return {
        "case": case.number,
        "promise": deadline.promise.value,
        "number": owed.number,
        "severity": owed.severity,
        "agreement": deadline.agreement,
        "term": str(deadline.term),
        "term_s": int(deadline.term.span.total_seconds()),
        "calendar": deadline.term.calendar.name if deadline.term.calendar else None,
        "since": owed.since,
        "due_at": deadline.due_at,
        "ended_at": owed.ended_at,
        "state": state_words(deadline, now),
        "late": deadline.is_broken(now),
        "used_s": int(deadline.used(now).total_seconds()),
        "lines": [_line_value(line) for line in arithmetic(deadline, now)],
    }


def _line_value(line: Line) -> dict[str, Any]:
    return {
        "start": line.start.astimezone(UTC),
        "end": line.end.astimezone(UTC),
        "counted_s": int(line.counted.total_seconds()),
        "total_s": int(line.total.total_seconds()),
        "why": line.why,
    }
