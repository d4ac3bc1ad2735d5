"""`triage check`: is everything set up? Reads the files, logs in to both servers, looks at the state directory and at who is on call.

Changes nothing anywhere. Everything is looked at, whatever was wrong before; only a broken config.toml ends it at once.
"""

from __future__ import annotations

import click

from triage import config as config_files
from triage.cli.checks.finding import Finding, Result, tell
from triage.cli.checks.subject import Subject
from triage.cli.checks.table import findings
from triage.cli.exits import Exit
from triage.cli.output import json_option
from triage.cli.session import Session, config_option, config_path, pass_session


@click.command(short_help="Is everything set up? Files, logins, on-call.")
@click.option("--offline", is_flag=True, help="Do not connect to any server.")
@json_option
@config_option
@pass_session
def check(session: Session, offline: bool, as_json: bool) -> None:
    """Check config.toml and the rules, log in to IMAP and SMTP, look at the state directory and at who is on call.

    One line each: ok, warning or FAILED, with what to do about it. Nothing is sent and nothing is changed. Exit code 0 when nothing failed,
    1 when a check failed, 2 when config.toml or a rule file has a mistake. `triage doctor` looks at more.

    \b
    Examples:  triage check --config /etc/triage/config.toml
               triage check --offline
    """
    found = []
    for finding in findings(the_subject(session), quick=True, offline=offline):
        tell(finding, as_json=as_json)
        found.append(finding)
    raise SystemExit(exit_code(found))


def the_subject(session: Session) -> Subject:
    """Raises BrokenFiles: with a broken config.toml there is nothing to look at."""
    config, warnings = config_files.load(config_path())
    return Subject(config, warnings, session.clock)


def exit_code(found: list[Finding]) -> Exit:
    failed = [finding for finding in found if finding.result is Result.FAILED]
    return Exit.MEND if any(finding.is_file for finding in failed) else Exit.NO if failed else Exit.OK
