"""`triage demo`: the newcomer's first minute. The story itself is in triage/demo/story.py."""

from __future__ import annotations

from importlib import import_module

import click

from triage.cli.exits import Exit
from triage.cli.output import console, tell_failure
from triage.core.failures import PermanentFailure


@click.command(short_help="Four days of a support mailbox in a few seconds, without any set-up.")
@click.option("--stay", is_flag=True, help="Keep the servers up afterwards, for an ordinary mail client, and print how to connect.")
def demo(stay: bool) -> None:
    """A mail server, partners, a team and an on-call engineer in one process: see what triage does before setting anything up.

    \b
    Example:  triage demo
    """
    try:
        story = import_module("triage.demo.story")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("triage"):
            raise
        hint = "pip install 'triage[demo]'"
        tell_failure(PermanentFailure(f"the demo's mail servers are not installed ({missing.name} is missing)", hint=hint))
        raise SystemExit(Exit.MEND) from None
    raise SystemExit(story.run(stay, console()))
