"""`triage completion`: what makes a shell complete commands, options and the numbers of open cases (casenumber.py)."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from triage.cli.output import say

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS), metavar="|".join(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes your shell complete commands, options and the numbers of open cases. Nothing is changed by completing.

    \b
    Examples:  triage completion bash > /etc/bash_completion.d/triage
               triage completion zsh > ~/.zfunc/_triage
               triage completion fish > ~/.config/fish/completions/triage.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 (click knows these three)
    say(made(context.find_root().command, {}, "triage", "_TRIAGE_COMPLETE").source())
