"""`triage run`: the daemon."""

from __future__ import annotations

import click

from triage import config as config_files
from triage.cli.output import tell_problems
from triage.cli.session import config_option, config_path


@click.command(short_help="Watch the mailbox (the daemon).")
@config_option
def run() -> None:
    """Watch the mailbox, open and close cases, send notices, page people; until SIGTERM or Ctrl-C.

    The log goes to standard error. SIGHUP reads the rules again (so does every save under rules/). The first start on a filled mailbox
    only observes what is there.

    \b
    Example:  triage run --config /etc/triage/config.toml
    """
    from triage.daemon.run import run as run_daemon  # the mail libraries take a moment to import: only for whoever needs them

    config, warnings = config_files.load(config_path())
    tell_problems(warnings)
    raise SystemExit(run_daemon(config))
