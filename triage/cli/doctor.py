"""`triage doctor`: every check there is, with what to do about each fault; the safe ones are mended when asked for."""

from __future__ import annotations

import click

from triage.cli.check import exit_code, the_subject
from triage.cli.checks.finding import Finding, Result, tell
from triage.cli.checks.table import findings
from triage.cli.output import json_option, say
from triage.cli.session import Session, config_option, pass_session
from triage.core.wording.plain import counted


@click.command(short_help="Find every fault of the set-up, and how to mend it.")
@click.option("--fix", is_flag=True, help="Mend what is safe to mend: modes and owners of files, a missing state directory.")
@click.option("--offline", is_flag=True, help="Do not connect to any server.")
@json_option
@config_option
@pass_session
def doctor(session: Session, fix: bool, offline: bool, as_json: bool) -> None:
    """All that `triage check` looks at, and: owners and modes, disk, backups, systemd, the daemon's own audit, DNS, sign-in, quota,
    certificates, contacts, the board's port and public_url, the dead-man's switch, the clock.

    One line each: ok, warning or FAILED, with what to do about it. Nothing is sent, nobody is paged. Exit codes as of `triage check`; what
    --fix has mended does not count.

    \b
    Examples:  triage doctor
               sudo triage doctor --fix
    """
    left = []
    for finding in findings(the_subject(session), quick=False, offline=offline):
        fixed = fix and _mended(finding)
        tell(finding, as_json=as_json, fixed=fixed)
        if not fixed:
            left.append(finding)
    if not as_json:
        _sum_up(left, fix=fix)
    raise SystemExit(exit_code(left))


def _mended(finding: Finding) -> bool:
    if finding.fix is None:
        return False
    try:
        finding.fix.act()
    except OSError:  # it stands as it was found, with its hint
        return False
    return True


def _sum_up(left: list[Finding], *, fix: bool) -> None:
    failed = sum(finding.result is Result.FAILED for finding in left)
    warned = sum(finding.result is Result.WARNING for finding in left)
    say()
    say(f"{failed} failed, {counted(warned, 'warning')}" if failed or warned else "nothing is wrong")
    fixable = sum(finding.fix is not None for finding in left)
    if fixable and not fix:
        say(f"{counted(fixable, 'fault')} can be mended by: triage doctor --fix")
