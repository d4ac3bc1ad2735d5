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
    """SIGTERM ends this process as Ctrl-C does: servers, mounts and directories are taken away on the way out."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
