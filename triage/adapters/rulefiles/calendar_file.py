"""calendar.toml -> TeamHours: one table `[team]` with zone, days and hours."""

from __future__ import annotations

import re
from datetime import time

from triage.adapters.rulefiles.partner_file import ZONE
from triage.core.problems import Problem
from triage.core.rules.team_hours import WEEKDAYS, TeamHours
from triage.core.toml.document import TomlDocument
from triage.core.toml.tables import TableReader
from triage.core.toml.values import TEXT, Kind, Refused, choice

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DEFAULT = TeamHours()
_DAY = choice({name: number for number, name in enumerate(WEEKDAYS)})


def read_calendar(document: TomlDocument, problems: list[Problem]) -> TeamHours:
    """What the file does not say is as it is without the file; every mistake is noted."""
    top = TableReader(document, problems)
    table = top.sub("team")
    hours = table.take("hours", _HOURS_OF_DAY, (_DEFAULT.opens, _DEFAULT.closes))
    days = table.take_list("days", _DAY) or tuple(_DEFAULT.days)
    calendar = TeamHours(table.take("zone", ZONE, _DEFAULT.zone), frozenset(days), *hours)
    table.finish()
    top.finish()
    return calendar


def _read_hours(value: object) -> tuple[time, time | None]:
    found = _HOURS.fullmatch(TEXT.read(value))
    if found is None:
        raise Refused("must be two times of the day")
    opens_at, closes_at = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    try:
        opens, closes = time(*opens_at), None if closes_at == (24, 0) else time(*closes_at)
    except ValueError:
        raise Refused("must be two times of the day", hint="00:00 to 24:00") from None
    if closes is not None and closes <= opens:
        raise Refused("must end later than it begins", hint="hours over midnight are not the team's: that is what on-call is for")
    return opens, closes


_HOURS_OF_DAY = Kind("two times of the day", _read_hours, '"09:00-18:00"')
