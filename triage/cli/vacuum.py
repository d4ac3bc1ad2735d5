"""`triage vacuum`: gives the room of what was deleted back to the disk. `triage db`: the store for other tools, read-only."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import click

from triage.cli.output import json_option, print_json, progress_bar, say
from triage.cli.session import config_option, load_config
from triage.core.failures import TemporaryFailure
from triage.core.oncall.page import PageState
from triage.store import pages
from triage.store.backup import read_only_copy
from triage.store.checkpoint import truncate_log
from triage.store.database import Store, held, open_store
from triage.store.size import free_pages, give_back, rebuild, size

_PAUSE_S = 0.02
"""Between two slices: whoever wants to write has the store for itself."""


@click.command(short_help="Give the room of what was deleted back to the disk.")
@click.option("--full", is_flag=True, help="Write the whole file anew; the daemon must be stopped.")
@json_option
@config_option
def vacuum(full: bool, as_json: bool) -> None:
    """Give free pages of the store back to the disk, in small slices; the daemon may run. Stops while a page waits for somebody.

    Exit code 75 when it stopped: what was given back until then stays so.

    \b
    Examples:  triage vacuum
               triage vacuum --full
    """
    state_dir = load_config().instance.state_dir
    with held(state_dir) if full else contextlib.nullcontext(), open_store(state_dir) as store:
        before = size(store, state_dir)
        with progress_bar("vacuum") as progress:
            if full:
                rebuild(store)
            total = free_pages(store)
            while left := free_pages(store):
                _unless_a_page_waits(store)
                progress(total - left, total)
                give_back(store)
                time.sleep(_PAUSE_S)
        truncate_log(store)
        after = size(store, state_dir)
    if as_json:
        print_json({"before": before.file, "after": after.file, "free": after.free, "raw_mail": after.raw_mail})
    else:
        say(f"{before.file:,} bytes before, {after.file:,} now, {after.raw_mail:,} of them mail as it came")


def _unless_a_page_waits(store: Store) -> None:
    if any(stored.page.state in {PageState.PAGING, PageState.BROADCAST} for stored in pages.all_open(store)):
        raise TemporaryFailure("a page waits for somebody: the store is left to the daemon", hint="try again when it is acknowledged")


@click.command(short_help="A read-only copy of the store, for other tools.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def db(file: Path) -> None:
    """Write a copy of the store that only its owner can read and nobody can write, and print its path. docs/store.md names the tables.

    \b
    Examples:  triage db copy.sqlite3
               datasette $(triage db /tmp/triage.sqlite3)
    """
    read_only_copy(load_config().instance.state_dir, file)
    say(str(file))
