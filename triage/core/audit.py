"""The self-audit: does triage do its work, judged from facts. Pure; workers/audit gathers the facts and acts on the report.

Decides what is a failure (the outside watchers are told, or not told that all is well) and what only a warning; and that one bad look is
not news yet: a clock that leapt or a host that slept looks the same for a moment. Two failing looks in a row are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from triage.core.problems import Weight

EVERY = timedelta(seconds=60)
SILENT_AFTER = 3 * EVERY
OVERDUE_AFTER = timedelta(seconds=60)
SYNC_WITHIN = timedelta(minutes=3)
PAGE_AFTER = timedelta(minutes=15)
"""A mailbox nobody has looked into for so long is worth waking somebody."""
SIGN_IN_WITHIN = timedelta(minutes=5)
"""A token is renewed at 80 % of its life: of an hour 12 minutes are left."""
LEAST_FREE = 100 * 1024 * 1024
LITTLE_FREE = 1024 * 1024 * 1024
CONFIRMED_BY = 2
"""Failing looks in a row."""


class Check(Enum):
    MAILBOX = "mailbox"
    OVERDUE = "overdue"
    STORE = "store"
    DISK = "disk"
    ON_CALL = "on-call"
    GAP = "gap"
    CONTACTS = "contacts"
    DRILL = "drill"
    SIGN_IN = "sign-in"
    PROBE = "probe"
    LEDGER = "ledger"


RESTART_MAY_HELP = frozenset({Check.MAILBOX, Check.OVERDUE, Check.STORE})
"""What a process that hangs looks like. A new start brings no sign-in, no colleague and no disk; it only loses what still works."""


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """What was found at one look. Texts are for people; an empty one means that nothing is wrong there."""

    started_at: datetime
    """Of this process, or when its host woke up: before that it could not look."""
    synced_at: datetime | None
    """When every watched folder was last looked at completely, or the last message of a look that still goes on; None: never."""
    mailbox: str = ""
    """The state of the connection in words."""
    mailbox_failed: bool = False
    """At the look before, perhaps of an earlier process: then a start is no reason for patience, and no recovery."""
    poll_every: timedelta = timedelta(seconds=60)
    overdue: Mapping[str, datetime] = field(default_factory=dict)
    """Kind of work -> since when its oldest piece waits. Only what nothing holds back on purpose."""
    store_problem: str = ""
    free_bytes: int | None = None
    has_policies: bool = True
    nobody_now: tuple[str, ...] = ()
    """Policies whose first level reaches nobody."""
    uncovered: tuple[str, ...] = ()
    """Rotas that have nobody now."""
    gaps: tuple[str, ...] = ()
    """Of the next 24 hours."""
    weak_contacts: tuple[str, ...] = ()
    """People on call now whom one broken thing would make unreachable, and which."""
    last_drill_at: datetime | None = None
    drill_within: timedelta | None = None
    sign_in: str = ""
    """Why no new access token can be had."""
    probed_at: datetime | None = None
    """When a probe last came through."""
    probe_within: timedelta | None = None
    probe_problem: str = ""
    """What is known about why none does."""
    ledger_problem: str = ""
    """What the last reconciliation found."""

    def unsynced_for(self, now: datetime) -> timedelta:
        """Partners' mail may have waited unseen for so long, whether or not triage was running."""
        return now - (self.synced_at or self.started_at)


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    weight: Weight
    text: str


def audit(facts: AuditFacts, now: datetime) -> tuple[Finding, ...]:
    """At most one finding for each check and weight; none when all is well."""
    return tuple(_findings(facts, now))


def _findings(facts: AuditFacts, now: datetime) -> Iterator[Finding]:
    allowed = max(SYNC_WITHIN, 3 * facts.poll_every)
    looked_at = facts.synced_at or facts.started_at
    if now - (looked_at if facts.mailbox_failed else max(looked_at, facts.started_at)) > allowed:
        since = f"since {_at(facts.synced_at)}" if facts.synced_at else "since the start"
        yield _failure(Check.MAILBOX, f"no complete look at the mailbox {since}: {facts.mailbox or 'state unknown'}")
    late = [f"{kind} since {_at(at)}" for kind, at in facts.overdue.items() if now - at > OVERDUE_AFTER]
    if late:
        yield _failure(Check.OVERDUE, f"overdue: {', '.join(late)}")
    if facts.store_problem:
        yield _failure(Check.STORE, facts.store_problem)
    if facts.ledger_problem:
        yield _failure(Check.LEDGER, f"{facts.ledger_problem}: triage reconcile --fix")
    if facts.sign_in:
        yield _failure(Check.SIGN_IN, f"no new access token: {facts.sign_in}")
    yield from _disk(facts)
    yield from _oncall(facts)
    yield from _drill(facts, now)
    yield from _probe(facts, now)


def _disk(facts: AuditFacts) -> Iterator[Finding]:
    if facts.free_bytes is None or facts.free_bytes >= LITTLE_FREE:
        return
    text = f"{facts.free_bytes // 1024 // 1024} MB are free on the disk of the state directory"
    yield _failure(Check.DISK, text) if facts.free_bytes < LEAST_FREE else _warning(Check.DISK, text)


def _oncall(facts: AuditFacts) -> Iterator[Finding]:
    if not facts.has_policies:
        yield _warning(Check.ON_CALL, "rules/oncall.toml names nobody to page")
        return
    if facts.nobody_now:
        yield _failure(Check.ON_CALL, f"the first level of {', '.join(facts.nobody_now)} reaches nobody now")
    elif facts.uncovered:
        yield _warning(Check.ON_CALL, f"nobody is on call now in {', '.join(facts.uncovered)}")
    if facts.gaps:
        yield _warning(Check.GAP, "; ".join(facts.gaps))
    if facts.weak_contacts:
        yield _warning(Check.CONTACTS, "; ".join(facts.weak_contacts))


def _drill(facts: AuditFacts, now: datetime) -> Iterator[Finding]:
    if facts.drill_within is None:
        return
    if facts.last_drill_at is None:
        yield _warning(Check.DRILL, "there was never a drill: triage drill")
    elif now - facts.last_drill_at > facts.drill_within:
        yield _warning(Check.DRILL, f"the last drill was on {_at(facts.last_drill_at)}: triage drill")


def _probe(facts: AuditFacts, now: datetime) -> Iterator[Finding]:
    """Before the first one there is as much time as between two."""
    if facts.probe_within is None:
        return
    why = f": {facts.probe_problem}" if facts.probe_problem else ""
    if now - (facts.probed_at or facts.started_at) > facts.probe_within:
        since = f"since {_at(facts.probed_at)}" if facts.probed_at else "yet"
        yield _failure(Check.PROBE, f"no probe has come through {since}{why}")
    elif facts.probed_at is None:
        yield _warning(Check.PROBE, f"no probe has come through yet{why or ': triage probe, on another host'}")


def _failure(check: Check, text: str) -> Finding:
    return Finding(check, Weight.ERROR, text)


def _warning(check: Check, text: str) -> Finding:
    return Finding(check, Weight.WARNING, text)


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


# --- from one look to the next ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that lasts. `told`: operators have had a mail about it."""

    finding: Finding
    since: datetime
    looks: int = 1
    told: bool = False

    @property
    def is_failure(self) -> bool:
        return self.finding.weight is Weight.ERROR

    @property
    def is_confirmed(self) -> bool:
        return self.is_failure and self.looks >= CONFIRMED_BY

    @property
    def is_news(self) -> bool:
        return self.is_confirmed and not self.told


@dataclass(frozen=True, slots=True)
class Report:
    """The latest look, with what lasts from earlier ones."""

    at: datetime
    standings: tuple[Standing, ...] = ()

    @property
    def passed(self) -> bool:
        """Only then the outside hears that all is well."""
        return not any(standing.is_failure for standing in self.standings)

    def is_recent(self, now: datetime) -> bool:
        """Otherwise the daemon is silent: it looks every minute."""
        return now - self.at <= SILENT_AFTER

    @property
    def is_alive(self) -> bool:
        """Only then systemd's watchdog is fed."""
        return not any(one.is_failure and one.finding.check in RESTART_MAY_HELP for one in self.standings)

    @property
    def failed(self) -> bool:
        """Failures that are no mere blink: the outside hears of them. Between the two nobody hears anything."""
        return any(standing.is_confirmed for standing in self.standings)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(standing.finding.text for standing in self.standings if standing.is_failure)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(standing.finding.text for standing in self.standings if not standing.is_failure)

    def standing(self, check: Check) -> Standing | None:
        return next((one for one in self.standings if one.finding.check is check and one.is_failure), None)


def follow_up(before: Report | None, findings: Sequence[Finding], now: datetime) -> Report:
    """The report of this look. What stood before keeps its beginning and counts on."""
    known = {(one.finding.check, one.finding.weight): one for one in before.standings} if before else {}
    standings = []
    for finding in findings:
        old = known.get((finding.check, finding.weight))
        standings.append(replace(old, finding=finding, looks=old.looks + 1) if old else Standing(finding, now))
    return Report(now, tuple(standings))


def recovered(before: Report | None, after: Report) -> tuple[Standing, ...]:
    """Failures that operators were told of and that are over."""
    still = {one.finding.check for one in after.standings if one.is_failure}
    return tuple(one for one in (before.standings if before else ()) if one.told and one.finding.check not in still)


def all_told(report: Report) -> Report:
    return replace(report, standings=tuple(replace(one, told=one.told or one.is_news) for one in report.standings))


def report_to_json(report: Report) -> dict[str, object]:
    return {
        "at": report.at.isoformat(),
        "passed": report.passed,
        "findings": [
            {
                "check": one.finding.check.value,
                "weight": one.finding.weight.value,
                "text": one.finding.text,
                "since": one.since.isoformat(),
                "looks": one.looks,
                "told": one.told,
            }
            for one in report.standings
        ],
    }


def report_from_json(value: object) -> Report | None:
    """None for what no version of this program has written."""
    try:
        if not isinstance(value, Mapping):
            return None
        standings = tuple(
            Standing(
                Finding(Check(one["check"]), Weight(one["weight"]), str(one["text"])),
                datetime.fromisoformat(one["since"]),
                int(one["looks"]),
                bool(one["told"]),
            )
            for one in value["findings"]
        )
        return Report(datetime.fromisoformat(value["at"]), standings)
    except (KeyError, TypeError, ValueError):
        return None
