"""The digest of a business morning: what waits for us, what ends today, what happened over night, what was set aside.

`MorningDigest` sends it to the team's address once a day, by the team's calendar and wall clock: late when the daemon was down at the hour,
never when the day is quiet. `digest_now` gathers it; `triage digest` prints the same. Called by the engine, on its thread.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.core.cases.calendars import Calendar
from triage.core.cases.case import Case, Status
from triage.core.cases.digest import Digest, Section, make_digest
from triage.core.cases.events import Reason
from triage.core.columns import Column
from triage.store import cases, folders, journal, ledger, quarantine, service
from triage.store.cases import StoredCase
from triage.workers.desk import Desk
from triage.workers.once_a_minute import OnceAMinute
from triage.workers.promises import broken_promises, next_promise
from triage.workers.warning import warn_team

_SENT_ON = "digest"
LOOK_BACK = timedelta(days=14)
"""How far back the last opening of the team is looked for."""
_NIGHTLY = (
    Reason.OPENED_BY_PARTNER,
    Reason.PARTNER_REOPENED,
    Reason.PARTNER_ANSWERED,
    Reason.WINDOW_OVER,
    Reason.RAISED_BY_RULE,
    Reason.REPLY_NOT_DELIVERED,
    Reason.HOLD_OVER,
)
_CASE, _SEV, _PARTNER, _SUBJECT = Column("CASE"), Column("SEV"), Column("PARTNER", 18), Column("SUBJECT", stretches=True)


class MorningDigest:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minute = OnceAMinute()

    def step(self, now: datetime) -> bool:
        """True when the digest of the day was decided. Waits for the first look at the mailbox after a start."""
        if not self._minute.is_due(now) or not self._is_hour(now):
            return False
        store = self._desk.store
        day = self._desk.rules().hours.local(now).date().isoformat()
        if service.get(store, _SENT_ON) == day or folders.complete_since(store) is None or ledger.undecided(store):
            return False
        with store.write():
            digest = digest_now(self._desk, now)
            if not digest.is_quiet:
                warn_team(self._desk, f"digest/{day}", digest.subject, digest.text, now)
            service.put(store, _SENT_ON, day)
        return True

    def _is_hour(self, now: datetime) -> bool:
        at = self._desk.config.digest.at
        if at is None or not self._desk.config.instance.team_address:
            return False
        calendar = self._desk.rules().hours
        day = calendar.local(now).date()
        return bool(calendar.hours_on(day)) and now >= datetime.combine(day, at, ZoneInfo(calendar.zone))


def digest_now(desk: Desk, now: datetime) -> Digest:
    calendar = desk.rules().hours
    open_cases = cases.find(desk.store, only_open=True, limit=1_000_000)
    night = _night(calendar, now)
    return make_digest(
        calendar.local(now).date(),
        calendar.zone,
        (
            _waiting(desk, open_cases, calendar),
            _broken(desk, open_cases, calendar, night, now),
            _ending(open_cases, calendar, now),
            _over_night(desk, calendar, night),
            _set_aside(desk, calendar),
            _unproven(desk, calendar, night),
        ),
    )


def _waiting(desk: Desk, open_cases: list[StoredCase], calendar: Calendar) -> Section:
    """What is due first comes first; where nothing was promised, the longest waiting. On hold only what is owed all the same."""
    ours = [stored.case for stored in open_cases if stored.case.status in {Status.NEW, Status.OPEN}]
    promised = [(next_promise(desk, case), case) for case in ours]
    promised = [(each, case) for each, case in promised if each is not None or case.hold_until is None]
    due = [(each.due_at if each is not None else None, case) for each, case in promised]
    due.sort(key=lambda pair: (pair[0] is None, pair[0] or pair[1].opened_at, pair[1].number))
    since = [(at, case, _local(calendar, case.partner_wrote_at or case.opened_at)) for at, case in due]
    rows = tuple((*_named(case), wrote, _local(calendar, at) if at else "-") for at, case, wrote in since)
    columns = (_CASE, _SEV, _PARTNER, _SUBJECT, Column("SINCE"), Column("DUE"))
    return Section("Waiting for us", columns, rows, f"{_count(len(rows), 'case')} wait{'s' if len(rows) == 1 else ''} for us")


def _broken(desk: Desk, open_cases: list[StoredCase], calendar: Calendar, since: datetime, now: datetime) -> Section:
    """Promises that are late now, and those that were kept late over night."""
    late = [(one, stored.case) for stored in open_cases for one in broken_promises(desk, stored.case, since, now)]
    late.sort(key=lambda pair: (pair[0].due_at or now, pair[1].number))
    rows = tuple((*_named(case), one.promise.value, _local(calendar, one.due_at or now)) for one, case in late)
    columns = (_CASE, _SEV, _PARTNER, _SUBJECT, Column("PROMISED"), Column("DUE"))
    return Section("Late", columns, rows, f"{_count(len(rows), 'promise')} late" if rows else "")


def _ending(open_cases: list[StoredCase], calendar: Calendar, now: datetime) -> Section:
    """Of the day by the team's clock, those that should have ended before it included."""
    today = calendar.local(now).date()
    ending = [
        (case.reply_window_ends_at, case)
        for case in (stored.case for stored in open_cases)
        if case.status is Status.PENDING
        and case.reply_window_ends_at is not None
        and not case.no_auto_close
        and case.hold_until is None
        and calendar.local(case.reply_window_ends_at).date() <= today
    ]
    rows = tuple((*_named(case), _local(calendar, at)) for at, case in sorted(ending, key=lambda pair: (pair[0], pair[1].number)))
    columns = (_CASE, _SEV, _PARTNER, _SUBJECT, Column("ENDS"))
    ends = f"{_count(len(rows), 'reply window')} end{'s' if len(rows) == 1 else ''} today"
    return Section("Reply windows that end today", columns, rows, ends)


def _over_night(desk: Desk, calendar: Calendar, since: datetime) -> Section:
    entries = journal.since(desk.store, since, [reason.value for reason in _NIGHTLY])
    rows = tuple(
        (_local(calendar, entry.recorded_at), f"#{entry.case_number}", entry.reason, _subject(desk, entry.case_number)) for entry in entries
    )
    return Section("Over night", (Column("WHEN"), _CASE, Column("WHAT", 34), _SUBJECT), rows)


def _set_aside(desk: Desk, calendar: Calendar) -> Section:
    found = quarantine.everything(desk.store)
    rows = tuple((str(one.row.id), _local(calendar, one.row.internaldate), one.row.author or "?", one.row.subject or "?") for one in found)
    columns = (Column("ID"), Column("SINCE"), Column("FROM", 28), _SUBJECT)
    return Section("In quarantine: triage quarantine show ID", columns, rows, f"{_count(len(rows), 'mail')} in quarantine" if rows else "")


def _unproven(desk: Desk, calendar: Calendar, since: datetime) -> Section:
    found = ledger.unproven_since(desk.store, since)
    rows = tuple(
        (_local(calendar, row.internaldate), f"#{row.case_number}" if row.case_number else "-", row.author, row.reason.partition(": ")[2])
        for row in found
    )
    return Section("Team mail that could not be proven", (Column("WHEN"), _CASE, Column("FROM", 28), Column("WHY", stretches=True)), rows)


def _night(calendar: Calendar, now: datetime) -> datetime:
    """When the team last went home: the end of the last hours before today's, by the calendar."""
    today = calendar.local(now).date()
    for back in range(1, LOOK_BACK.days + 1):
        day = today - timedelta(days=back)
        if hours := calendar.hours_on(day):
            midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(calendar.zone))
            return (midnight + timedelta(minutes=hours[-1].closes)).astimezone(UTC)
    return now - LOOK_BACK


def _subject(desk: Desk, number: int) -> str:
    return cases.get_existing(desk.store, number).case.subject or "(no subject)"


def _named(case: Case) -> tuple[str, str, str, str]:
    return f"#{case.number}", str(case.severity), case.partner, case.subject or "(no subject)"


def _local(calendar: Calendar, at: datetime) -> str:
    """`Mon 23 09:05`, by the team's clock."""
    return f"{calendar.local(at):%a %d %H:%M}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
