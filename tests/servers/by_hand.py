"""What is run by hand on a Dovecot of its own (bench, soak, floods, chaos): it says what is missing, and leaves nothing behind."""

from __future__ import annotations

import signal
import sys

import click

from tests.servers.dovecot import MISSING, dovecot_available


def need_dovecot() -> None:
    """Raises click.ClickException, which says what to install."""
    if not dovecot_available():
        raise click.ClickException(MISSING)


def end_whole() -> None:
    """SIGTERM and a closed terminal end this process as Ctrl-C does: servers, mounts and directories are taken away on the way out."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, lambda number, _frame: sys.exit(128 + number))
