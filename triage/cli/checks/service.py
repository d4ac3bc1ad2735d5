"""The service: how systemd has it, and the daemon's own last look at itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from triage.adapters.systemd import runs_here, unit_properties
from triage.cli.checks.finding import Finding, Result
from triage.cli.checks.subject import Subject
from triage.cli.systemd_units import SERVICE
from triage.core.failures import TriageError
from triage.core.wording.plain import counted
from triage.core.wording.spans import ago
from triage.workers.audit import latest

ASKED = ("LoadState", "ActiveState", "UnitFileState", "WatchdogUSec", "NRestarts", "Result", "MainPID")


def check_service(subject: Subject) -> Iterator[Finding]:
    if not runs_here():
        yield Finding("service", Result.OK, "systemd does not run here: something else must start triage again when it dies")
        return
    unit = unit_properties(SERVICE, *ASKED)
    if unit.get("LoadState") != "loaded":
        yield Finding("service", Result.WARNING, f"systemd knows no {SERVICE}", "triage install --write, as root: docs/install.md")
        return
    yield from _unit_findings(unit)
    if subject.daemon is not None and unit.get("MainPID", "0") not in {"0", subject.daemon}:
        text = f"the daemon on this state directory (process {subject.daemon}) is not the service's ({unit['MainPID']})"
        yield Finding("service", Result.WARNING, text, "do they use the same config.toml? end the one that was started by hand")


def _unit_findings(unit: Mapping[str, str]) -> Iterator[Finding]:
    active, enabled = unit.get("ActiveState", ""), unit.get("UnitFileState", "")
    if active not in {"active", "reloading", "activating"}:
        hint = f"systemctl start {SERVICE}; what it said last: journalctl -u {SERVICE} -n 20"
        yield Finding("service", Result.FAILED, f"{SERVICE} is {active or 'unknown'} ({unit.get('Result', '')})", hint)
    if enabled not in {"enabled", "enabled-runtime", "static", "generated"}:
        yield Finding("service", Result.WARNING, f"{SERVICE} would not start at boot ({enabled})", f"systemctl enable {SERVICE}")
    if unit.get("WatchdogUSec", "0") in {"0", "infinity", ""}:
        hint = "WatchdogSec=5min, as `triage install` prints it"
        yield Finding("watchdog", Result.WARNING, "systemd would not notice that the daemon hangs", hint)
    restarts = int(unit.get("NRestarts", "0") or 0)
    if restarts:
        hint = f"why: journalctl -u {SERVICE} -p warning"
        yield Finding("service", Result.WARNING, f"systemd has started it again {counted(restarts, 'time')}", hint)
    elif active in {"active", "reloading"}:
        yield Finding("service", Result.OK, f"{SERVICE} is {active}, watchdog {unit.get('WatchdogUSec', '')}")


def check_audit(subject: Subject) -> Iterator[Finding]:
    """Only of a daemon that runs: what an ended one thought is old news."""
    if subject.daemon is None or not subject.has_store:
        return
    try:
        with subject.store() as store:
            report = latest(store)
    except TriageError:  # told by `state`
        return
    if report is None or not report.is_recent(subject.now):
        text = "the daemon has not looked after itself " + (f"since {ago(report.at, subject.now)}" if report else "yet")
        yield Finding("audit", Result.WARNING, text, "it does so every minute; when it stays like this, it hangs: restart it")
        return
    for reason in report.reasons:
        yield Finding("audit", Result.FAILED, reason, "docs/audit.md says what fails when; triage health")
    for warning in report.warnings:
        yield Finding("audit", Result.WARNING, warning, "docs/audit.md")
    if not report.standings:
        yield Finding("audit", Result.OK, f"the daemon found nothing wrong {ago(report.at, subject.now)}")
