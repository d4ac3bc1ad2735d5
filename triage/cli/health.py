"""`triage health`: the last self-audit of the daemon, and whether there was one lately."""

from __future__ import annotations

from datetime import datetime

import click

from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.core.audit import Report, report_to_json
from triage.core.probe import ProbeRecord, RoundTrip, trip_to_json
from triage.core.problems import Weight
from triage.core.wording.plain import plain
from triage.core.wording.spans import ago, moment
from triage.workers.audit import latest
from triage.workers.probes import record


@click.command(short_help="Does the daemon do its work? The last self-audit.")
@json_option
@config_option
@pass_session
def health(session: Session, as_json: bool) -> None:
    """The daemon's last look at itself: mailbox, overdue work, store, disk, on-call. It looks every minute. And the last loop probe.

    Exit code 0 when the last look passed and is not older than three minutes; 1 otherwise.

    \b
    Examples:  triage health
               triage health --json
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        report, probed = latest(desk.store), record(desk.store)
    recent = report is not None and report.is_recent(now)
    healthy = report is not None and recent and report.passed
    if as_json:
        print_json(
            {
                "healthy": healthy,
                "recent": recent,
                **(report_to_json(report) if report else {"at": None, "passed": False, "findings": []}),
                **_probe_value(probed),
            }
        )
    else:
        _tell(report, recent, now)
        _tell_probe(probed, now)
    raise SystemExit(Exit.OK if healthy else Exit.NO)


def _tell(report: Report | None, recent: bool, now: datetime) -> None:
    if report is None:
        say("there was no self-audit yet: it comes a minute after `triage run` begins")
        return
    if not recent:
        say(f"SILENT  the last self-audit was {ago(report.at, now)}: is the daemon running?")
    say(f"{'ok      passed' if report.passed else 'FAILED  looked'} {ago(report.at, now)}")
    for standing in report.standings:
        word = "FAILED" if standing.finding.weight is Weight.ERROR else "warning"
        since = f"since {moment(standing.since, now)} UTC"
        say(f"{word:<8}{standing.finding.check.value}: {plain(standing.finding.text)} ({since})")


def _tell_probe(probed: ProbeRecord, now: datetime) -> None:
    """The last one that came through; and what became of a later one, or of one that did not count."""
    if probed.whole is not None:
        legs = ", ".join(f"{value:.1f} s {_LEGS[name]}" for name, value in probed.whole.legs if value is not None)
        say(f"probe   sent {ago(probed.whole.sent_at, now)}, came through in {probed.whole.total_s or 0:.1f} s: {legs}")
    if probed.problem:
        say(f"probe   {plain(probed.problem)}")
    elif probed.latest is not None and probed.latest != probed.whole:
        say(f"probe   sent {ago(probed.latest.sent_at, now)}, is on its way to the probe contact")


def _probe_value(probed: ProbeRecord) -> dict[str, object]:
    return {"probe": _trip_value(probed.whole), "probe_problem": probed.problem}


def _trip_value(trip: RoundTrip | None) -> dict[str, object] | None:
    return {**trip_to_json(trip), "seconds": {**dict(trip.legs), "total": trip.total_s}} if trip is not None else None


_LEGS = {"to_mailbox": "to the mailbox", "to_decision": "to the decision", "to_contact": "to the contact"}
