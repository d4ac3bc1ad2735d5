"""Session: what a command has to work with: the clock, the configuration, the store, the rules.

Decides which config.toml is meant and what happens when rule files are broken: looking and acknowledging go on without them, everything
else is refused. The composition root of every command that is not the daemon.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import click

from triage import config as config_files
from triage import shipped
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.adapters.keys import load_keys
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.cli.output import tell_problems
from triage.core.cases.partners import PartnerBook
from triage.core.oncall.policy import OnCall
from triage.core.problems import BrokenFiles, Problem
from triage.core.rules.bounds import Bounds, bounds_of
from triage.core.rules.ruleset import Ruleset
from triage.core.seams import Clock, Entropy
from triage.core.settings import Config, Imap, Instance, Server, Smtp
from triage.daemon.wiring import contact_kinds
from triage.store.database import open_store
from triage.workers.desk import Desk
from triage.workers.incidents import kept

ENVIRONMENT = "TRIAGE_CONFIG"
PLACES = (Path("config.toml"), Path("/etc/triage/config.toml"))
_META = "triage.config"


@dataclass(frozen=True, slots=True)
class Session:
    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)


pass_session = click.make_pass_decorator(Session, ensure=True)


def _remember(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[_META] = value


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    expose_value=False,
    callback=_remember,
    help=f"The configuration; by default ${ENVIRONMENT}, ./config.toml or /etc/triage/config.toml.",
)

actor_option = click.option("--as", "actor", metavar="NAME", default=None, help="Who does it; by default your login name.")
why_option = click.option("--why", metavar="TEXT", default="", help="The reason, for the timeline.")


def chosen_config() -> Path | None:
    """The file that was named on the command line, if one was."""
    return click.get_current_context().meta.get(_META)


def config_path() -> Path:
    """Raises BrokenFiles where none was named and none is at its usual places."""
    found = named_config() or next((place for place in PLACES if place.exists()), None)
    if found is None:
        here, *elsewhere = PLACES
        hint = "copy config.example.toml, or name the file with --config"
        raise BrokenFiles([Problem(str(here), f"does not exist here, nor does {' or '.join(map(str, elsewhere))}", hint=hint)])
    return found


def named_config() -> Path | None:
    """The file that was asked for, on the command line or by the environment."""
    return chosen_config() or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)


def load_config() -> Config:
    """Raises BrokenFiles. Warnings and secrets are the matter of `triage check` and `triage run`."""
    return config_files.load(config_path(), secrets=False)[0]


def load_config_if_any() -> Config | None:
    """None when none was asked for and none is there: what only reads rules and mails from files can do without."""
    return load_config() if named_config() or any(place.exists() for place in PLACES) else None


def plain_config() -> Config:
    """Stands in where there is no config.toml: no server, ./rules, ./state."""
    nowhere = Server("localhost", 0)
    return Config(Instance("triage", "api@wise.com", team_domains=frozenset({"wise.com"})), Imap(nowhere), Smtp(nowhere))


def config_or_shipped(*, directory: Path | None = None) -> Config:
    """Without a config.toml ./rules are meant, or those that triage comes with: rules can be written before anything is set up. Nothing is
    said of them where those of `directory` are used instead."""
    config = load_config_if_any()
    if config is not None:
        return config
    plain = plain_config()
    if plain.instance.rules_dir.is_dir():
        return plain
    if directory is None:
        click.echo(
            "triage: there is neither a config.toml nor a directory rules/ here: the rules that triage comes with are used", err=True
        )
    return replace(plain, instance=replace(plain.instance, rules_dir=shipped.rules_dir()))


def bounds_if_known(config: Config) -> Bounds | None:
    """Who the team is stands in config.toml; without it nobody can say how far rules may reach."""
    return bounds_of(config) if config.path.is_file() else None


def actor_named(name: str | None) -> str:
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id
        return "somebody"


@contextmanager
def open_desk(session: Session, *, forgiving: bool = False) -> Iterator[Desk]:
    """The desk on the daemon's own store, which may be running. `forgiving`: broken rule files are told, and done without."""
    config = load_config()
    read = cache(partial(_rules, session, config, forgiving=forgiving))
    with open_store(config.instance.state_dir) as store:
        yield Desk(config, store, read, session.entropy, load_keys(config.instance.state_dir, session.entropy), partial(kept, store))


def _rules(session: Session, config: Config, *, forgiving: bool) -> RuleFiles:
    now = session.clock.now()
    try:
        return load_rules(config.instance.rules_dir, now, contact_kinds(), bounds_of(config))
    except BrokenFiles as broken:
        if not forgiving:
            raise
        tell_problems(broken.problems)
        click.echo("triage: the rule files have mistakes; going on without them", err=True)
        return RuleFiles(Ruleset(), PartnerBook(), OnCall({}, {}, {}), {}, (), "", now)
