"""`triage check`: is everything set up? Reads the files, logs in to both servers, looks at the state directory and at who is on call.

Changes nothing anywhere. Everything is looked at, whatever was wrong before; only a broken config.toml ends it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from rich.text import Text

from triage import config as config_files
from triage.cli.checks import (
    Finding,
    Result,
    check_incidents,
    check_network,
    check_notices,
    check_oncall,
    check_probe,
    check_rules,
    check_state,
    check_team,
)
from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, tell_problems
from triage.cli.session import Session, config_option, config_path, pass_session
from triage.core.problems import Problem
from triage.core.settings import Config
from triage.core.wording.plain import plain

_STYLES = {Result.OK: "green", Result.WARNING: "yellow", Result.FAILED: "bold red"}


@click.command(short_help="Is everything set up? Files, logins, on-call.")
@click.option("--offline", is_flag=True, help="Do not connect to any server.")
@json_option
@config_option
@pass_session
def check(session: Session, offline: bool, as_json: bool) -> None:
    """Check config.toml and the rules, log in to IMAP and SMTP, look at the state directory and at who is on call.

    One line each: ok, warning or FAILED, with what to do about it. Nothing is sent and nothing is changed. Exit code 0 when nothing failed,
    1 when a check failed, 2 when config.toml or a rule file has a mistake.

    \b
    Examples:  triage check --config /etc/triage/config.toml
               triage check --offline
    """
    config, warnings = config_files.load(config_path())
    worst = Result.OK
    broken = False
    for finding in _findings(session, config, warnings, offline=offline):
        worst = max(worst, finding.result)
        broken |= finding.is_file and finding.result is Result.FAILED
        _tell(finding, as_json=as_json)
    raise SystemExit(Exit.MEND if broken else Exit.NO if worst is Result.FAILED else Exit.OK)


def _findings(session: Session, config: Config, warnings: Sequence[Problem], *, offline: bool) -> Iterator[Finding]:
    result = Result.WARNING if warnings else Result.OK
    yield Finding("config", result, str(config.path), "see above" if warnings else "", is_file=True, problems=tuple(warnings))
    now = session.clock.now()
    rules, finding = check_rules(config, now)
    yield finding
    if rules is not None:
        yield from check_notices(rules)
    yield from check_state(config)
    if not offline:
        yield from check_network(config, session.clock)
    if rules is not None:
        yield from check_oncall(rules.oncall, now)
        yield from check_incidents(config, rules)
        yield from check_probe(config, rules)
    yield from check_team(config)


def _tell(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        result = finding.result.name.lower()
        problems = [{"file": p.file, "line": p.line, "key": p.key, "message": p.message} for p in finding.problems]
        print_json({"check": finding.name, "result": result, "text": finding.text, "hint": finding.hint, "problems": problems})
        return
    tell_problems(finding.problems)
    word = "FAILED" if finding.result is Result.FAILED else finding.result.name.lower()
    line = Text.assemble((f"{word:<8}", _STYLES[finding.result]), f"{finding.name:<10}{plain(finding.text)}")
    out = console()
    out.print(line, soft_wrap=True)
    if finding.hint:
        out.print(Text(f"{'':<18}hint: {plain(finding.hint)}", style="dim"), soft_wrap=True)
