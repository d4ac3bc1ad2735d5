"""`triage rules`: test the rules, see why a mail is treated as it is, try other rules on past mails, begin a new one. Changes nothing."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click

from triage.adapters.keys import load_keys
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.adapters.rulefiles.loading import try_tests
from triage.cli.backtest import Outcome, print_outcome, refuse_empty, tell_left_out, tell_mails, tell_summary, without_rules
from triage.cli.backtest import backtest as replay
from triage.cli.casenumber import CASE_NUMBER
from triage.cli.exits import Exit
from triage.cli.explain_rules import Asked, as_value, ask, tell
from triage.cli.history import History, from_files, from_store
from triage.cli.mail_files import doubt
from triage.cli.new_rule import from_case, plain_example
from triage.cli.output import json_option, print_json, say
from triage.cli.rule_tests import print_results, refuse_no_tests, tell_results
from triage.cli.session import Session, bounds_if_known, config_option, config_or_shipped, load_config, open_desk, pass_session
from triage.core.failures import PermanentFailure
from triage.core.mail.authentication import prove
from triage.core.rules.reload_status import status_from_text
from triage.core.rules.schema import schema as rule_schema
from triage.core.settings import Config
from triage.core.toml.values import DURATION, Refused
from triage.core.wording.plain import counted
from triage.core.wording.spans import ago, moment
from triage.daemon.rules import STATUS
from triage.daemon.wiring import contact_kinds
from triage.store import service
from triage.store.database import STORE_NAME, Store, open_store, running_daemon

_DIRECTORY = click.Path(path_type=Path, file_okay=False)
_rules_option = click.option("--rules", "directory", type=_DIRECTORY, metavar="DIR", help="These rules; by default those of config.toml.")


@click.group(short_help="Test the rules, explain them, try others on past mails.")
def rules() -> None:
    """Everything about the files under rules/ but editing them. Nothing here changes anything; a save is in force within a second.

    \b
    Examples:  triage rules test
               triage rules explain mail.eml
               triage rules backtest --rules /tmp/proposed
    """


@rules.command("test")
@_rules_option
@json_option
@config_option
@pass_session
def test_(session: Session, directory: Path | None, as_json: bool) -> None:
    """Run the tests beside the rules. Exit code 1 when one fails or there is none, 2 when a file has a mistake.

    \b
    Example:  triage rules test --rules /tmp/proposed
    """
    config = config_or_shipped(directory=directory)
    begun = time.monotonic()
    place = directory or config.instance.rules_dir
    all_rules, results = try_tests(place, session.clock.now(), contact_kinds(), bounds_if_known(config))
    refuse_no_tests(results, all_rules, str(place))
    if as_json:
        print_results(results, all_rules)
    else:
        tell_results(results, all_rules, time.monotonic() - begun)
    raise SystemExit(Exit.OK if all(result.passed for result in results) else Exit.NO)


@rules.command("explain")
@click.argument("mail", type=click.File("rb"), metavar="MAIL")
@click.option("--case", "number", type=CASE_NUMBER, metavar="N", help="As a follow-up to this case, as it stands now.")
@_rules_option
@json_option
@config_option
@pass_session
def explain_(session: Session, mail: BinaryIO, number: int | None, directory: Path | None, as_json: bool) -> None:
    """Each rule: whether it hit, or its first condition that failed, and what it set. MAIL is a file, or - for standard input.

    \b
    Examples:  triage rules explain mail.eml
               triage rules explain answer.eml --case 1042
    """
    config, now = config_or_shipped(directory=directory), session.clock.now()
    loaded = _load(config, directory, now)
    raw = mail.read()
    if why := doubt(raw):
        raise click.ClickException(f"{mail.name} {why.value}")
    parser = InlineParser(config.limits)
    parser.submit(0, raw)
    [parsed] = parser.finished()
    if parsed.message is None:
        raise click.ClickException(f"the mail cannot be read: {parsed.error}")
    message = parsed.message
    proof = prove(message, config.instance.trusted_authserv, config.instance.team_domains)
    asked = Asked(message, loaded.partners.partner_of(message.author.address), proof)
    verdict = ask(session, config, loaded, asked, number, now)
    if as_json:
        print_json(as_value(verdict, loaded.ruleset))
    else:
        tell(verdict, loaded.ruleset, message)


@rules.command("backtest")
@click.option("--since", default="90d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--mails", type=click.Path(path_type=Path), metavar="PATH", help="An mbox, Maildir or directory instead of the store.")
@_rules_option
@json_option
@config_option
@pass_session
def backtest_(session: Session, since: str, mails: Path | None, directory: Path | None, as_json: bool) -> None:
    """What other rules would have done with past mails: severities, pages, notices, re-openings, closings. Changes nothing.

    Compares the rules of config.toml with those of --rules. Without --rules: no rules at all with those of config.toml.

    \b
    Examples:  triage rules backtest --rules /tmp/proposed
               triage rules backtest --rules /tmp/proposed --since 30d --json
               triage rules backtest --rules /tmp/proposed --mails archive.mbox
    """
    config, now = config_or_shipped(), session.clock.now()
    start = now - _span(since)
    current = _load(config, None, now)
    old, new = (current, _load(config, directory, now)) if directory else (without_rules(current), current)
    keys = load_keys(config.instance.state_dir, session.entropy) if config.instance.state_dir.is_dir() else ()
    keys = keys or (bytes.fromhex(session.entropy.token(32)),)

    def compared(history: History, where: str) -> Outcome:
        tell_left_out(history, since)
        refuse_empty(history, where, since)
        return replay(config, keys, session.entropy, old, new, history.records, now)

    if mails is not None:
        outcome = compared(from_files(mails, now, start), str(mails))
    else:
        with _past(config) as store:
            outcome = compared(from_store(store, start), "the store")
    if as_json:
        print_outcome(outcome)
        return
    tell_mails(outcome)
    if outcome.differences:
        say()
    tell_summary(outcome)


@rules.command("diff")
@click.argument("old", type=_DIRECTORY)
@click.argument("new", type=_DIRECTORY)
@click.argument("mails", type=click.Path(path_type=Path))
@json_option
@config_option
@pass_session
def diff(session: Session, old: Path, new: Path, mails: Path, as_json: bool) -> None:
    """The mails in MAILS (an mbox, Maildir or directory) that the rules in OLD and in NEW treat differently.

    \b
    Example:  triage rules diff rules/ /tmp/proposed ~/Maildir
    """
    config, now = config_or_shipped(directory=old), session.clock.now()
    history = from_files(mails, now)
    tell_left_out(history)
    refuse_empty(history, str(mails))
    keys = (bytes.fromhex(session.entropy.token(32)),)
    outcome = replay(config, keys, session.entropy, _load(config, old, now), _load(config, new, now), history.records, now)
    if as_json:
        print_outcome(outcome)
        return
    tell_mails(outcome, limit=None)
    differ = len(outcome.differences)
    say(f"{counted(len(outcome.mails), 'mail')}, {differ:,} {'differs' if differ == 1 else 'differ'}")


@rules.command("new")
@click.option("--from-case", "number", type=CASE_NUMBER, metavar="N", help="With the mail that opened this case as its test.")
@click.option("--name", default="my rule", metavar="NAME", help="Of the rule.  [default: my rule]")
@config_option
@pass_session
def new(session: Session, number: int | None, name: str) -> None:
    """Print a rule with its test, to be put into a file under rules/ and edited.

    \b
    Examples:  triage rules new >> rules/60-ours.toml
               triage rules new --from-case 1042 --name "payout reports"
    """
    if number is None:
        say(plain_example(name))
        return
    with open_desk(session, forgiving=True) as desk:
        text = from_case(desk.store, number, name)
    if text is None:
        raise click.ClickException(f"there is no case #{number} that a mail has opened")
    say(text)


@rules.command("status")
@json_option
@config_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Which rules are in force, and what keeps newer ones out. Exit code 1 when the files on disk are not in force.

    \b
    Example:  triage rules status
    """
    config, now = load_config(), session.clock.now()
    with open_store(config.instance.state_dir) as store:
        found = status_from_text(service.get(store, STATUS))
    if found is None:
        raise click.ClickException("no daemon has said anything about its rules yet")
    running = running_daemon(config.instance.state_dir) is not None
    if as_json:
        print_json({**json.loads(found.to_text()), "daemon_running": running})
    else:
        say(f"in force   {counted(found.rules, 'rule')}, {counted(found.tests, 'test')}, hash {found.hash}")
        say(f"since      {ago(found.loaded_at, now)} ({moment(found.loaded_at, now)} UTC)")
        say(f"daemon     {'is running' if running else 'is not running: this is what it said last'}")
        say(f"reloads    {found.reloads} since its start, {found.refused} refused")
        if not found.successful:
            say(f"refused    the files read {ago(found.checked_at, now)} have a mistake; the set above stays in force:")
            click.echo(f"\n{found.problems}", err=True)
    raise SystemExit(Exit.OK if found.successful else Exit.NO)


@rules.command("schema")
def schema() -> None:
    """Print the JSON Schema of rule files, for editors.

    \b
    Example:  triage rules schema > rules/rule.schema.json
    """
    say(json.dumps(rule_schema(), indent=1, ensure_ascii=False))


def _past(config: Config) -> Store:
    directory = config.instance.state_dir
    if not (directory / STORE_NAME).exists():
        hint = "the daemon fills it; --mails takes an mbox, a Maildir or a directory of mails instead"
        raise PermanentFailure(f"there is no store in {directory}", hint=hint)
    return open_store(directory)


def _load(config: Config, directory: Path | None, now: datetime) -> RuleFiles:
    """Raises BrokenFiles; warnings are for `triage check`."""
    return load_rules(directory or config.instance.rules_dir, now, contact_kinds(), bounds_if_known(config))


def _span(text: str) -> timedelta:
    try:
        return DURATION.read(text)
    except Refused as refused:
        raise click.UsageError(f"--since {refused.message}, such as 90d") from None
