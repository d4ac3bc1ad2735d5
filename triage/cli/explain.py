"""`triage explain`: what would be done with these mails, and why. Needs no network, no store, and by default no configuration."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from triage import config as config_files
from triage import shipped
from triage.adapters.keys import FILE_NAME, load_keys
from triage.adapters.parsing import InlineParser, ParserPool
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.cli.exits import Exit
from triage.cli.explanation import as_value, tell
from triage.cli.output import console, json_option, print_json
from triage.cli.rehearsal import Explained, Rehearsal
from triage.cli.session import Session, config_option, named_config, pass_session, plain_config
from triage.core.settings import Config
from triage.core.toml.values import ADDRESS, DOMAIN, Refused
from triage.daemon.wiring import contact_kinds
from triage.store.database import open_memory_store
from triage.workers.desk import Desk

_FEW = 20
"""Up to so many mails are parsed in this process: starting workers would take longer."""
_BAR_AFTER_S = 1.0


@click.command(short_help="What would be done with these mails, and why.")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE|DIR...")
@click.option(
    "--rules", "rules_dir", type=click.Path(path_type=Path), metavar="DIR", help="These rules; by default those triage comes with."
)
@click.option("--address", metavar="ADDRESS", help="The shared mailbox.  [default: api@wise.com]")
@click.option("--team-domain", "team_domains", multiple=True, metavar="DOMAIN", help="Of the team; may be repeated.  [default: wise.com]")
@click.option("--trusted-authserv", "authservs", multiple=True, metavar="NAME", help="Whose Authentication-Results count; may be repeated.")
@json_option
@config_option
@pass_session
def explain(
    session: Session,
    paths: tuple[Path, ...],
    rules_dir: Path | None,
    address: str | None,
    team_domains: tuple[str, ...],
    authservs: tuple[str, ...],
    as_json: bool,
) -> None:
    """What would be done with these mails and why. Nothing is sent, nothing is stored; no server is asked.

    All files of one call, and all in the directories, are taken in name order as one mailbox, so that follow-ups are found among them.
    A configuration is used when --config (or $TRIAGE_CONFIG) names one. Exit code 1 when a file could not be read.

    \b
    Examples:  triage explain mail.eml
               triage explain --json --rules rules/ ~/Maildir/cur
    """
    config, keys = _settings(session, address, team_domains, authservs)
    rules = _rules(rules_dir or (config.instance.rules_dir if named_config() else None), session)
    unreadable: list[str] = []

    def note_unreadable(name: str, reason: str) -> None:
        unreadable.append(name)
        click.echo(f"triage: {name} cannot be read: {reason}", err=True)

    files = _files(paths)
    parser = ParserPool(config.limits) if len(files) > _FEW else InlineParser(config.limits)
    with open_memory_store() as store:
        desk = Desk(config, store, lambda: rules, session.entropy, keys)
        rehearsal = Rehearsal(desk, parser, session.clock, note_unreadable)
        own, page = config.instance.own_addresses, desk.case_policy.default_page
        try:
            with _progress(len(files)) as advance:
                for explained in rehearsal.explain(files):
                    _print(explained, own, page, as_json=as_json)
                    advance()
        finally:
            parser.close()
    raise SystemExit(Exit.NO if unreadable else Exit.OK)


def _rules(directory: Path | None, session: Session) -> RuleFiles:
    """A directory with rules only will do for trying them: what it lacks of people and notices is taken from the shipped ones."""
    now = session.clock.now()
    ours = load_rules(shipped.rules_dir(), now, contact_kinds())
    if directory is None:
        return ours
    theirs = load_rules(directory, now, contact_kinds())
    oncall = theirs.oncall if theirs.oncall.policies else ours.oncall
    return replace(theirs, notices={**ours.notices, **theirs.notices}, oncall=oncall)


def _print(explained: Explained, own: frozenset[str], page: str, *, as_json: bool) -> None:
    if as_json:
        print_json(as_value(explained, own, page))
        if explained.doubt:
            click.echo(f"triage: {explained.file} {explained.doubt.value}", err=True)
    else:
        tell(console(), explained, own, page)


def _settings(
    session: Session, address: str | None, team_domains: Sequence[str], authservs: Sequence[str]
) -> tuple[Config, tuple[bytes, ...]]:
    """The configuration that was named, or a plain one; the keys of that instance, when it has run already, or new ones."""
    keys: tuple[bytes, ...] = (bytes.fromhex(session.entropy.token(32)),)
    if named := named_config():
        config = config_files.load(named, secrets=False)[0]
        if (config.instance.state_dir / FILE_NAME).exists():
            keys = load_keys(config.instance.state_dir, session.entropy)
    else:
        config = plain_config()
    try:
        instance = replace(
            config.instance,
            address=ADDRESS.read(address) if address else config.instance.address,
            team_domains=frozenset(DOMAIN.read(domain) for domain in team_domains) or config.instance.team_domains,
            trusted_authserv=tuple(authservs) or config.instance.trusted_authserv,
        )
    except Refused as refused:
        raise click.UsageError(f"--address or --team-domain {refused.message}") from None
    return replace(config, instance=instance), keys


def _files(paths: Sequence[Path]) -> list[Path]:
    """In name order, each once; hidden files in directories are left out. What does not exist is told when it is read."""
    found: dict[str, Path] = {}
    for path in paths:
        inside = _inside(path) if path.is_dir() else [path]
        found.update((str(one), one) for one in inside)
    return [found[name] for name in sorted(found)]


def _inside(directory: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (one for name in names if not name.startswith(".") and (one := Path(root, name)).is_file())


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar, once it has taken a second, when somebody watches. Yields the function that moves it on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty(), redirect_stderr=False)
    task = bar.add_task("mails", total=total)
    begun = time.monotonic()
    watched = sys.stderr.isatty()

    def advance() -> None:
        bar.advance(task)
        if watched and not bar.live.is_started and time.monotonic() - begun > _BAR_AFTER_S:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
